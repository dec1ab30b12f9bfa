"""What a part of a log adds up to. Two parts' totals, in the order of the log, add up to those of the whole."""

from dataclasses import dataclass, field
from typing import NamedTuple

from triage.querylogs.repetition import Repetition, RepetitionKey
from triage.sql.lexer import Dialect

MOST_EXAMPLES = 20


class WriteKey(NamedTuple):
    """One kind of write."""

    statement: str
    dialect: Dialect


@dataclass(slots=True)
class Writes:
    """How often a kind of write was committed, and how often it was not; in transactions."""

    committed: int = 0
    rolled_back: int = 0
    """By a ROLLBACK that nothing had gone wrong before."""
    lost: int = 0
    """By a COMMIT after an error, which rolls back."""
    tags: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Writes") -> None:
        """Count another's as well."""
        self.committed += other.committed
        self.rolled_back += other.rolled_back
        self.lost += other.lost
        self.tags = self.tags or other.tags


class PauseKey(NamedTuple):
    """Between which statements a transaction stood still."""

    before: str
    after: str
    dialect: Dialect


@dataclass(slots=True)
class Pauses:
    """How often a transaction stood still there, and for how long."""

    count: int = 0
    longest: int = 0
    """In microseconds, as is the total."""
    total: int = 0
    estimated: int = 0
    """Those in which the log does not tell the statement's own time from the pause."""
    tags: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Pauses") -> None:
        """Count another's as well."""
        self.count += other.count
        self.longest = max(self.longest, other.longest)
        self.total += other.total
        self.estimated += other.estimated
        self.tags = self.tags or other.tags


class Unfinished(NamedTuple):
    """A transaction that neither committed nor rolled back."""

    session: str
    opened_at: bytes
    last_at: bytes
    statement: str | None
    """The fingerprint of the last one."""
    dialect: Dialect
    statements: int
    writes: int
    ended: str
    """``open-at-end`` or ``disconnected``."""
    tags: dict[str, str]


class Deadlock(NamedTuple):
    """A deadlock the server resolved."""

    time: bytes
    statements: tuple[str, ...]
    """Fingerprints, the victim's first."""


@dataclass(slots=True)
class Totals:
    """All that was counted."""

    executions: int = 0
    sessions: int = 0
    begun: int = 0
    committed: int = 0
    rolled_back: int = 0
    open_at_end: int = 0
    errors: int = 0
    repetitions: dict[RepetitionKey, Repetition] = field(default_factory=dict)
    writes: dict[WriteKey, Writes] = field(default_factory=dict)
    pauses: dict[PauseKey, Pauses] = field(default_factory=dict)
    unfinished: list[Unfinished] = field(default_factory=list)
    deadlocks: list[Deadlock] = field(default_factory=list)

    def add(self, other: "Totals") -> None:
        """Add what comes after."""
        self.executions += other.executions
        self.sessions += other.sessions
        self.begun += other.begun
        self.committed += other.committed
        self.rolled_back += other.rolled_back
        self.open_at_end += other.open_at_end
        self.errors += other.errors
        for key, repetition in other.repetitions.items():
            self.repeat(key, repetition)
        for write, writes in other.writes.items():
            self.writes.setdefault(write, Writes()).add(writes)
        for pause, pauses in other.pauses.items():
            self.pauses.setdefault(pause, Pauses()).add(pauses)
        self.unfinished += other.unfinished
        self.deadlocks += other.deadlocks

    def repeat(self, key: RepetitionKey, repetition: Repetition) -> None:
        """Add a repetition."""
        self.repetitions.setdefault(key, Repetition()).add(repetition)
