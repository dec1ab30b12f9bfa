"""Where a transaction stood still: nothing ran, and its locks were held.

A log prints a statement's time either when it begins or, with its duration, when it has ended; where durations are
missing a pause may be the statement itself. One that failed was at work until its error.
"""

from collections.abc import Sequence

from triage.querylogs.instant import seconds
from triage.querylogs.statement import Control
from triage.querylogs.totals import PauseKey, Pauses, Tagged, Totals
from triage.querylogs.transaction import FAILURES, STATEMENTS, Operation
from triage.sql.comments import tags

SHORTEST_PAUSE = 1.0


class Standstill:
    """Counts the pauses of one transaction."""

    __slots__ = ("_is_timed", "_last", "_last_end", "_unit")

    def __init__(self, opened_at: bytes, unit: float) -> None:
        self._unit = unit / 1000
        self._last_end = seconds(opened_at)
        self._last: Operation | None = None
        """The last statement; None for the BEGIN."""
        self._is_timed = True
        """Whether it is known when that ended."""

    def feed(self, operations: Sequence[Operation], totals: Totals) -> None:
        """Take the next operations."""
        for operation in operations:
            statement, printed, _, duration, _ = operation
            time = seconds(printed)
            if time is None:
                continue
            if statement.control in STATEMENTS:
                took = float(duration) * self._unit if duration is not None else 0.0
                self._pause(time - took, statement.fingerprint, totals)
                self._last, self._last_end, self._is_timed = operation, time, duration is not None
            elif statement.control is Control.DURATION or statement.control in FAILURES:
                self._last_end, self._is_timed = time, True

    def end(self, time: bytes, totals: Totals) -> None:
        """Take the end of the transaction."""
        if (ended := seconds(time)) is not None:
            self._pause(ended, "COMMIT or ROLLBACK", totals)

    def _pause(self, start: float, name: str, totals: Totals) -> None:
        if self._last_end is None or start - self._last_end < SHORTEST_PAUSE:
            return
        pause = round((start - self._last_end) * 1_000_000)
        before = self._last[0].fingerprint if self._last else "BEGIN"
        found = totals.pauses.setdefault(PauseKey(before, name), Pauses())
        found.add(
            Pauses(count=1, longest=pause, total=pause, estimated=int(not self._is_timed), tagged=tagged_by(self._last))
        )


def tagged_by(operation: Operation | None) -> Tagged | None:
    """What the comments of an execution say."""
    if operation is None or b"/*" not in operation[2]:
        return None
    found = tags(operation[2].decode(errors="replace"), operation[0].dialect)
    return (operation[1], found) if found else None
