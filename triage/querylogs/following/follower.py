"""A log that is read while it grows, and what it has shown at any time.

What is said early is never taken back: see ``glimpse``. At its end, whatever ends it, a log has shown what a
replay of the same bytes says.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from triage.errors import UsageError
from triage.evidence import Evidence, Gap, QueryLogs
from triage.querylogs.conclusion import joined
from triage.querylogs.following.pipe import Growing, Pipe
from triage.querylogs.following.reading import Moment, Seen
from triage.querylogs.following.stream import Stream, Wanted
from triage.querylogs.following.tail import Tail
from triage.querylogs.sources import expanded, remote, shown
from triage.querylogs.sources.names import STDIN, local_path

QUIET = 2.0
"""Seconds in which nothing has come, after which the last record is whole."""
_SEARCH = 5.0
"""Seconds between two looks for a file in which the log goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the log has shown, as evidence and in numbers."""

    evidence: Evidence
    executions: int
    transactions: int


class Follower:
    """One log, followed."""

    def __init__(self, names: tuple[str, ...], wanted: Wanted) -> None:
        self.name, self._log = _growing(names)
        self._stream = Stream(self.name, wanted)
        self._came_at = time.monotonic()
        self._has_rested = False
        """Whether there was a time when all that was there had been read."""
        self._is_quiet = True
        self._searched_at = 0.0
        self._successor: Path | None = None

    def read(self) -> bool:
        """Read what has come since the last time; say whether there is anything new to judge."""
        started = time.monotonic()
        came = False
        for data in self._log.added():
            came = True
            if data is None:
                self._stream.anew()
            else:
                self._stream.feed(data, is_new=self._has_rested)
            if time.monotonic() - started > QUIET:
                break  # there is much: what it shows is not to wait for its end
        else:
            self._has_rested = self._log.waits_for() is None
        now = time.monotonic()
        if came:
            self._came_at, self._is_quiet = now, False
            return True
        if self._is_quiet or now - self._came_at < QUIET:
            return False
        self._stream.quiet()
        self._is_quiet = True
        return True

    @property
    def is_over(self) -> bool:
        """Whether nothing more can come."""
        return self._log.is_over

    def fileno(self) -> int | None:
        """Return what becomes readable when there is more; None for a file, which has to be looked at."""
        return self._log.fileno()

    def waits_for(self) -> str | None:
        """Say why there is nothing to read yet."""
        return self._log.waits_for()

    @property
    def is_silent(self) -> bool:
        """Whether the log has said all it has to say, and time goes by: nothing comes, nothing is held back."""
        return self._is_quiet and self.waits_for() is None and self.successor() is None

    def successor(self) -> Path | None:
        """Return the file in which the log seems to go on, if this one has fallen silent."""
        if not self._is_quiet:
            self._successor = None
        elif time.monotonic() - self._searched_at > _SEARCH:
            self._searched_at, self._successor = time.monotonic(), self._log.successor()
        return self._successor

    def explanations(self) -> list[str]:
        """Say for each log why its format was chosen."""
        return [f"{name}: {reading.chosen.explanation}" for name, reading in self._stream.readings(self.name)]

    def left_open(self, moment: Moment) -> int:
        """How many transactions are open and have been idle for long: what silence alone can add."""
        return sum(reading.left_open(moment) for _, reading in self._stream.readings(self.name))

    def shown(self, moment: Moment) -> Shown:
        """What is certain by now."""
        return _shown(moment, [reading.seen(name, moment) for name, reading in self._stream.readings(self.name)], [])

    def end(self, moment: Moment) -> Shown:
        """What the log has shown, now that nobody follows it any more."""
        return _shown(moment, *self._stream.end(self.name, moment, is_whole=self._log.is_over))


def _shown(moment: Moment, seen: Sequence[Seen], gaps: Sequence[Gap]) -> Shown:
    query_logs = QueryLogs()
    for each in seen:
        query_logs = joined(query_logs, each.query_logs)
    return Shown(
        evidence=Evidence(
            collected_at=moment.collected_at,
            sources=tuple(each.source for each in seen),
            gaps=(*gaps, *(gap for each in seen for gap in each.gaps)),
            query_logs=query_logs if seen else None,
        ),
        executions=sum(each.executions for each in seen),
        transactions=sum(each.transactions for each in seen),
    )


def _growing(names: tuple[str, ...]) -> tuple[str, Growing]:
    """Open the log that the names stand for; UsageError if it is not one that grows here."""
    found = expanded(names)
    if len(found) != 1:
        raise UsageError(
            f"--follow reads one log, and these are {len(found)}", "start one triage replay --follow for each"
        )
    (name,) = found
    if name == STDIN:
        return "stdin", Pipe(sys.stdin.fileno())
    if remote.is_remote(name):
        raise UsageError(
            f"{shown(name)} is not on this machine, and cannot be followed",
            "pipe it: ssh HOST tail -F LOG | triage replay --follow -",
        )
    return name, Tail(local_path(name))
