"""The sessions of MySQL and MariaDB, and which of the sleeping ones have a transaction open.

A pooled connection sleeps in the processlist whether or not it has a transaction open. The two are
told apart by InnoDB's list of transactions, which names the connection of each. The last statement
of a sleeping session is known to performance_schema only.

Sources: https://dev.mysql.com/doc/refman/9.7/en/information-schema-innodb-trx-table.html,
https://dev.mysql.com/doc/refman/9.7/en/information-schema-processlist-table.html,
https://mariadb.com/kb/en/information-schema-processlist-table/.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from triage.collectors.connection import Connection, Row, seconds
from triage.evidence import (
    ActivitySnapshot,
    LockSnapshot,
    PreparedTransactionSnapshot,
    SessionKind,
    SessionSnapshot,
    SessionState,
)

TRANSACTIONS = """
SELECT trx_mysql_thread_id AS pid, trx_state, UNIX_TIMESTAMP(trx_started) AS started,
       TIMESTAMPDIFF(MICROSECOND, trx_started, NOW(6)) / 1e6 AS age,
       trx_rows_locked, trx_rows_modified, trx_tables_locked, trx_operation_state,
       TIMESTAMPDIFF(MICROSECOND, trx_wait_started, NOW(6)) / 1e6 AS waiting_for
  FROM information_schema.innodb_trx
"""

PROCESSES = """
SELECT id AS pid, user, host, db, command, time, state, info
  FROM information_schema.processlist WHERE id <> CONNECTION_ID()
"""
PROCESSES_MARIADB = """
SELECT id AS pid, user, host, db, command, time_ms / 1000 AS time, state, info
  FROM information_schema.processlist WHERE id <> CONNECTION_ID()
"""

# An event that has not ended has the timer's present value as its end: that of our own statement
# is the clock the others are held against.
# https://dev.mysql.com/doc/refman/9.7/en/performance-schema-events-statements-current-table.html
LAST_STATEMENTS = """
SELECT t.processlist_id AS pid, s.sql_text, s.event_name, a.attr_value AS program,
       (CAST(own.timer_end AS SIGNED) - CAST(s.timer_end AS SIGNED)) / 1e12 AS since_end
  FROM performance_schema.threads t
  JOIN performance_schema.events_statements_current own ON own.thread_id = PS_CURRENT_THREAD_ID()
   AND own.nesting_event_id IS NULL
  LEFT JOIN performance_schema.events_statements_current s
         ON s.thread_id = t.thread_id AND s.nesting_event_id IS NULL
  LEFT JOIN performance_schema.session_connect_attrs a
         ON a.processlist_id = t.processlist_id AND a.attr_name = 'program_name'
 WHERE t.processlist_id IS NOT NULL
"""

XA_RECOVER = "XA RECOVER"

_SYSTEM_USERS = frozenset({"system user", "event_scheduler", "unauthenticated user"})
_SYSTEM_COMMANDS = frozenset({"Daemon"})
_REPLICATION_COMMANDS = frozenset(
    {"Binlog Dump", "Binlog Dump GTID", "Group Replication Data Stream", "Slave_IO", "Slave_SQL", "Slave_worker"}
)
_METADATA_WAITS = ("waiting for", "metadata lock")
_ADMINISTRATIVE = "statement/com/"


def transactions(connection: Connection) -> list[Row]:
    """InnoDB's open transactions; 0 for the connection means a prepared one whose session has gone."""
    return connection.fetch(TRANSACTIONS)


def sessions(connection: Connection, open_transactions: Iterable[Row] | None, *, mariadb: bool) -> ActivitySnapshot:
    """Every session but our own; a sleeping one with a transaction is idle in transaction.

    Where the transactions could not be read, nobody knows what a sleeping session is.
    """
    by_pid = {row["pid"]: row for row in open_transactions or ()}
    found = tuple(
        _session(row, by_pid.get(row["pid"])) for row in connection.fetch(PROCESSES_MARIADB if mariadb else PROCESSES)
    )
    if open_transactions is None:
        found = tuple(replace(s, state=SessionState.UNKNOWN) if s.state is SessionState.IDLE else s for s in found)
    return ActivitySnapshot(sessions=found)


