"""Posts a message, and tries again where that may help.

Again after a failure on the way, a 429 or a 5xx, each time after twice the pause, or after what the answer's Retry-After
says; not after another 4xx, which would be the same the next time. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from urllib.parse import urlsplit

from triage import __version__
from triage.errors import SourceError

PAUSE = 1.0
"""Seconds before the second attempt."""
_LONGEST_PAUSE = 30.0


def post(url: str, body: object, *, timeout: float, attempts: int, sleep: Callable[[float], None] = time.sleep) -> None:
    """Post the body as JSON.

    Raises:
        SourceError: it was not delivered. The message names the host only: the rest of such a URL is a secret.
    """
    host = _host(url)
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
        url,
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json; charset=utf-8", "User-Agent": f"triage/{__version__}"},
        method="POST",
    )
    pause = PAUSE
    for attempt in range(1, attempts + 1):
        wait: float | None = None
        try:
            with urllib.request.urlopen(request, timeout=timeout):  # noqa: S310
                return
        except urllib.error.HTTPError as error:
            said = f"{error.code} {error.reason}"
            wait = _retry_after(error.headers.get("Retry-After"))
            is_final = error.code != 429 and error.code < 500
            error.close()
        except (OSError, HTTPException) as error:  # URLError is an OSError
            said = str(getattr(error, "reason", error)) or type(error).__name__
            is_final = False
        if is_final or attempt == attempts:
            times = f"{attempt} {'attempt' if attempt == 1 else 'attempts'}"
            raise SourceError(
                f"the message to {host} was not delivered after {times}: {said}",
                "check the webhook's URL and that this machine reaches it",
                source=host,
            )
        sleep(min(wait if wait is not None else pause, _LONGEST_PAUSE))
        pause *= 2


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = None, None
    if parts is None or not host or parts.scheme not in {"http", "https"}:
        raise SourceError("the webhook's URL is no http or https URL", "check url, url_env or url_file in [[outputs]]")
    return host


def _retry_after(said: str | None) -> float | None:
    return float(said) if said is not None and said.isascii() and said.isdecimal() and len(said) < 6 else None
