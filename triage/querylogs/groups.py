"""Repetitions inside of one episode: its statements grouped by fingerprint, wherever they stand.

Nested loads and two relationships for each row interleave, so groups do not ask for contiguity. An episode is a
transaction, or a burst of statements outside of one. Groups of two parts of one episode add up to the groups of
the whole, whatever the parts: what is counted distinctly is a set, until it is too large to matter.
"""

import re
from typing import NamedTuple

from triage.querylogs.statement import Statement

MOST_KEYS = 10_000
"""Distinct keys that are told apart in one group; from there on every execution counts as distinct."""
MOST_SAMPLES = 6

_COMMENT = re.compile(rb"/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/")


class Event(NamedTuple):
    """One execution, as the log has it."""

    statement: Statement
    sql: bytes
    time: bytes
    duration: float | None
    """Milliseconds; None where the log does not say."""
    parameters: bytes | None
    """As the log prints them beside the statement; None where they stand in it, or nowhere."""
    named: bool
    """Whether it ran as a prepared statement with a name."""
    ended: bool
    """Whether the time is that of its end, as it is where the log has time and duration on one line."""

    @property
    def key(self) -> bytes:
        """What differs where the parameters differ; comments, which carry trace ids, do not count."""
        if self.parameters is not None:
            return self.parameters
        return _COMMENT.sub(b"", self.sql) if b"/*" in self.sql else self.sql


class Group:
    """The executions of one fingerprint in one episode."""

    __slots__ = ("count", "first", "first_index", "keys", "last", "microseconds", "samples", "timed")

    def __init__(self, index: int, event: Event) -> None:
        self.first_index = index
        self.first = event
        self.last = event
        self.count = 0
        self.keys: set[bytes] | None = set()
        self.samples: list[Event] = []
        self.microseconds = 0
        self.timed = 0

    def add(self, event: Event) -> None:
        """Count one more execution."""
        self.count += 1
        self.last = event
        if event.duration is not None:
            self.microseconds += round(event.duration * 1000)
            self.timed += 1
        if self.keys is not None:
            key = event.key
            if key not in self.keys:
                self.keys.add(key)
                if len(self.samples) < MOST_SAMPLES:
                    self.samples.append(event)
                if len(self.keys) > MOST_KEYS:
                    self.keys = None

    @property
    def distinct(self) -> int:
        """How many different parameters there were."""
        return self.count if self.keys is None else len(self.keys)


class Episode:
    """The groups of one episode, added to in the order of the log."""

    __slots__ = ("groups", "index")

    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}
        self.index = 0

    def add(self, events: list[Event]) -> None:
        """Take the next events."""
        groups, index = self.groups, self.index
        for event in events:
            name = event.statement.fingerprint
            group = groups.get(name)
            if group is None:
                group = groups[name] = Group(index, event)
            group.add(event)
            index += 1
        self.index = index