def _kind(row: Row) -> SessionKind:
    if row["command"] in _REPLICATION_COMMANDS:
        return SessionKind.REPLICATION
    if row["user"] in _SYSTEM_USERS or row["command"] in _SYSTEM_COMMANDS:
        return SessionKind.SYSTEM
    return SessionKind.CLIENT


def _state(row: Row, transaction: Row | None) -> SessionState:
    if row["command"] != "Sleep":
        return SessionState.ACTIVE
    return SessionState.IDLE_IN_TRANSACTION if transaction else SessionState.IDLE


def _session(row: Row, transaction: Row | None) -> SessionSnapshot:
    state = _state(row, transaction)
    in_state = seconds(row["time"])
    waits = _waits_for_metadata(row["state"])
    return SessionSnapshot(
        pid=row["pid"],
        kind=_kind(row),
        state=state,
        user=row["user"],
        database=row["db"],
        client=(row["host"] or "").rpartition(":")[0] or row["host"] or None,
        transaction_started_at=datetime.fromtimestamp(float(transaction["started"]), UTC) if transaction else None,
        transaction_for=seconds(transaction["age"]) if transaction else None,
        state_for=in_state,
        query_for=in_state if state is SessionState.ACTIVE else None,
        wait=row["state"] or None,
        statement=row["info"] or None,
        statement_visible=row["info"] is not None or state is SessionState.IDLE,
        holds_locks=bool(transaction["trx_rows_locked"] or transaction["trx_rows_modified"]) if transaction else False,
        waiting_for=(seconds(transaction["waiting_for"]) if transaction else None) or (in_state if waits else None),
        waits_on=LockSnapshot(type="metadata") if waits else None,
    )


def _waits_for_metadata(state: str | None) -> bool:
    """Whether the processlist says that a session waits for a metadata or a user-level lock."""
    text = (state or "").lower()
    return text == "user lock" or (text.startswith(_METADATA_WAITS[0]) and _METADATA_WAITS[1] in text)


def with_last_statements(connection: Connection, activity: ActivitySnapshot) -> ActivitySnapshot:
    """Add what performance_schema knows: the last statement, when it ended, and the program's name."""
    rows = {row["pid"]: row for row in connection.fetch(LAST_STATEMENTS)}

    def completed(session: SessionSnapshot) -> SessionSnapshot:
        row = rows.get(session.pid)
        if row is None:
            return session
        session = replace(session, application_name=row["program"])
        if session.state is SessionState.ACTIVE or row["since_end"] is None:
            return session
        statement = None if str(row["event_name"]).startswith(_ADMINISTRATIVE) else row["sql_text"]
        return replace(
            session,
            statement=statement,
            statement_visible=statement is not None,
            state_for=seconds(row["since_end"]),
        )

    return replace(activity, sessions=tuple(map(completed, activity.sessions)))


def prepared(
    connection: Connection, open_transactions: Iterable[Row], now: datetime
) -> tuple[PreparedTransactionSnapshot, ...]:
    """XA transactions in their prepared state.

    XA RECOVER gives no time. InnoDB gives the start of a transaction whose session has gone, but not
    its XA id, so where there are several, each is taken to be as young as the youngest of them.
    """
    detached = [row for row in open_transactions if row["pid"] == 0]
    age = min((seconds(row["age"]) or timedelta() for row in detached), default=None)
    found = []
    for row in connection.fetch(XA_RECOVER):
        data = row["data"] if isinstance(row["data"], str) else bytes(row["data"]).decode("latin-1")
        length = row["gtrid_length"]
        finish = f"XA ROLLBACK X'{_hex(data[:length])}', X'{_hex(data[length:])}', {row['formatid']}"
        found.append(
            PreparedTransactionSnapshot(
                name=data, age=age, prepared_at=now - age if age is not None else None, finish=finish
            )
        )
    return tuple(found)


def _hex(text: str) -> str:
    return text.encode("latin-1", "replace").hex()
