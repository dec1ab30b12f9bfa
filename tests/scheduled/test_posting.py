"""Messages to a real HTTP server: when they are sent again, and what is said of those that never arrived."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.scheduled.hook import Answer, hook
from tests.servers.process import free_port
from triage.errors import SourceError
from triage.scheduled.posting import PAUSE, post


def sent(url: str, *, attempts: int = 3, timeout: float = 5.0) -> tuple[list[float], SourceError | None]:
    """Post; the pauses between the attempts, and what went wrong in the end."""
    pauses: list[float] = []
    found: SourceError | None = None
    try:
        post(url, {"text": "ü <b>"}, timeout=timeout, attempts=attempts, sleep=pauses.append)
    except SourceError as error:
        found = error
    assert found is None or "s3cr3t" not in f"{found.message} {found.hint} {found.source}"
    return pauses, found


def test_one_that_is_taken_is_sent_once() -> None:
    with hook() as it:
        assert sent(it.url) == ([], None)
    assert it.bodies == [{"text": "ü <b>"}]
    assert (it.methods, it.types) == (["POST"], ["application/json; charset=utf-8"])


@pytest.mark.parametrize("code", [429, 500, 503])
def test_again_after_twice_the_pause_each_time(code: int) -> None:
    with hook(Answer(code=code), Answer(code=code)) as it:
        assert sent(it.url) == ([PAUSE, 2 * PAUSE], None)
    assert len(it.bodies) == 3


def test_again_when_the_server_says() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=20), usegmt=True)
    said = ["7", "86400", "no time", soon, past]
    with hook(*(Answer(code=429, headers={"Retry-After": each}) for each in said)) as it:
        pauses, error = sent(it.url, attempts=6)
    assert error is None
    assert pauses[:3] == [7.0, 30.0, 4 * PAUSE]
    assert 15 < pauses[3] <= 20
    assert pauses[4] == 0


@pytest.mark.parametrize("code", [400, 403, 404, 410])
def test_what_will_be_the_same_the_next_time_is_not_sent_again(code: int) -> None:
    with hook(Answer(code=code)) as it:
        pauses, error = sent(it.url)
    assert pauses == []
    assert error is not None
    assert f"was not delivered after 1 attempt: {code}" in error.message
    assert len(it.bodies) == 1


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_message_that_is_sent_elsewhere_was_not_delivered(code: int) -> None:
    with hook() as elsewhere, hook(Answer(code=code, headers={"Location": elsewhere.url})) as it:
        _, error = sent(it.url)
    assert error is not None
    assert f"{code}" in error.message
    assert elsewhere.methods == []


def test_a_connection_that_is_refused_is_tried_again() -> None:
    pauses, error = sent(f"http://127.0.0.1:{free_port()}/services/s3cr3t")
    assert pauses == [PAUSE, 2 * PAUSE]
    assert error is not None
    assert "127.0.0.1 was not delivered after 3 attempts" in error.message
    assert "refused" in error.message


@pytest.mark.parametrize("answer", [Answer(seconds=10), Answer(is_slow=True)])
def test_a_server_that_does_not_answer_is_waited_for_as_long_as_was_said(answer: Answer) -> None:
    with hook(answer) as it:
        began = time.monotonic()
        _, error = sent(it.url, attempts=1, timeout=1.0)
    assert error is not None
    assert "timed out" in error.message
    assert time.monotonic() - began < 6


@pytest.mark.parametrize(
    "url",
    [
        "ftp://chat/s3cr3t",
        "file:///etc/s3cr3t",
        "s3cr3t",
        "",
        "http://[::s3cr3t",
        "http:///s3cr3t",
        "http://127.0.0.1:s3cr3t/",
        "http://127.0.0.1:1/with a space/s3cr3t",
        "http://127.0.0.1:1/\r\nHost: s3cr3t",
        "http://127.0.0.1:1/ü/s3cr3t",
        f"http://{'s3cr3t' * 20}.example/",
    ],
)
def test_a_url_that_is_none_is_said_without_its_secret(url: str) -> None:
    pauses: list[float] = []
    with pytest.raises(SourceError) as caught:
        post(url, {}, timeout=1, attempts=2, sleep=pauses.append)
    said = f"{caught.value.message} {caught.value.hint}"
    assert "s3cr3t" not in said.replace(f"{'s3cr3t' * 20}.example", "")
    assert "Host:" not in said
