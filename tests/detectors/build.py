"""Evidence as literals: functions that build it, with defaults that are no problem at all."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from triage.evidence import (
    ActivitySnapshot,
    Backend,
    ConnectionLimitSnapshot,
    EngineConfig,
    Evidence,
    LimitKind,
    LockSnapshot,
    Scope,
    ServerConfig,
    SessionKind,
    SessionSnapshot,
    SessionState,
    SettingOverride,
    Source,
    SourceKind,
)

NOW = datetime(2026, 1, 31, 15, 0, tzinfo=UTC)
"""When the look was, by the server's clock."""
TICK = timedelta(microseconds=1)
"""The least that can lie between two sides of an edge."""
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

READ = "SELECT books.id, books.title FROM books WHERE books.id = ?"
WRITE = "UPDATE books SET title = ? WHERE books.id = ?"
TABLE_LOCK = LockSnapshot(type="relation", mode="AccessShareLock", relation="books")


def session(
    pid: int = 101,
    state: SessionState = SessionState.IDLE,
    in_state: timedelta | None = MINUTE,
    *,
    opened: timedelta | None = None,
    connected: timedelta | None = DAY,
    statement: str | None = READ,
    **fields: Any,
) -> SessionSnapshot:
    """A session of the app ``shop`` in the database ``shop``; ``opened`` is its transaction's age."""
    named = {"application_name": "shop", "user": "app", "database": "shop", "client": "10.0.0.5"}
    return SessionSnapshot(
        pid=pid,
        state=state,
        state_for=in_state,
        transaction_for=opened,
        transaction_started_at=None if opened is None else NOW - opened,
        connected_for=connected,
        connected_at=None if connected is None else NOW - connected,
        statement=statement,
        **{"fingerprint": statement, **named, **fields},
    )


def leaked(
    pid: int = 101, idle: timedelta | None = 2 * MINUTE, *, opened: timedelta | None = None, **fields: Any
) -> SessionSnapshot:
    """Idle in transaction since its first statement, which only read: it has neither a transaction id nor a snapshot."""
    opened = opened if opened is not None or idle is None else idle + timedelta(milliseconds=20)
    return session(pid, SessionState.IDLE_IN_TRANSACTION, idle, opened=opened, **fields)


def aborted(pid: int = 101, idle: timedelta | None = 2 * MINUTE, **fields: Any) -> SessionSnapshot:
    """Idle in a failed transaction; PostgreSQL shows no start of such a one."""
    return session(pid, SessionState.IDLE_IN_TRANSACTION_ABORTED, idle, **fields)


def active(
    pid: int = 101, running: timedelta | None = SECOND, *, opened: timedelta | None = None, **fields: Any
) -> SessionSnapshot:
    """Runs a statement, by default the only one of its transaction."""
    opened = running if opened is None else opened
    return session(pid, SessionState.ACTIVE, running, opened=opened, query_for=running, **fields)


def waiter(
    pid: int,
    *blockers: int,
    waited: timedelta | None = 2 * MINUTE,
    lock: LockSnapshot | None = TABLE_LOCK,
    **fields: Any,
) -> SessionSnapshot:
    """Waits for a lock that these hold."""
    return active(pid, waited, blocked_by=blockers, waiting_for=waited, waits_on=lock, **fields)


def person(pid: int = 101, idle: timedelta = HOUR, **fields: Any) -> SessionSnapshot:
    """Somebody at psql who left a transaction open."""
    return leaked(pid, idle, **{"application_name": "psql", "user": "alice", **fields})


def hidden(pid: int = 101, **fields: Any) -> SessionSnapshot:
    """What PostgreSQL shows of another role's session to a role without pg_read_all_stats."""
    return SessionSnapshot(
        pid=pid,
        kind=SessionKind.UNKNOWN,
        **{"user": "app", "database": "shop", "statement_visible": False, **fields},
    )


def several(one: SessionSnapshot, number: int, *, first: int = 101) -> list[SessionSnapshot]:
    """The same session that many times, with pids from ``first`` on."""
    return [replace(one, pid=first + each) for each in range(number)]


def evidence(
    *sessions: SessionSnapshot,
    backend: Backend = Backend.POSTGRESQL,
    database: str | None = "shop",
    app: tuple[str, ...] = (),
    all_databases: bool = False,
    pooled: bool = False,
    engines: Iterable[EngineConfig] | None = None,
    **fields: Any,
) -> Evidence:
    """A look at the database ``shop`` that saw these sessions; other evidence by its field's name."""
    return Evidence(
        collected_at=NOW,
        scope=Scope(database=database, app=app, all_databases=all_databases),
        sources=(source(backend),),
        activity=ActivitySnapshot(sessions=sessions, pooled=pooled),
        engines=None if engines is None else tuple(engines),
        **fields,
    )


def source(backend: Backend = Backend.POSTGRESQL, **fields: Any) -> Source:
    """The database that was looked at."""
    return Source(
        kind=SourceKind.DATABASE,
        collected_at=NOW,
        backend=backend,
        **{
            "name": "postgresql://app@db.example.com/shop",
            "server_version": "18.0",
            "facts": {"queries": 8, "elapsed_ms": 40},
            **fields,
        },
    )


def engine(**fields: Any) -> EngineConfig:
    """An engine with SQLAlchemy's defaults: 5 + 10 connections, no pre-ping, no recycle."""
    return EngineConfig(**{"name": "engine", "file": "app/db.py", "line": 12, **fields})


def bounded(pool_size: int = 5, max_overflow: int = 10, processes: int | None = 1, **fields: Any) -> EngineConfig:
    """An engine whose pool has this bound in each of so many processes."""
    return engine(pool_size=pool_size, max_overflow=max_overflow, processes=processes, **fields)


def limit(
    limit: int = 100,
    *,
    in_use: int | None = None,
    reserved: int = 0,
    kind: LimitKind = LimitKind.SERVER,
    name: str = "max_connections",
) -> ConnectionLimitSnapshot:
    """A limit on connections, by default the whole server's."""
    return ConnectionLimitSnapshot(kind=kind, name=name, limit=limit, reserved=reserved, in_use=in_use)


def server(*overrides: SettingOverride, **timeouts: timedelta | None) -> ServerConfig:
    """The server's timeouts by name, None for one that is off; those left out the server does not have."""
    return ServerConfig(timeouts=timeouts, overrides=overrides)


def values(finding_details: Mapping[str, object], *names: str) -> tuple[object, ...]:
    """Some of a finding's details."""
    return tuple(finding_details[name] for name in names)
