"""Transactions that repeat: a session for each item, a commit for each row.

A run is a sequence of one session's transactions that ran the same few statements, each begun within a second of the
end of the one before. Whether a run is a loop or merely a busy connection is told by its rhythm, by what came just
before it, and by whether its keys walk.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from triage.evidence import EpisodeScope
from triage.querylogs.episode import MOST_BEFORE, Event, Group, before_of
from triage.querylogs.instant import is_pause, microseconds_between, seconds
from triage.querylogs.parameters import is_blind, values_of, varying
from triage.querylogs.statement import Statement
from triage.querylogs.totals import Repetition, RepetitionKey

if TYPE_CHECKING:
    from triage.querylogs.transaction import Plan

MOST_STATEMENTS = 4
"""A transaction of more statements of its own is no link of a run."""
FEWEST_LINKS = 10
SLOW = 0.1
"""Seconds between two links of a loop, at the most, for nine in ten of them."""
_KEPT = 64
"""Links whose statements are kept as they are; of the further ones only what can be counted."""


Closed = tuple["Plan | None", Sequence[Any], bytes, bytes]
"""A transaction that has ended: its plan with its operations, or only the events of it that are needed, and when it
began and ended."""
_PRECEDING = 8


def events_of(closed: Closed) -> Sequence[Event]:
    """What the transaction ran first."""
    plan, operations, _, _ = closed
    return operations if plan is None else plan.events(operations)[:_PRECEDING]


def frozen(closed: Closed | None) -> Closed | None:
    """The transaction without what only this process can use."""
    return closed if closed is None or closed[0] is None else (None, events_of(closed), closed[2], closed[3])


class Run:
    """Transactions of one kind that follow each other."""

    __slots__ = ("count", "ended", "last", "links", "preceding", "rest", "signature", "slow", "unit")

    def __init__(self, signature: tuple[Statement, ...], link: Closed, preceding: Closed | None, unit: float) -> None:
        self.signature = signature
        """Empty for a transaction that is like no other."""
        self.links = [link]
        self.last = link
        self.rest: list[Group] | None = None
        """Of each statement, what ran in the links after those that are kept."""
        self.count = 1
        self.slow = 0
        """How many pauses were longer than those of a loop."""
        self.ended = link[3]
        self.preceding = preceding
        self.unit = unit

    def is_followed_by(self, signature: tuple[Statement, ...], started: bytes) -> bool:
        """Say whether a transaction goes on with the run."""
        return self.signature == signature and signature != () and not is_pause(self.ended, started)

    def add(self, link: Closed) -> None:
        """Take the next link."""
        self.count += 1
        self.slow += _is_slow(self.ended, link[2])
        self.ended = link[3]
        self.last = link
        if len(self.links) < _KEPT:
            self.links.append(link)
            return
        events = events_of(link)
        if self.rest is None:
            self.rest = [Group(event) for event in events]
        for group, event in zip(self.rest, events, strict=True):
            group.extend([event], self.unit)

    def join(self, right: "Run") -> None:
        """Take the run of the next part of the log, which goes on with this one."""
        for link in right.links:
            self.add(link)
        if right.rest is None:
            return
        self.count += right.count - len(right.links)
        self.slow += right.slow - sum(_is_slow(a[3], b[2]) for a, b in pairwise(right.links))
        self.ended, self.last = right.ended, right.last
        if self.rest is None:
            self.rest = right.rest
            return
        for group, theirs in zip(self.rest, right.rest, strict=True):
            group.join(theirs)

    def freeze(self) -> None:
        """Let go of all that is not needed any more, before it goes to another process."""
        self.links = [link for each in self.links if (link := frozen(each))]
        self.preceding = frozen(self.preceding)
        self.last = self.links[-1] if self.rest is None else frozen(self.last) or self.last

    def _groups(self) -> Iterator[Group]:
        for at in range(len(self.signature)):
            events = [*self._first_write(at), *(events_of(link)[at] for link in self.links)]
            group = Group(events[0])
            group.extend(events, self.unit)
            if self.rest is not None:
                group.join(self.rest[at])
            yield group

    def _first_write(self, at: int) -> list[Event]:
        """The first write of a loop that commits each: its transaction also has the list, and so is no link."""
        if self.preceding is None or is_pause(self.preceding[3], self.links[0][2]):
            return []
        statement = self.signature[at]
        same = [event for event in events_of(self.preceding) if event.statement.plain is statement]
        return same if len(same) == 1 and statement.is_write else []

    def repetitions(self) -> Iterator[tuple[RepetitionKey, Repetition, Event]]:
        """One repetition for each kind of statement in the run's transactions; none where the rhythm is slow."""
        if self.count < FEWEST_LINKS or self.slow * 10 > self.count - 1:
            return
        before: list[Event] = []
        if self.preceding:
            before = [event for event in events_of(self.preceding) if not event.statement.is_write]
        lasted = microseconds_between(self.links[0][2], self.ended)
        names = [statement.fingerprint for statement in self.signature]
        for at, group in enumerate(self._groups()):
            if names[at] in names[:at]:
                continue
            positions = varying(group.samples)
            key = RepetitionKey(
                statement=names[at],
                dialect=self.signature[at].dialect,
                scope=EpisodeScope.CHAIN,
                before=tuple(map(before_of, before[-MOST_BEFORE:])),
                previous=(),
                beside=tuple(other for other in names if other != names[at]),
                varying=positions,
                named=group.first.statement.named,
                blind=is_blind(group.first),
                interleaved=False,
            )
            events = [events_of(link)[at] for link in self.links]
            executions = self.count + len(self._first_write(at))
            yield key, group.counted(executions, lasted, walks=_walks(events, positions)), group.first


def _is_slow(ended: bytes, started: bytes) -> bool:
    if ended[:21] == started[:21]:  # the same tenth of a second
        return False
    before, after = seconds(ended), seconds(started)
    return before is None or after is None or after - before > SLOW


def _walks(events: list[Event], positions: tuple[int, ...]) -> bool:
    """Say whether one of the values goes steadily up or down, as keys do that a loop takes from a list."""
    rows = [values_of(event) for event in events]
    for position in positions:
        try:
            numbers = [int(row[position].strip("'")) for row in rows]
        except (ValueError, IndexError):
            continue
        ups = sum(after > before for before, after in pairwise(numbers))
        downs = sum(after < before for before, after in pairwise(numbers))
        if max(ups, downs) >= 0.95 * (len(numbers) - 1):
            return True
    return False
