"""What time it is by a log's own clock, also while the log is silent.

A session that leaks may be the last thing that a log shows. Where the last record was written just now, as a look at
our clock tells, the time that has gone by since then has gone by for the log as well. A log of the past stays in it.

A log may print local time and a zone's name, which is read as UTC: then it is a number of quarters of an hour away.
That is believed only of records that came while the log was being followed; those that stood there already may be of
any time.
"""

import time

_NEAR = 5.0
"""Seconds between a record's time and ours: what writing, piping, holding back and looking take."""
_ZONES = 900.0
_FARTHEST_ZONE = 14 * 3600.0


class Clock:
    """The clock of one log."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._read_at = 0.0
        self.is_running = False
        """Whether the last record was written just before it was read."""

    def saw(self, last: float, *, is_new: bool) -> None:
        """Take the time of the last record; ``is_new`` if it came while the log was being followed."""
        self._last, self._read_at = last, time.monotonic()
        behind = time.time() - last
        zone = round(behind / _ZONES) * _ZONES if is_new else 0.0
        self.is_running = abs(behind - zone) <= _NEAR and abs(zone) <= _FARTHEST_ZONE

    def now(self, *, in_silence: bool) -> float | None:
        """The time; that of the last record if time in silence does not count."""
        if self._last is None or not (self.is_running and in_silence):
            return self._last
        return self._last + time.monotonic() - self._read_at
