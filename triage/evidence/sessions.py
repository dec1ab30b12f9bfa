"""Who is connected to a server, what they hold, and what else keeps its transactions from ending."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class SessionKind(StrEnum):
    """What a server-side process is for."""

    CLIENT = "client"
    REPLICATION = "replication"
    SYSTEM = "system"
    """Autovacuum, event schedulers and other workers of the server's own."""
    UNKNOWN = "unknown"
    """The server does not show it to our role."""


class SessionState(StrEnum):
    """What a session is doing, in PostgreSQL's words; other backends are mapped to them."""

    ACTIVE = "active"
    IDLE = "idle"
    IDLE_IN_TRANSACTION = "idle in transaction"
    IDLE_IN_TRANSACTION_ABORTED = "idle in transaction (aborted)"
    UNKNOWN = "unknown"

    @property
    def is_idle_in_transaction(self) -> bool:
        """Whether a transaction is open and nothing runs in it, failed or not."""
        return self in {SessionState.IDLE_IN_TRANSACTION, SessionState.IDLE_IN_TRANSACTION_ABORTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class LockSnapshot:
    """The lock a session waits for."""

    type: str
    """The backend's own word: relation, transactionid, advisory, record, metadata, …"""
    mode: str | None = None
    relation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSnapshot:
    """One server-side session at the moment of the look."""

    pid: int
    """PostgreSQL's process id, or the connection id of MySQL and MariaDB."""
    kind: SessionKind = SessionKind.CLIENT
    state: SessionState = SessionState.UNKNOWN
    application_name: str | None = None
    user: str | None = None
    database: str | None = None
    client: str | None = None
    """The client's address without its port, or ``local`` for a socket."""
    connected_at: datetime | None = None
    transaction_started_at: datetime | None = None
    connected_for: timedelta | None = None
    state_for: timedelta | None = None
    """How long the session has been in its state: for an idle one, how long it has been idle."""
    transaction_for: timedelta | None = None
    query_for: timedelta | None = None
    """How long the running statement has run; None unless one is running."""
    wait: str | None = None
    """The wait event, as ``Type:event``, or the state the processlist shows."""
    statement: str | None = None
    """The statement that is running, or the last one that ran."""
    statement_visible: bool = True
    """False where the server hides the statement from our role or was not asked to track it."""
    fingerprint: str | None = None
    """The statement without its literals."""
    xid_age: int | None = None
    """Transactions begun on the server since this one was given its id (PostgreSQL)."""
    xmin_age: int | None = None
    """Transactions begun since the oldest snapshot this session may still read (PostgreSQL)."""
    holds_locks: bool | None = None
    """Whether it holds a lock somebody else could run into."""
    holds_advisory_lock: bool | None = None
    blocked_by: tuple[int, ...] = ()
    """The sessions it waits for; 0 is a prepared transaction, which has no session."""
    blockers_inferred: bool = False
    """Whether the server did not name them and they were concluded from who was there first."""
    waiting_for: timedelta | None = None
    """How long it has waited for that lock."""
    waits_on: LockSnapshot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitySnapshot:
    """Every session the server shows, except our own."""

    sessions: tuple[SessionSnapshot, ...]
    pooled: bool = False
    """Whether a pooler stands between us and the server: the clients are then the pooler's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedTransactionSnapshot:
    """A transaction left to a second phase that has not come."""

    name: str
    """The global transaction id."""
    age: timedelta | None = None
    prepared_at: datetime | None = None
    owner: str | None = None
    database: str | None = None
    blocks: tuple[int, ...] = ()
    """The sessions that wait for its locks."""
    finish: str = ""
    """The SQL that ends it by rolling it back."""


class HolderKind(StrEnum):
    """What keeps the xmin horizon where it is."""

    SESSION = "session"
    PREPARED_TRANSACTION = "prepared-transaction"
    REPLICATION_SLOT = "replication-slot"
    STANDBY = "standby"


@dataclass(frozen=True, slots=True, kw_only=True)
class HorizonHolderSnapshot:
    """One holder of the xmin horizon, behind which vacuum cannot remove anything (PostgreSQL)."""

    kind: HolderKind
    name: str
    """The pid, global transaction id, slot or standby, in the server's words."""
    age: int
    """Transactions begun since the horizon it holds."""
    held_for: timedelta | None = None
    database: str | None = None
    detail: str | None = None
    """What tells a person more of it, such as the application or whether a slot is active."""
