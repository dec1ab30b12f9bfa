"""Posts a message, and tries again where that may help.

Again after a failure on the way, a 429 or a 5xx, each time after twice the pause, or after what the answer's Retry-After
says; not after another 4xx, which would be the same the next time, nor elsewhere than it was meant to go: a POST that
follows a redirect arrives as a GET without its body. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
"""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

from triage import __version__
from triage.errors import SourceError

PAUSE = 1.0
"""Seconds before the second attempt."""
_LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """Why one attempt did not deliver it."""

    said: str
    is_final: bool = False
    wait: float | None = None
    """Seconds, if the server said them."""


def post(url: str, body: object, *, timeout: float, attempts: int, sleep: Callable[[float], None] = time.sleep) -> None:
    """Post the body as JSON.

    Raises:
        SourceError: it was not delivered. The message names the host only: the rest of such a URL is a secret.
    """
    url = url.strip()
    host = _host(url)
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
        url,
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json; charset=utf-8", "User-Agent": f"triage/{__version__}"},
        method="POST",
    )
    pause = PAUSE
    for attempt in range(1, attempts + 1):
        failure = _attempt(request, timeout)
        if failure is None:
            return
        if failure.is_final or attempt == attempts:
            times = f"{attempt} {'attempt' if attempt == 1 else 'attempts'}"
            raise SourceError(
                f"the message to {host} was not delivered after {times}: {failure.said}",
                "check the webhook's URL and that this machine reaches it",
                source=host,
            )
        sleep(min(failure.wait if failure.wait is not None else pause, _LONGEST_PAUSE))
        pause *= 2


def _attempt(request: urllib.request.Request, timeout: float) -> _Failure | None:
    """Post it once; a socket's own timeout begins anew with each byte, and does not count the look-up of the name."""
    came: SimpleQueue[_Failure | None] = SimpleQueue()
    threading.Thread(target=lambda: came.put(_posted(request, timeout)), daemon=True, name="triage-post").start()
    try:
        return came.get(timeout=timeout)
    except Empty:
        return _Failure(said="timed out")


def _posted(request: urllib.request.Request, timeout: float) -> _Failure | None:
    try:
        with urllib.request.build_opener(_Straight).open(request, timeout=timeout):
            return None
    except urllib.error.HTTPError as error:
        with error:
            return _Failure(
                said=f"{error.code} {error.reason}",
                is_final=error.code != 429 and error.code < 500,
                wait=_retry_after(error.headers.get("Retry-After")),
            )
    except OSError as error:  # URLError is one
        return _Failure(said=str(getattr(error, "reason", error)) or type(error).__name__)
    except (HTTPException, ValueError) as error:  # their messages may repeat the URL
        return _Failure(said=type(error).__name__, is_final=isinstance(error, ValueError))


class _Straight(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else."""

    def redirect_request(self, *_: object) -> None:
        """Leave the redirect to be told as what it is."""


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, is_web = parts.hostname, parts.scheme in {"http", "https"}
        is_plain = url.isascii() and url.isprintable() and " " not in url and "@" not in parts.netloc
        if host and is_web and is_plain and parts.port != 0:
            return host
    except ValueError:
        pass
    raise SourceError(
        "the webhook's URL is no http or https URL that can be posted to",
        "check url, url_env or url_file in [[outputs]]",
    )


def _retry_after(said: str | None) -> float | None:
    """The seconds that an answer asks for, as a number or as a date."""
    if said is None or (said.isascii() and said.isdecimal() and len(said) < 6):
        return None if said is None else float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
