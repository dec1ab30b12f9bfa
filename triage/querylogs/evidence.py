"""What query logs showed, as the detectors read it. No literal of any statement is in here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from triage.evidence import Evidence


class Coverage(StrEnum):
    """How much of what ran a log shows."""

    FULL = "full"
    THRESHOLD = "threshold"
    """Only statements that took long."""
    SAMPLED = "sampled"
    GAPPY = "gappy"


class Identity(StrEnum):
    """What in a log tells one session's statements from another's."""

    SESSION = "session"
    PID = "pid"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierStatement:
    """A statement that ran before a repetition, in the same episode."""

    statement: str
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepetitionStats:
    """One statement that repeats, counted over all episodes that look the same."""

    statement: str
    """Its fingerprint."""
    dialect: str
    scope: str
    """transaction, burst (statements outside of one) or chain (transactions of the same statements)."""
    before: tuple[EarlierStatement, ...] = ()
    previous: tuple[str, ...] = ()
    """What the same session's transaction before ran, if it was committed."""
    beside: tuple[str, ...] = ()
    """What else each transaction of a chain ran."""
    varying: tuple[int, ...] = ()
    """Which of its values differ, by position."""
    named: bool = False
    blind: bool = False
    """Whether the log shows no values."""
    episodes: int = 1
    executions: int = 0
    distinct: int = 0
    worst: int = 0
    worst_distinct: int = 0
    total: timedelta | None = None
    lasted: timedelta = timedelta()
    is_slow: bool = False
    """Whether the rhythm is that of requests rather than of a loop (chains)."""
    walks: bool = False
    """Whether its keys go steadily up or down (chains)."""
    tags: Mapping[str, str] = field(default_factory=dict)
    confirmed: bool = True
    """Whether the log shows every statement and whose it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteStats:
    """One kind of write, and how its transactions ended."""

    statement: str
    committed: int
    rolled_back: int
    lost: int
    tags: Mapping[str, str] = field(default_factory=dict)
    confirmed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseStats:
    """A place where transactions stood still."""

    before: str
    after: str
    count: int
    longest: timedelta
    total: timedelta
    estimated: int
    tags: Mapping[str, str] = field(default_factory=dict)
    confirmed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedTransactionEvent:
    """A transaction that neither committed nor rolled back."""

    session: str
    opened_at: datetime | None
    age: timedelta | None
    """From its beginning to the end of the log, or of the session."""
    idle: timedelta | None
    """From its last statement to the end of the log."""
    last_statement: str | None
    statements: int
    writes: int
    ended: str
    tags: Mapping[str, str] = field(default_factory=dict)
    confirmed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlockEvent:
    """A deadlock that the server ended by failing one of the statements."""

    at: datetime | None
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryLogs:
    """All that the logs showed."""

    repetitions: tuple[RepetitionStats, ...] = ()
    writes: tuple[WriteStats, ...] = ()
    pauses: tuple[PauseStats, ...] = ()
    unfinished: tuple[UnfinishedTransactionEvent, ...] = ()
    deadlocks: tuple[DeadlockEvent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryLogEvidence(Evidence):
    """Evidence that query logs are part of."""

    query_logs: QueryLogs | None = None
