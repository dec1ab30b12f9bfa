"""What was seen, before anybody judges it.

Collectors fill these types in and detectors read them. The suffix of a name says when a thing was
true: ``Snapshot`` one instant, ``Stats`` since a reset, ``Config`` a setting. All ages are measured
by the clock of the server they were read from, so a clock that differs here does not matter.
A field that is None was not visible: it never means zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Backend(StrEnum):
    """The database product."""

    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    MARIADB = "mariadb"


class SourceKind(StrEnum):
    """Where evidence can come from."""

    DATABASE = "database"
    ENGINE = "engine"
    QUERY_LOG = "query-log"
    APP_LOG = "app-log"
    PROBE = "probe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place that was looked at."""

    kind: SourceKind
    name: str
    """The URL without its password, or the path of the file."""
    collected_at: datetime
    backend: Backend | None = None
    server_version: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    """What else the JSON report says of this source, by its key there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that could not be seen, why not, and what would let us see it."""

    source: str
    reason: str
    hint: str
    unread: bool = False
    """The source was asked for and could not be read, or not to its end: the run ends with exit code 3."""


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


class LimitKind(StrEnum):
    """What a limit on connections is set on."""

    SERVER = "server"
    DATABASE = "database"
    ROLE = "role"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimitSnapshot:
    """A limit on connections and how much of it is used."""

    kind: LimitKind
    name: str
    """The database or role that is limited; the setting's name for the whole server."""
    limit: int
    reserved: int = 0
    """Connections of the limit that an ordinary role cannot have."""
    in_use: int | None = None

    @property
    def available(self) -> int:
        """How many connections ordinary roles can have at the most."""
        return max(self.limit - self.reserved, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalSnapshot:
    """The server answered, and refused us because it is full."""

    message: str
    code: str
    """The SQLSTATE or the MySQL error number."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingOverride:
    """A setting that a database or a role changes for its own sessions."""

    name: str
    value: timedelta | None
    """None: switched off."""
    database: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """The server's settings that matter to a pool."""

    timeouts: Mapping[str, timedelta | None]
    """By the setting's name; None where it is switched off. Absent where this server has no such setting."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Other settings, as the server shows them."""
    overrides: tuple[SettingOverride, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionStats:
    """How many sessions and transactions there have been since a reset."""

    sessions: int
    transactions: int
    since: datetime
    period: timedelta
    database: str | None = None
    user: str | None = None
    """Whose they are; where both are None, the server counts for everybody together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementStats:
    """One normalised statement's totals since a reset, as the server counts them."""

    statement: str
    calls: int
    rows: int | None
    total: timedelta
    database: str | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """One engine as the app builds it, SQLAlchemy's defaults filled in.

    A name in ``unknown`` stands in the file but its value could not be read without running the
    app; the field then is None and must not be taken for a default.
    """

    name: str
    file: str
    line: int | None = None
    function: str | None = None
    url: str | None = None
    """Without its password."""
    backend: Backend | None = None
    database: str | None = None
    """The database its URL names, where that is known."""
    dialect: str | None = None
    """SQLAlchemy's name of the dialect, for databases triage does not look at too."""
    is_async: bool = False
    poolclass: str = "QueuePool"
    pool_size: int | None = 5
    """0 means no limit."""
    max_overflow: int | None = 10
    """-1 means no limit."""
    pool_timeout: timedelta | None = timedelta(seconds=30)
    """None, where ``pool_timeout`` is not unknown, means that a checkout waits for ever."""
    pool_recycle: timedelta | None = None
    """None, where ``pool_recycle`` is not unknown, means never."""
    pool_pre_ping: bool | None = False
    echo: bool | str | None = False
    """True, ``debug``, or False."""
    isolation_level: str | None = None
    reset_on_return: str | None = "rollback"
    """rollback or commit; None, where ``pool_reset_on_return`` is not unknown, means disabled."""
    connect_options: Mapping[str, str] = field(default_factory=dict)
    """Server settings the app asks for when it connects, such as ``statement_timeout``."""
    processes: int | None = None
    """How many processes build it; None where nobody said."""
    said: frozenset[str] = frozenset()
    """The options the app itself sets, by SQLAlchemy's names; the others are defaults."""
    unknown: frozenset[str] = frozenset()

    @property
    def ceiling(self) -> int | None:
        """The most connections one process can have; None where there is no limit or it is unknown."""
        if not self.is_queue_pool:
            return None
        if self.pool_size is None or self.max_overflow is None:
            return None
        if self.pool_size == 0 or self.max_overflow == -1:
            return None
        return self.pool_size + self.max_overflow

    @property
    def is_queue_pool(self) -> bool:
        """Whether ``pool_size`` and ``max_overflow`` mean anything to this engine's pool."""
        return self.poolclass in {"QueuePool", "AsyncAdaptedQueuePool"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose sessions the question is about."""

    database: str | None = None
    """The URL's database; None where it names none."""
    app: tuple[str, ...] = ()
    """Patterns of application name, user or database; empty for everything in the database."""
    all_databases: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that a run saw. A field that is None was not looked at, or could not be."""

    collected_at: datetime
    scope: Scope = Scope()
    sources: tuple[Source, ...] = ()
    gaps: tuple[Gap, ...] = ()
    activity: ActivitySnapshot | None = None
    refusal: RefusalSnapshot | None = None
    limits: tuple[ConnectionLimitSnapshot, ...] | None = None
    prepared: tuple[PreparedTransactionSnapshot, ...] | None = None
    horizon: tuple[HorizonHolderSnapshot, ...] | None = None
    server: ServerConfig | None = None
    connections: ConnectionStats | None = None
    statements: tuple[StatementStats, ...] | None = None
    engines: tuple[EngineConfig, ...] | None = None

    def merged(self, other: "Evidence") -> "Evidence":
        """This evidence and what another collector saw; sources and gaps add up, the scope is the database's."""
        seen = {
            f.name: getattr(other, f.name)
            for f in fields(self)
            if f.name not in {"collected_at", "scope", "sources", "gaps"} and getattr(other, f.name) is not None
        }
        return replace(
            self,
            scope=other.scope if other.database else self.scope,
            sources=self.sources + other.sources,
            gaps=self.gaps + other.gaps,
            **seen,
        )

    @property
    def database(self) -> Source | None:
        """The database that was looked at, if one answered."""
        return next((s for s in self.sources if s.kind is SourceKind.DATABASE), None)
