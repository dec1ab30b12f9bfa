"""Whole records out of a stream that comes in pieces of any size.

The last record may go on, so it is held back until the next one begins, or until nothing has come for a while. Even
then a line without its end stays: its writer has stopped in the middle of it.
"""

from triage.querylogs.formats.base import Format
from triage.querylogs.reading import LONGEST_RECORD

_WINDOW = 1 << 16
"""How far before the new bytes a record may begin that is only known by them."""


class Records:
    """A stream of one format."""

    def __init__(self, log_format: Format, variant: str | None) -> None:
        self._format = log_format
        self._variant = variant
        self._held = b""
        """It begins with a record."""

    def feed(self, data: bytes) -> bytes:
        """Return the records that are whole now."""
        known = len(self._held)
        self._held += data
        start = self._last_start(max(known - _WINDOW, 1))
        if not start and len(self._held) >= LONGEST_RECORD:
            start = len(self._held)
        return self._take(start)

    def lines(self) -> bytes:
        """Return all whole lines: nothing has come for a while."""
        return self._take(self._held.rfind(b"\n") + 1)

    def rest(self) -> bytes:
        """Return everything: nothing will come."""
        return self._take(len(self._held))

    def _take(self, size: int) -> bytes:
        taken, self._held = self._held[:size], self._held[size:]
        return taken

    def _last_start(self, lowest: int) -> int:
        """Where the last record begins; 0 if that is the one at the beginning."""
        size = len(self._held)
        high, step = size, _WINDOW // 16
        while high > lowest:
            low = max(high - step, lowest)
            found = self._format.first_record(self._held, low, self._variant)
            if found < size:
                while (following := self._format.first_record(self._held, found + 1, self._variant)) < size:
                    found = following
                return found
            high, step = low, step * 4
        return 0
