"""Arbitrary evidence, built from the types: also what no server has shown yet."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from tests.detectors.build import DAY, HOUR, MINUTE, NOW, SECOND, engine, source
from triage.evidence import (
    ActivitySnapshot,
    AppFrame,
    AppLogs,
    Backend,
    ConnectionLimitSnapshot,
    ConnectionStats,
    ConnectStats,
    DeadlockEvent,
    EarlierStatement,
    EngineConfig,
    EpisodeScope,
    ErrorClue,
    Evidence,
    FailureStats,
    HolderKind,
    HorizonHolderSnapshot,
    LimitKind,
    LockSnapshot,
    PauseStats,
    Preceding,
    PreparedTransactionSnapshot,
    QueryLogs,
    RefusalSnapshot,
    RepetitionStats,
    Scope,
    ServerConfig,
    SessionKind,
    SessionSnapshot,
    SessionState,
    SettingOverride,
    StatementStats,
    UnfinishedTransactionEvent,
    WriteStats,
)

ages = st.sampled_from(
    [
        timedelta(),
        timedelta(milliseconds=200),
        SECOND,
        5 * SECOND,
        31 * SECOND,
        MINUTE,
        6 * MINUTE,
        10 * MINUTE,
        HOUR,
        400 * DAY,
    ]
)
maybe_age = st.none() | ages
names = st.sampled_from(["shop", "app", "billing", "psql", "pg_dump", "DBeaver 24.1", "rdsadmin"]) | st.text(
    min_size=1, max_size=12
)
maybe_name = st.none() | names
statements = st.sampled_from([None, "COMMIT", "SELECT 1", "x" * 300, "\x1b[31m", "日本 \n\t '"])
maybe_flag = st.none() | st.booleans()
pids = st.integers(min_value=1, max_value=12)
numbers = st.integers(min_value=0, max_value=300)
TIMEOUTS = (
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "idle_transaction_timeout",
    "lock_timeout",
    "max_execution_time",
    "max_statement_time",
    "statement_timeout",
    "transaction_timeout",
    "wait_timeout",
)

locks = st.sampled_from(
    [LockSnapshot(type=kind, relation=one) for kind in ("relation", "advisory") for one in ("b", None)]
)
identities = st.sampled_from(
    [
        (SessionKind.CLIENT, "shop", "app", "shop"),
        (SessionKind.CLIENT, "shop", "app", "shop"),
        (SessionKind.CLIENT, None, "app", "shop"),
        (SessionKind.CLIENT, "shop", "app", "billing"),
        (SessionKind.CLIENT, "shop", "app", None),
        (SessionKind.CLIENT, "psql", "alice", "shop"),
        (SessionKind.CLIENT, "pg_dump", "backup", "shop"),
        (SessionKind.CLIENT, None, None, None),
        (SessionKind.REPLICATION, "standby", "replicator", None),
        (SessionKind.SYSTEM, None, None, "shop"),
        (SessionKind.UNKNOWN, None, "app", "shop"),
        (SessionKind.UNKNOWN, None, "app", None),
    ]
)
"""Kind, application, user and database."""


@st.composite
def sessions(draw: st.DrawFn, pid: int, others: list[int]) -> SessionSnapshot:
    """A session that may wait for any of the others, for one that was not seen, and for 0."""
    kind, application_name, user, database = draw(identities)
    blocker = st.sampled_from([None, 0, 99, *others, *others])
    connected, opened, in_state, running, waited = draw(st.tuples(*[maybe_age] * 5))
    holds_locks, holds_advisory_lock, inferred = draw(st.tuples(maybe_flag, maybe_flag, st.booleans()))
    statement = draw(statements)
    return SessionSnapshot(
        pid=pid,
        kind=kind,
        state=draw(st.sampled_from(SessionState)),
        application_name=application_name,
        user=user,
        database=database,
        client="10.0.0.5" if database else None,
        connected_at=None if connected is None else NOW - connected,
        connected_for=connected,
        transaction_started_at=None if opened is None else NOW - opened,
        transaction_for=opened,
        state_for=in_state,
        query_for=running,
        statement=statement,
        fingerprint=statement,
        holds_locks=holds_locks,
        holds_advisory_lock=holds_advisory_lock,
        blocked_by=tuple(sorted({one for one in draw(st.tuples(blocker, blocker)) if one not in {None, pid}})),
        blockers_inferred=inferred,
        waiting_for=waited,
        waits_on=draw(st.none() | locks),
    )


activities = st.builds(
    ActivitySnapshot,
    sessions=st.integers(min_value=0, max_value=5).flatmap(
        lambda number: st.tuples(*[sessions(pid, list(range(1, number + 1))) for pid in range(1, number + 1)])
    ),
    pooled=st.booleans(),
)


def _engine(unknown: set[str], **options: Any) -> EngineConfig:
    hidden = dict.fromkeys(sorted(unknown - {"pool_reset_on_return"}))
    return engine(**{**options, **hidden, "unknown": frozenset(unknown)})


engines = st.builds(
    _engine,
    st.sets(
        st.sampled_from(["pool_size", "max_overflow", "pool_timeout", "pool_recycle", "pool_reset_on_return", "echo"])
    ),
    name=names,
    file=names,
    line=st.none() | st.integers(min_value=1, max_value=900),
    function=maybe_name,
    backend=st.none() | st.sampled_from(Backend),
    database=st.sampled_from([None, "shop", "billing"]),
    dialect=st.none() | st.sampled_from(["sqlite", "postgresql"]),
    poolclass=st.sampled_from(["QueuePool", "AsyncAdaptedQueuePool", "NullPool", "StaticPool"]),
    pool_size=numbers,
    max_overflow=st.integers(min_value=-1, max_value=300),
    pool_timeout=maybe_age,
    pool_recycle=maybe_age,
    pool_pre_ping=maybe_flag,
    echo=st.sampled_from([True, False, "debug"]),
    isolation_level=st.sampled_from([None, "AUTOCOMMIT", "SERIALIZABLE"]),
    reset_on_return=st.sampled_from(["rollback", "commit", None]),
    connect_options=st.dictionaries(st.sampled_from(TIMEOUTS), st.just("0"), max_size=2),
    processes=st.none() | st.integers(min_value=1, max_value=300),
)
limits = st.builds(
    ConnectionLimitSnapshot,
    kind=st.sampled_from(LimitKind),
    name=names,
    limit=numbers,
    reserved=st.integers(min_value=0, max_value=20),
    in_use=st.none() | numbers,
)
prepared = st.builds(
    PreparedTransactionSnapshot,
    name=names,
    age=maybe_age,
    owner=maybe_name,
    database=st.sampled_from([None, "shop", "billing"]),
    blocks=st.sets(pids, max_size=3).map(tuple),
    finish=st.sampled_from(["", "ROLLBACK PREPARED 'x'"]),
)
holders = st.builds(
    HorizonHolderSnapshot,
    kind=st.sampled_from(HolderKind),
    name=pids.map(str) | names,
    age=st.integers(min_value=0, max_value=2**31),
    held_for=maybe_age,
    database=maybe_name,
    detail=maybe_name,
)
servers = st.builds(
    ServerConfig,
    timeouts=st.dictionaries(st.sampled_from(TIMEOUTS), maybe_age.map(lambda age: age or None)),
    overrides=st.lists(
        st.builds(
            SettingOverride,
            name=st.sampled_from(TIMEOUTS),
            value=maybe_age.map(lambda age: age or None),
            database=st.none() | st.just("shop"),
            role=st.none() | st.just("app"),
        ),
        max_size=3,
    ).map(tuple),
)
connections = st.builds(
    ConnectionStats,
    sessions=st.integers(min_value=0, max_value=10**9),
    transactions=st.integers(min_value=0, max_value=10**9),
    since=st.just(NOW),
    period=ages,
    database=maybe_name,
    user=maybe_name,
)
SQL = (
    "SELECT authors.id, authors.name FROM authors",
    "SELECT authors.id, authors.name FROM authors LIMIT ?",
    "SELECT authors.id, authors.name FROM authors WHERE authors.id = ?",
    "SELECT authors.biography FROM authors WHERE authors.id = ?",
    "SELECT books.id, books.title, books.author_id FROM books",
    "SELECT books.id, books.title, books.author_id FROM books WHERE ? = books.author_id",
    "SELECT books.id, books.title, books.author_id FROM books WHERE books.author_id = ?",
    "SELECT books.author_id, books.id FROM books WHERE books.author_id IN (...)",
    "SELECT books.id FROM books ORDER BY books.id LIMIT ? OFFSET ?",
    "SELECT tags.id FROM tags, book_tags WHERE ? = book_tags.book_id AND tags.id = book_tags.tag_id",
    "SELECT nodes.id, nodes.parent_id FROM nodes WHERE ? = nodes.parent_id",
    "SELECT engineers.language FROM engineers WHERE ? = engineers.id",
    "SELECT lines.id FROM lines WHERE ? = lines.shop AND ? = lines.order_number",
    "SELECT count(*) FROM books WHERE books.author_id = ?",
    "SELECT * FROM jobs WHERE state = ? FOR UPDATE SKIP LOCKED",
    "INSERT INTO authors (name) VALUES (?)",
    "UPDATE authors SET name = ? WHERE authors.id = ?",
    "DELETE FROM authors WHERE id = ?",
    "SELECT ? FROM (SELECT",
    "SELECT",
    "",
    "日本 = ? \x00",
)
some_sql = st.sampled_from(SQL)
counts = st.integers(min_value=0, max_value=1200)
tags = st.dictionaries(
    st.sampled_from(["file", "line", "route", "action"]), st.sampled_from(["a.py:3", "a.py", "x" * 500, ""])
)
durations = st.sampled_from([timedelta(), timedelta(microseconds=900), SECOND, HOUR])


@st.composite
def repetitions(draw: st.DrawFn) -> RepetitionStats:
    """What an engine could count, and much that it could not."""
    earlier = st.builds(EarlierStatement, statement=some_sql, limit=st.none() | counts, executions=st.none() | counts)
    numbers = sorted(draw(st.tuples(counts, counts, counts)))
    return RepetitionStats(
        statement=draw(some_sql),
        dialect=draw(st.sampled_from(["postgresql", "mysql"])),
        scope=draw(st.sampled_from(EpisodeScope)),
        before=tuple(draw(st.lists(earlier, max_size=4))),
        previous=tuple(draw(st.lists(some_sql, max_size=2))),
        beside=tuple(draw(st.lists(some_sql, max_size=2))),
        varying=tuple(sorted(draw(st.sets(st.integers(min_value=0, max_value=3))))),
        named=draw(st.booleans()),
        blind=draw(st.booleans()),
        episodes=draw(st.integers(min_value=0, max_value=4)),
        executions=numbers[2],
        distinct=draw(st.integers(min_value=0, max_value=numbers[2])),
        fewest=numbers[0],
        worst=numbers[1],
        worst_distinct=draw(st.integers(min_value=0, max_value=numbers[1])),
        total=draw(st.none() | durations),
        lasted=draw(durations),
        is_slow=draw(st.booleans()),
        walks=draw(st.booleans()),
        interleaved=draw(st.booleans()),
        same_keys=draw(st.booleans()),
        tags=draw(tags),
        confirmed=draw(st.booleans()),
    )


query_logs = st.builds(
    QueryLogs,
    repetitions=st.lists(repetitions(), max_size=4).map(tuple),
    writes=st.lists(
        st.builds(
            WriteStats,
            statement=some_sql,
            committed=numbers,
            rolled_back=numbers,
            lost=st.sampled_from([0, 0, 3]),
            tags=tags,
            confirmed=st.booleans(),
        ),
        max_size=3,
    ).map(tuple),
    pauses=st.lists(
        st.builds(
            PauseStats,
            before=some_sql,
            after=some_sql,
            count=st.just(3),
            longest=ages,
            total=ages,
            estimated=st.sampled_from([0, 2, 3]),
            tags=tags,
            confirmed=st.booleans(),
        ),
        max_size=3,
        unique_by=lambda one: (one.before, one.after),
    ).map(tuple),
    unfinished=st.lists(
        st.builds(
            UnfinishedTransactionEvent,
            session=st.sampled_from(["", "7", "8"]),
            opened_at=st.none() | st.just(NOW),
            age=maybe_age,
            idle=maybe_age,
            last_statement=st.none() | some_sql,
            statements=numbers,
            writes=numbers,
            ended=st.sampled_from(["open-at-end", "disconnected"]),
            tags=tags,
            confirmed=st.booleans(),
        ),
        max_size=3,
    ).map(tuple),
    unfinished_more=numbers,
    deadlocks=st.lists(
        st.builds(DeadlockEvent, at=st.none() | st.just(NOW), statements=st.lists(some_sql, max_size=2).map(tuple)),
        max_size=3,
    ).map(tuple),
    connects=st.lists(
        st.builds(ConnectStats, connections=numbers, brief=numbers, period=ages, confirmed=st.booleans()), max_size=2
    ).map(tuple),
)
statistics = st.builds(
    StatementStats,
    statement=some_sql,
    calls=numbers.map(lambda number: number * 10),
    rows=st.none() | counts,
    total=ages,
    database=st.sampled_from(["shop", None]),
    user=st.sampled_from(["app", None]),
)
clues = st.builds(
    ErrorClue,
    classes=st.lists(
        st.sampled_from(
            [
                "sqlalchemy.exc.OperationalError",
                "sqlalchemy.exc.TimeoutError",
                "sqlalchemy.exc.PendingRollbackError",
                "psycopg2.errors.UniqueViolation",
                "NoResultFound",
                "SAWarning",
                "日本",
            ]
        ),
        max_size=3,
    ).map(tuple),
    code=st.sampled_from([None, "3o7r", "gkpj", "7s2a", "????"]),
    sqlstate=st.sampled_from([None, "40P01", "57014", "08003", "23505", "XX000"]),
    errno=st.sampled_from([None, 0, 1213, 2006, 9999]),
    message=st.sampled_from(
        [
            "",
            "deadlock detected",
            "QueuePool limit of size 5 overflow 10 reached",
            "connection is closed",
            "\x1b[31m",
            "x" * 400,
        ]
    ),
)
failures = st.builds(
    FailureStats,
    clue=clues,
    frame=st.none() | st.builds(AppFrame, file=names, line=st.none() | st.just(7), function=maybe_name),
    count=st.integers(min_value=1, max_value=10**6),
    first=st.none() | st.just(NOW - HOUR),
    last=st.none() | st.sampled_from([NOW - HOUR, NOW, NOW + DAY]),
    bucket=st.sampled_from([None, MINUTE, HOUR]),
    counts=st.lists(st.tuples(st.sampled_from([NOW, NOW - MINUTE]), numbers), max_size=2).map(tuple),
    workers=st.lists(names, max_size=2).map(tuple),
    statement=st.none() | some_sql,
    original=st.none() | clues,
    after=st.lists(st.builds(Preceding, index=st.just(0), count=st.integers(min_value=1, max_value=9)), max_size=1).map(
        tuple
    ),
    is_autoflush=st.booleans(),
)
app_logs = st.builds(AppLogs, failures=st.lists(failures, max_size=6).map(tuple), more=numbers)
PARTS: dict[str, st.SearchStrategy[Any]] = {
    "activity": activities,
    "refusal": st.builds(RefusalSnapshot, message=names, code=names),
    "limits": st.lists(limits, max_size=4, unique_by=lambda one: (one.kind, one.name)).map(tuple),
    "prepared": st.lists(prepared, max_size=3, unique_by=lambda one: (one.database, one.name)).map(tuple),
    "horizon": st.lists(holders, max_size=3).map(tuple),
    "server": servers,
    "connections": connections,
    "query_logs": query_logs,
    "app_logs": app_logs,
    "statements": st.lists(statistics, max_size=6).map(tuple),
    "engines": st.lists(engines, max_size=3, unique_by=lambda one: (one.file, one.name)).map(tuple),
}
"""By the field of the evidence, what may stand in it."""


def evidences(*needed: str) -> st.SearchStrategy[Evidence]:
    """Evidence that holds what is needed for sure, and the sessions and engines perhaps; without a name, anything."""
    either = {name for need in needed if "|" in need for name in need.split("|")}
    perhaps = {*either, *({"activity", "engines"} if "activity" in needed else set() if needed else PARTS.keys())}
    return st.builds(
        Evidence,
        collected_at=st.just(NOW),
        scope=st.builds(
            Scope,
            database=st.sampled_from(["shop", None]),
            app=st.sampled_from([(), (), ("shop",), ("b*", "app")]),
            all_databases=st.booleans(),
        ),
        sources=st.sampled_from(Backend).map(lambda backend: (source(backend),)) | st.just(()),
        **{
            name: part if name in needed else st.none() | part
            for name, part in PARTS.items()
            if name in {*needed, *perhaps}
        },
    )


def aged(evidence: Evidence, by: timedelta) -> Evidence:
    """The same, so much later, as if nobody had done anything in between."""

    def later(age: timedelta | None) -> timedelta | None:
        return None if age is None else age + by

    def older(session: SessionSnapshot) -> SessionSnapshot:
        return replace(
            session,
            connected_for=later(session.connected_for),
            state_for=later(session.state_for),
            transaction_for=later(session.transaction_for),
            query_for=later(session.query_for),
            waiting_for=later(session.waiting_for),
        )

    activity = evidence.activity
    return replace(
        evidence,
        activity=None if activity is None else replace(activity, sessions=tuple(map(older, activity.sessions))),
        prepared=None
        if evidence.prepared is None
        else tuple(replace(one, age=later(one.age)) for one in evidence.prepared),
    )
