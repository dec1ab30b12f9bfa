"""The transactions a session has behind it, as far as what comes next may go on with them.

Most transactions are not like the one before. So a run is only begun when a second one of its kind follows; until then
the last transaction is kept as it is.

A part of a log does not know what came before its first run, so that one is kept, for the part on the left to join.
"""

from typing import TYPE_CHECKING

from triage.querylogs.instant import is_pause
from triage.querylogs.runs import Closed, Run, frozen
from triage.querylogs.statement import Statement

if TYPE_CHECKING:
    from triage.querylogs.part import Part

Signature = tuple[Statement, ...]


class History:
    """The run that a session is in."""

    __slots__ = ("_before", "_first", "_is_synced", "_last", "_run", "_signature", "committed")

    def __init__(self, *, is_rooted: bool) -> None:
        self._is_synced = is_rooted
        """Whether the first run, which may go on with one on the left, is over."""
        self._first: Run | None = None
        self._run: Run | None = None
        self._last: Closed | None = None
        """The last transaction, where it is no run yet, and the one before it."""
        self._before: Closed | None = None
        self._signature: Signature = ()
        self.committed: tuple[Signature, bytes] | None = None
        """What the last transaction ran, if it was committed, and when it ended."""

    def add(self, signature: Signature, closed: Closed, part: "Part") -> None:
        """Take the next transaction; one without a signature is like no other."""
        run = self._run
        if run is not None:
            if run.is_followed_by(signature, closed[2]):
                run.add(closed)
                return
            self._end(run, part)
            self._last = run.last
        elif self._last is not None:
            if signature and signature == self._signature and not is_pause(self._last[3], closed[2]):
                self._run = Run(signature, self._last, self._before, part.unit)
                self._run.add(closed)
                return
            if not self._is_synced:
                self._is_synced, self._first = True, Run(self._signature, self._last, None, part.unit)
        self._before, self._last, self._signature = self._last, closed, signature

    def cut(self, part: "Part") -> None:
        """Take it that nothing goes on with what there is."""
        run = self._as_run(part)
        if run is not None:
            self._end(run, part)
        self._is_synced = True
        self._run = self._last = self._before = self.committed = None

    def then(self, right: "History", part: "Part") -> None:
        """Take in what the same session did in the next part of the log."""
        first = right._first if right._is_synced else right._as_run(part)
        if first is not None:
            self._join(first, part)
        if right._is_synced:
            run = self._as_run(part)
            if run is not None:
                self._end(run, part)
            self._is_synced = True
            self._run, self._last, self._before = right._run, right._last, right._before
            self._signature = right._signature
        if right._is_synced or first is not None:
            self.committed = right.committed

    def freeze(self) -> None:
        """Let go of all that is not needed any more, before it goes to another process."""
        for run in (self._first, self._run):
            if run is not None:
                run.freeze()
        self._last = frozen(self._last)
        self._before = frozen(self._before)

    @property
    def is_over(self) -> bool:
        """Whether there is nothing that could go on."""
        return self._run is None and self._last is None

    @property
    def ended(self) -> bytes:
        """When the last transaction ended."""
        return self._run.ended if self._run is not None else self._last[3] if self._last is not None else b""

    def _as_run(self, part: "Part") -> Run | None:
        if self._run is None and self._last is not None:
            return Run(self._signature, self._last, self._before, part.unit)
        return self._run

    def _end(self, run: Run, part: "Part") -> None:
        """End the run: it is a repetition, or may become one on the left."""
        self._run = None
        if self._is_synced:
            for key, repetition, event in run.repetitions():
                part.repeat(key, repetition, event)
        else:
            self._is_synced, self._first = True, run

    def _join(self, first: Run, part: "Part") -> None:
        run = self._as_run(part)
        if run is not None and run.is_followed_by(first.signature, first.links[0][2]):
            run.join(first)
            self._run = run
            return
        if run is not None:
            self._end(run, part)
            first.preceding = run.last
        self._run = first
        self._signature = first.signature
