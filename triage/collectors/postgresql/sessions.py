"""PostgreSQL's sessions, what they wait for, prepared transactions, and what holds the xmin horizon.

Sources: https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW,
https://www.postgresql.org/docs/current/view-pg-locks.html,
https://www.postgresql.org/docs/current/view-pg-prepared-xacts.html.
"""

from triage.collectors.connection import Connection, Row, seconds
from triage.collectors.postgresql.versions import since
from triage.evidence import (
    ActivitySnapshot,
    HolderKind,
    HorizonHolderSnapshot,
    LockSnapshot,
    PreparedTransactionSnapshot,
    SessionKind,
    SessionSnapshot,
    SessionState,
)

# textsend, because a statement of another database may be in another encoding: its bytes are sent as they are.
# pg_blocking_pids takes the lock manager's locks exclusively, so it is asked of the waiters only.
# Waiters are known from pg_locks, which shows them to every role; wait_event is hidden from most.
SESSIONS = """
WITH held AS (
    SELECT pid,
           bool_or(granted AND locktype NOT IN ('virtualxid', 'advisory')) AS holds_locks,
           bool_or(granted AND locktype = 'advisory') AS holds_advisory_lock,
           bool_or(NOT granted) AS waits,
           max(locktype) FILTER (WHERE NOT granted) AS lock_type,
           max(mode) FILTER (WHERE NOT granted) AS lock_mode,
           max(CASE WHEN relation IS NOT NULL AND (NOT granted OR locktype = 'tuple')
                     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    THEN relation::regclass::text END) AS relation,
           {waiting_since} AS waiting_since
      FROM pg_locks WHERE pid IS NOT NULL GROUP BY pid
)
SELECT a.pid, a.backend_type, a.state, a.application_name, a.usename, a.datname,
       host(a.client_addr) AS client_address, a.client_port,
       a.backend_start, a.xact_start, textsend(a.query) AS query, a.wait_event_type, a.wait_event,
       extract(epoch FROM clock_timestamp() - a.backend_start) AS connected_for,
       extract(epoch FROM clock_timestamp() - a.state_change) AS state_for,
       extract(epoch FROM clock_timestamp() - a.xact_start) AS transaction_for,
       extract(epoch FROM clock_timestamp() - a.query_start) AS query_for,
       extract(epoch FROM clock_timestamp() - {wait_began}) AS waiting_for,
       age(a.backend_xid) AS xid_age, age(a.backend_xmin) AS xmin_age,
       h.holds_locks, h.holds_advisory_lock, h.waits, h.lock_type, h.lock_mode, h.relation,
       CASE WHEN h.waits THEN pg_blocking_pids(a.pid) END AS blocked_by
  FROM pg_stat_activity a LEFT JOIN held h ON h.pid = a.pid
 WHERE a.pid <> pg_backend_pid()
"""
WAITING_SINCE = {14: "min(waitstart)", 0: "NULL::timestamptz"}
# A wait that has only just begun has no start yet: the statement's start would make it look old.
WAIT_BEGAN = {14: "coalesce(h.waiting_since, clock_timestamp())", 0: "a.query_start"}

# A prepared transaction has no session: pg_locks shows its locks without a pid. Which of them are its own
# is told by the virtual transaction that holds the lock on its transaction id.
PREPARED = """
SELECT p.gid, p.prepared, p.owner, p.database,
       extract(epoch FROM clock_timestamp() - p.prepared) AS age,
       ARRAY(SELECT DISTINCT w.pid FROM pg_locks h JOIN pg_locks w
              ON NOT w.granted AND w.pid IS NOT NULL AND w.locktype = h.locktype
             AND (w.database, w.relation, w.page, w.tuple, w.transactionid, w.classid, w.objid, w.objsubid)
                 IS NOT DISTINCT FROM
                 (h.database, h.relation, h.page, h.tuple, h.transactionid, h.classid, h.objid, h.objsubid)
              WHERE h.granted AND h.pid IS NULL AND h.virtualtransaction IN
                    (SELECT virtualtransaction FROM pg_locks WHERE pid IS NULL AND transactionid = p.transaction)
                AND 0 = ANY (pg_blocking_pids(w.pid))) AS blocks
  FROM pg_prepared_xacts p
"""

