"""A statement and its parameters are two records; other threads' records may stand between them.

Parameters belong to the latest statement of their stream that waits for some. Rows leave in the order of their
statements, so one that waits holds back those behind it, for as many records as a switch of threads can put between
the two; then it goes without,
or not at all, where it was perhaps none: the engine prints no statement without its parameters.
"""

from collections import deque
from collections.abc import Iterator

from triage.querylogs.rows import Row

WINDOW = 64
"""How many records later parameters are not looked for any more."""


class _Statement:
    """One that was read, and maybe waits."""

    __slots__ = ("at", "row", "waits")

    def __init__(self, at: int, row: Row | None, *, waits: bool) -> None:
        self.at = at
        self.row = row
        self.waits = waits


class Pairs:
    """The statements that wait, and what waits behind them."""

    def __init__(self, *, needs_values: bool = False) -> None:
        self._needs_values = needs_values
        self.queue: deque[_Statement] = deque()
        self._waiting: dict[bytes, list[_Statement]] = {}

    def wait(self, at: int, stream: bytes, row: Row) -> None:
        """Take a statement whose parameters may come."""
        statement = _Statement(at, row, waits=True)
        self.queue.append(statement)
        self._waiting.setdefault(stream, []).append(statement)

    def follow(self, at: int, row: Row) -> None:
        """Take a row that is complete, behind those that wait."""
        self.queue.append(_Statement(at, row, waits=False))

    def take(self, stream: bytes, values: bytes | None, *, is_row: bool = True) -> bool:
        """Give parameters to the statement they belong to, and say whether there is one; it may be no row after all."""
        waiting = self._waiting.get(stream)
        if not waiting:
            return False
        statement = waiting.pop()
        if not waiting:
            del self._waiting[stream]
        statement.waits = False
        if not is_row:
            statement.row = None
        elif statement.row is not None:
            statement.row = (*statement.row[:5], values)
        return True

    def ready(self, at: int | None) -> Iterator[Row]:
        """Yield what need not wait any longer after this many records; all of it, if there are no more."""
        queue = self.queue
        while queue and (not queue[0].waits or at is None or at - queue[0].at >= WINDOW):
            statement = queue.popleft()
            if statement.waits:
                self._give_up(statement)
            if statement.row is not None and not (statement.waits and self._needs_values):
                yield statement.row

    def _give_up(self, statement: _Statement) -> None:
        for stream, waiting in self._waiting.items():
            if waiting[0] is statement:
                del waiting[0]
                if not waiting:
                    del self._waiting[stream]
                return
