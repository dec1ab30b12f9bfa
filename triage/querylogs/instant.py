"""Times in logs: bytes while reading, seconds since 1970 where one is needed.

Most records need no time at all, so what a format cuts out stays bytes until a judgement asks for it. The date is
read once for each second of the log. A log's zone names (``CET``) are ambiguous; offsets are kept, names are read as
UTC, so that ages inside of one log are right, except across the hour in which summer time begins or ends.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache

_PARTS = re.compile(
    rb"(?P<date>\d{4}-\d\d-\d\d)[ T] ?(?P<time>\d\d?:\d\d:\d\d)(?:[.,](?P<fraction>\d+))?"
    rb" ?(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?"
)
_EPOCH = re.compile(rb"(\d{9,11})(\.\d+)?")
_SYSLOG = re.compile(rb"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}(\d{1,2}) (\d\d:\d\d:\d\d)")
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
_NO_YEAR = b"1972"
"""A leap year, for times that have none: what lies between two of them is right, but over a New Year's Eve."""
_SHORT = re.compile(rb"(\d\d)(\d\d)(\d\d) +(\d\d?:\d\d:\d\d)")


def seconds(time: bytes) -> float | None:
    """The time in seconds since 1970; None where there is none that can be read."""
    found = _PARTS.match(time)
    if not found:
        return _other(time)
    whole = _second(found["date"], found["time"], found["zone"] or b"")
    if whole is None:
        return None
    fraction = found["fraction"]
    return whole + float(b"0." + fraction) if fraction else whole


def moment(time: bytes) -> datetime | None:
    """The time as a moment; None where its year is not known, either."""
    if _SYSLOG.match(time):
        return None
    value = seconds(time)
    return None if value is None else datetime.fromtimestamp(value, UTC)


def microseconds_between(start: bytes, end: bytes) -> int:
    """The time from one to the other; 0 where the clock is too coarse to tell, or it is not known."""
    first, last = seconds(start), seconds(end)
    if first is None or last is None:
        return 0
    is_fine = b"." in start or b"," in start
    return max(round((last - first) * 1_000_000), 1 if is_fine else 0)


LONGEST_PAUSE = 1.0
"""Seconds, between what belongs together: statements of a burst, transactions of a loop."""


def is_pause(ended: bytes, started: bytes) -> bool:
    """Say whether more than a second passed; within one second of the clock the bytes tell."""
    if ended[:19] == started[:19]:
        return False
    before, after = seconds(ended), seconds(started)
    return before is not None and after is not None and after - before > LONGEST_PAUSE


@lru_cache(maxsize=4096)
def _second(date: bytes, time: bytes, zone: bytes) -> float | None:
    text = f"{date.decode()}T{time.decode().rjust(8, '0')}{_offset(zone.decode())}"
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> str:
    if zone in {"", "Z"}:
        return "+00:00"
    return f"{zone[:3]}:{zone[3:].strip(':') or '00'}"


def _other(time: bytes) -> float | None:
    """Seconds since 1970 (``%n``, SET timestamp) and the general log's old ``260131 15:00:00``."""
    if found := _EPOCH.fullmatch(time):
        return float(time)
    if found := _SYSLOG.match(time):
        month, day, clock = found.groups()
        return _second(b"%b-%02d-%02d" % (_NO_YEAR, _MONTHS.index(month) + 1, int(day)), clock, b"")
    if found := _SHORT.match(time):
        year, month, day, clock = found.groups()
        return _second(b"20%b-%b-%b" % (year, month, day), clock, b"")
    return None