HORIZON = """
SELECT 'session' AS kind, pid::text AS name, datname AS database,
       greatest(age(backend_xmin), age(backend_xid)) AS age,
       extract(epoch FROM clock_timestamp() - xact_start) AS held_for,
       coalesce(nullif(application_name, ''), usename) AS detail
  FROM pg_stat_activity
 WHERE (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL) AND pid <> pg_backend_pid()
   AND backend_type <> 'walsender'
UNION ALL
SELECT 'prepared-transaction', gid, database, age(transaction),
       extract(epoch FROM clock_timestamp() - prepared), owner::text
  FROM pg_prepared_xacts
UNION ALL
SELECT 'replication-slot', slot_name, database, greatest(age(xmin), age(catalog_xmin)), NULL,
       CASE WHEN active THEN 'active' ELSE 'inactive' END
  FROM pg_replication_slots WHERE xmin IS NOT NULL OR catalog_xmin IS NOT NULL
UNION ALL
SELECT 'standby', coalesce(nullif(application_name, ''), pid::text), NULL, age(backend_xmin), NULL, host(client_addr)
  FROM pg_stat_replication WHERE backend_xmin IS NOT NULL
 ORDER BY age DESC LIMIT 50
"""

_STATES = {
    "active": SessionState.ACTIVE,
    "fastpath function call": SessionState.ACTIVE,
    "idle": SessionState.IDLE,
    "idle in transaction": SessionState.IDLE_IN_TRANSACTION,
    "idle in transaction (aborted)": SessionState.IDLE_IN_TRANSACTION_ABORTED,
}
HIDDEN_QUERY = "<insufficient privilege>"


def sessions(connection: Connection, major: int, *, pooled: bool) -> ActivitySnapshot:
    """Every session but our own, with what it waits for."""
    rows = connection.fetch(
        SESSIONS.format(waiting_since=since(major, WAITING_SINCE), wait_began=since(major, WAIT_BEGAN))
    )
    return ActivitySnapshot(sessions=tuple(map(_session, rows)), pooled=pooled)


def _kind(row: Row) -> SessionKind:
    match row["backend_type"]:
        case "client backend":
            return SessionKind.CLIENT
        case "walsender":
            return SessionKind.REPLICATION
        case None:
            return SessionKind.UNKNOWN if row["usename"] else SessionKind.SYSTEM
    return SessionKind.SYSTEM


def _session(row: Row) -> SessionSnapshot:
    state = _STATES.get(row["state"], SessionState.UNKNOWN)
    statement = bytes(row["query"] or b"").decode("utf-8", "replace")
    visible = statement != HIDDEN_QUERY
    waits = bool(row["waits"])
    has_port = row["client_port"] is not None
    return SessionSnapshot(
        pid=row["pid"],
        kind=_kind(row),
        state=state,
        application_name=row["application_name"] or None,
        user=row["usename"],
        database=row["datname"],
        client=row["client_address"] or ("local" if has_port else None),
        connected_at=row["backend_start"],
        transaction_started_at=row["xact_start"],
        connected_for=seconds(row["connected_for"]),
        state_for=seconds(row["state_for"]),
        transaction_for=seconds(row["transaction_for"]),
        query_for=seconds(row["query_for"]) if state is SessionState.ACTIVE else None,
        wait=f"{row['wait_event_type']}:{row['wait_event']}" if row["wait_event_type"] else None,
        statement=(statement or None) if visible else None,
        statement_visible=visible and state is not SessionState.UNKNOWN,
        xid_age=row["xid_age"],
        xmin_age=row["xmin_age"],
        holds_locks=bool(row["holds_locks"]),
        holds_advisory_lock=bool(row["holds_advisory_lock"]),
        blocked_by=tuple(sorted(set(row["blocked_by"] or ()))),
        waiting_for=seconds(row["waiting_for"]) if waits else None,
        waits_on=LockSnapshot(type=row["lock_type"], mode=row["lock_mode"], relation=row["relation"])
        if waits
        else None,
    )


def prepared(connection: Connection) -> tuple[PreparedTransactionSnapshot, ...]:
    """Prepared transactions, and whom each keeps waiting."""
    return tuple(
        PreparedTransactionSnapshot(
            name=row["gid"],
            age=seconds(row["age"]),
            prepared_at=row["prepared"],
            owner=row["owner"],
            database=row["database"],
            blocks=tuple(sorted(row["blocks"])),
            finish="ROLLBACK PREPARED '{}'".format(row["gid"].replace("'", "''")),
        )
        for row in connection.fetch(PREPARED)
    )


def horizon(connection: Connection) -> tuple[HorizonHolderSnapshot, ...]:
    """What holds the xmin horizon, the oldest first."""
    return tuple(
        HorizonHolderSnapshot(
            kind=HolderKind(row["kind"]),
            name=row["name"],
            age=row["age"],
            held_for=seconds(row["held_for"]),
            database=row["database"],
            detail=row["detail"],
        )
        for row in connection.fetch(HORIZON)
    )
