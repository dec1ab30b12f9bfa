"""Times as logs print them, in seconds since 1970."""

import pytest

from triage.querylogs.instant import moment, seconds

TEN_PAST_NINE = 1795424400.0 + 600


@pytest.mark.parametrize("time", [b"", b"yesterday", b"2026-11-23", b"2026-11-23   9:10:00", b"2026-99-23 09:10:00"])
def test_what_is_no_time_has_no_seconds(time: bytes) -> None:
    assert seconds(time) is None
    assert moment(time) is None


@pytest.mark.parametrize(
    "time",
    [
        b"2026-11-23 09:10:00",
        b"2026-11-23 9:10:00",
        b"2026-11-23  9:10:00",  # MariaDB's error log
        b"2026-11-23T09:10:00Z",
        b"2026-11-23 11:10:00 +0200",
        b"261123  9:10:00",
        b"1795425000",
    ],
)
def test_one_moment_is_printed_in_many_ways(time: bytes) -> None:
    assert seconds(time) == TEN_PAST_NINE
