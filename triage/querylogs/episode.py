"""Repetitions inside of one episode: its statements grouped by fingerprint, wherever they stand.

Nested loads and two relationships for each row interleave, so groups do not ask for contiguity. An episode is a
transaction, or a burst of statements outside of one. Groups of two parts of one episode add up to the groups of the
whole, whatever the parts.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple
from zlib import crc32

from triage.evidence import EpisodeScope
from triage.querylogs.instant import microseconds_between
from triage.querylogs.parameters import is_blind, limit_of, varying
from triage.querylogs.statement import Statement
from triage.querylogs.totals import Before, Repetition, RepetitionKey
from triage.sql.comments import tags

FEWEST = 5
"""What runs fewer times in one episode is no repetition."""
MOST_BEFORE = 8
MOST_KEYS = 10_000
"""Distinct values that are told apart in one group; from there on every execution counts as distinct."""
_MOST_SAMPLES = 6
LONGEST_STEP = 1000
"""Microseconds that count of a longer step from one write to the next: a stall of the machine is one step of many."""
_COMMENT = re.compile(rb"/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/")


class Event(NamedTuple):
    """One execution, as the log has it."""

    statement: Statement
    time: bytes
    text: bytes
    duration: bytes | None
    parameters: bytes | None
    ended: bool = True
    """Whether the time is that of its end, where a duration is known."""
    place: int = 0
    """Which statement of its transaction it was, savepoints and pings counted."""

    @property
    def key(self) -> bytes:
        """What differs where the values differ; comments, which carry trace ids, do not count."""
        if self.parameters is not None:
            return self.parameters
        return _COMMENT.sub(b"", self.text) if b"/*" in self.text else self.text

    @property
    def tags(self) -> dict[str, str]:
        """The tags in the statement's comments."""
        if b"/*" not in self.text:
            return {}
        return tags(self.text.decode(errors="replace"), self.statement.dialect)


class Group:
    """The executions of one statement in one episode."""

    __slots__ = ("begin", "count", "end", "first", "keys", "last", "microseconds", "samples", "steps", "timed")

    def __init__(self, event: Event) -> None:
        self.first = event
        self.last = event
        self.begin = self.end = -1
        """The places of the first and the last."""
        self.count = 0
        self.keys: set[int] | None = set()
        """Checksums of the values."""
        self.samples: list[Event] = []
        """The first executions with values of their own."""
        self.microseconds = 0
        self.timed = 0
        self.steps = 0
        """Of a write: microseconds from the end of each execution to the start of the next, long ones cut."""

    def extend(self, events: list[Event], unit: float, ahead: int = 0) -> None:
        """Take the next executions, behind so many statements that their places do not count."""
        if self.begin < 0:
            self.begin = ahead + events[0].place
        self.end = ahead + events[-1].place
        if self.first.statement.is_write:
            steps = pairwise([self.last, *events] if self.count else events)
            self.steps += sum(_step(before, event, unit) for before, event in steps)
        self.count += len(events)
        self.last = events[-1]
        for event in events:
            if event.duration is not None:
                self.microseconds += round(float(event.duration) * unit * 1000)
                self.timed += 1
        if len(self.samples) < _MOST_SAMPLES:
            self._sample(events)
        if self.keys is not None:
            self.keys.update([crc32(event.key) for event in events])
            if len(self.keys) > MOST_KEYS:
                self.keys = None

    def join(self, right: "Group") -> None:
        """Take in what the same statement did after this."""
        self.count += right.count
        self.last = right.last
        self.microseconds += right.microseconds
        self.timed += right.timed
        if len(self.samples) < _MOST_SAMPLES:
            self._sample(right.samples)
        self.keys = None if self.keys is None or right.keys is None else self.keys | right.keys
        if self.keys is not None and len(self.keys) > MOST_KEYS:
            self.keys = None

    def _sample(self, events: list[Event]) -> None:
        seen = {event.key for event in self.samples}
        for event in events:
            key = event.key
            if key not in seen:
                seen.add(key)
                self.samples.append(event)
                if len(self.samples) == _MOST_SAMPLES:
                    return

    @property
    def distinct(self) -> int:
        """How many executions had values of their own."""
        return self.count if self.keys is None else len(self.keys)

    @property
    def key_set(self) -> int:
        """A checksum of the distinct values, whatever their order."""
        return sum(self.keys or ()) & 0x7FFF_FFFF

    def counted(self, executions: int, lasted: int, *, steps: int = 0, walks: bool = False) -> Repetition:
        """What the group adds to its repetition."""
        distinct = min(self.distinct + executions - self.count, executions)
        return Repetition(
            episodes=1,
            executions=executions,
            distinct=distinct,
            fewest=executions,
            worst=executions,
            worst_distinct=distinct,
            timed=self.timed,
            microseconds=self.microseconds,
            lasted=lasted,
            steps=steps,
            walks=int(walks),
            key_set=self.key_set,
            tagged=None,
        )


class Episode:
    """What ran in one episode, added to in the order of the log."""

    __slots__ = ("groups", "length", "unit")

    def __init__(self, unit: float) -> None:
        self.unit = unit
        self.groups: dict[Statement, Group] = {}
        """In the order in which the statements first ran."""
        self.length = 0

    def add(self, events: Iterable[Event], length: int = 0) -> None:
        """Take the next events, which are of so many statements."""
        by_statement: dict[Statement, list[Event]] = {}
        for event in events:
            by_statement.setdefault(event.statement.plain, []).append(event)
        for statement, mine in by_statement.items():
            group = self.groups.get(statement)
            if group is None:
                group = self.groups[statement] = Group(mine[0])
            group.extend(mine, self.unit, self.length)
        self.length += length

    def repetitions(
        self, scope: EpisodeScope, previous: tuple[Statement, ...] = ()
    ) -> Iterator[tuple[RepetitionKey, Repetition, Event]]:
        """What repeats, with the first execution of each."""
        earlier: list[Event] = []
        for statement, group in self.groups.items():
            if group.count >= FEWEST:
                key = RepetitionKey(
                    statement=statement.fingerprint,
                    dialect=statement.dialect,
                    scope=scope,
                    before=tuple(map(before_of, earlier[-MOST_BEFORE:])),
                    previous=tuple(each.fingerprint for each in previous),
                    beside=(),
                    varying=varying(group.samples),
                    named=group.first.statement.named,
                    blind=is_blind(group.first),
                    interleaved=group.end - group.begin + 1 > group.count,
                )
                lasted = microseconds_between(group.first.time, group.last.time)
                yield key, group.counted(group.count, lasted, steps=group.steps), group.first
            earlier.append(group.first)


def _step(before: Event, event: Event, unit: float) -> int:
    """Microseconds from the end of one execution to the start of the next; neither times nor durations count for more."""
    took = event if event.ended else before
    own = 0 if took.duration is None else round(float(took.duration) * unit * 1000)
    return min(microseconds_between(before.time, event.time), LONGEST_STEP) - min(own, LONGEST_STEP)


def before_of(event: Event) -> Before:
    """A statement that came before, with the number that its LIMIT has."""
    return Before(event.statement.fingerprint, limit_of(event))
