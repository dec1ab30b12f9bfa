"""What query logs showed, as the detectors read it. No literal of any statement is in here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


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


class EpisodeScope(StrEnum):
    """What a repetition happened in."""

    TRANSACTION = "transaction"
    BURST = "burst"
    """Statements outside of a transaction, each within a second of the one before."""
    CHAIN = "chain"
    """Transactions of one session, each of the same statements, in close sequence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierStatement:
    """A statement that first ran before a repetition did, in the same episode or just before a chain."""

    statement: str
    limit: int | None = None
    """The number its LIMIT has, where it has one and the log tells it."""
    executions: int | None = None
    """How often it ran in one episode, at the most; None where nobody counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepetitionStats:
    """One statement that repeats, added up over all episodes that look the same."""

    statement: str
    """Its fingerprint."""
    dialect: str
    """postgresql or mysql: whose SQL the fingerprints are."""
    scope: EpisodeScope
    before: tuple[EarlierStatement, ...] = ()
    """In the order in which they first ran; pings and the like left out."""
    previous: tuple[str, ...] = ()
    """What the same session's transaction before ran, if it was committed shortly before."""
    beside: tuple[str, ...] = ()
    """What else each transaction of a chain ran."""
    varying: tuple[int, ...] = ()
    """Which of the statement's values differ between executions, by position."""
    named: bool = False
    """Whether it ran under a prepared name of psycopg 3 from the first execution on."""
    blind: bool = False
    """Whether the log shows no values."""
    episodes: int = 1
    executions: int = 0
    distinct: int = 0
    """How many executions had values of their own, added up over the episodes."""
    fewest: int = 0
    """Executions in the episode that had the fewest, and below in the one that had the most."""
    worst: int = 0
    worst_distinct: int = 0
    total: timedelta | None = None
    """What the statements took; None where the log does not say."""
    lasted: timedelta = timedelta()
    """From the first execution to the last, all episodes together; zero where the clock is too coarse to tell."""
    steps: timedelta | None = None
    """Of writes in one episode: the time from the end of each execution to the start of the next, all steps together, each
    of them cut at a millisecond; None where nobody counted."""
    is_slow: bool = False
    """Whether the pauses are those of requests rather than of a loop (chains)."""
    walks: bool = False
    """Whether its keys go steadily up or down (chains)."""
    interleaved: bool = False
    """Whether other statements of its transaction ran between its executions, savepoints and pings included."""
    same_keys: bool = False
    """Whether all of several episodes had exactly the same set of values, as a fixed dashboard has."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """What the application's comments say of the first execution."""
    confirmed: bool = True
    """Whether the log shows every statement and whose it was; otherwise what follows is suspected at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteStats:
    """One kind of write, and how its transactions ended; in transactions."""

    statement: str
    committed: int
    rolled_back: int
    """By a ROLLBACK that nothing had gone wrong before."""
    lost: int
    """By a COMMIT after an error, which rolls back."""
    tags: Mapping[str, str] = field(default_factory=dict)
    confirmed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseStats:
    """A place where transactions stood still: nothing ran between two of their statements."""

    before: str
    after: str
    count: int
    longest: timedelta
    total: timedelta
    estimated: int
    """Those in which the log does not tell the statement's own time from the pause."""
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
    """From its last statement to the end of the log, or of the session."""
    last_statement: str | None
    statements: int
    writes: int
    ended: str
    """``open-at-end`` or ``disconnected``."""
    at_work: bool | None = False
    """Whether its last statement has not ended; None where the log does not tell when statements end."""
    tags: Mapping[str, str] = field(default_factory=dict)
    confirmed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlockEvent:
    """A deadlock that the server ended by failing one of the statements."""

    at: datetime | None
    statements: tuple[str, ...]
    """Fingerprints, the victim's first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectStats:
    """How sessions come and go in a log that shows both."""

    connections: int
    """Sessions that began in the log."""
    brief: int
    """Those of them that ended after at most three transactions."""
    period: timedelta
    confirmed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryLogs:
    """All that the logs showed."""

    repetitions: tuple[RepetitionStats, ...] = ()
    writes: tuple[WriteStats, ...] = ()
    pauses: tuple[PauseStats, ...] = ()
    unfinished: tuple[UnfinishedTransactionEvent, ...] = ()
    unfinished_more: int = 0
    """How many more unfinished transactions there were than are listed."""
    deadlocks: tuple[DeadlockEvent, ...] = ()
    connects: tuple[ConnectStats, ...] = ()
    """One for each stream of logs that shows connections."""
