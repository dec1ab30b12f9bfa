"""Who waits for whose locks on MySQL and MariaDB: row locks here, metadata locks by their modes.

Sources: https://dev.mysql.com/doc/refman/9.7/en/performance-schema-data-lock-waits-table.html,
https://mariadb.com/kb/en/information-schema-innodb_lock_waits-table/.
"""

from collections import defaultdict
from dataclasses import replace

from triage.collectors.connection import Connection
from triage.collectors.mysql.metadata_locks import LockRow, metadata_blockers, wanted_by_waiters
from triage.evidence import ActivitySnapshot, LockSnapshot, SessionSnapshot

ROW_LOCK_WAITS_MYSQL = """
SELECT r.processlist_id AS waiter, b.processlist_id AS blocker, l.lock_type, l.lock_mode,
       CONCAT(l.object_schema, '.', l.object_name) AS relation
  FROM performance_schema.data_lock_waits w
  JOIN performance_schema.threads r ON r.thread_id = w.requesting_thread_id
  LEFT JOIN performance_schema.threads b ON b.thread_id = w.blocking_thread_id
  JOIN performance_schema.data_locks l ON l.engine_lock_id = w.requesting_engine_lock_id AND l.engine = w.engine
"""
ROW_LOCK_WAITS_MARIADB = """
SELECT r.trx_mysql_thread_id AS waiter, b.trx_mysql_thread_id AS blocker, l.lock_type, l.lock_mode,
       REPLACE(l.lock_table, '`', '') AS relation
  FROM information_schema.innodb_lock_waits w
  JOIN information_schema.innodb_trx r ON r.trx_id = w.requesting_trx_id
  JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_trx_id
  LEFT JOIN information_schema.innodb_locks l ON l.lock_id = w.requested_lock_id
"""

METADATA_LOCKS = """
SELECT t.processlist_id AS pid, m.object_type, m.object_schema, m.object_name, m.lock_type, m.lock_status
  FROM performance_schema.metadata_locks m JOIN performance_schema.threads t ON t.thread_id = m.owner_thread_id
 WHERE t.processlist_id IS NOT NULL AND m.object_type IN ('TABLE', 'SCHEMA', 'GLOBAL', 'COMMIT', 'USER LEVEL LOCK')
   AND t.processlist_id <> CONNECTION_ID()
"""
METADATA_LOCKS_MARIADB = """
SELECT thread_id AS pid, IF(lock_type = 'User lock', 'USER LEVEL LOCK', lock_type) AS object_type, table_schema AS object_schema, table_name AS object_name,
       lock_mode AS lock_type, 'GRANTED' AS lock_status
  FROM information_schema.metadata_lock_info
"""


def with_row_lock_waits(connection: Connection, activity: ActivitySnapshot, *, mariadb: bool) -> ActivitySnapshot:
    """Add who waits for whose row locks; a prepared transaction without a session is 0."""
    blockers: dict[int, set[int]] = defaultdict(set)
    locks: dict[int, LockSnapshot] = {}
    for row in connection.fetch(ROW_LOCK_WAITS_MARIADB if mariadb else ROW_LOCK_WAITS_MYSQL):
        blockers[row["waiter"]].add(row["blocker"] or 0)
        locks[row["waiter"]] = LockSnapshot(
            type=str(row["lock_type"]).lower(), mode=row["lock_mode"], relation=row["relation"]
        )

    def blocked(session: SessionSnapshot) -> SessionSnapshot:
        if session.pid not in blockers:
            return session
        return replace(
            session,
            blocked_by=tuple(sorted(blockers[session.pid])),
            waits_on=locks[session.pid],
            waiting_for=session.waiting_for or session.query_for,
        )

    return replace(activity, sessions=tuple(map(blocked, activity.sessions)))


def with_metadata_locks(connection: Connection, activity: ActivitySnapshot) -> ActivitySnapshot:
    """Add who waits for whose metadata locks, and whose transactions hold one (MySQL)."""
    return metadata_blockers(activity, _lock_rows(connection, METADATA_LOCKS))


def with_metadata_locks_of_plugin(connection: Connection, activity: ActivitySnapshot) -> ActivitySnapshot:
    """The same from MariaDB's plugin, which lists granted locks only."""
    granted = _lock_rows(connection, METADATA_LOCKS_MARIADB)
    return metadata_blockers(activity, granted + wanted_by_waiters(activity, granted))


def _lock_rows(connection: Connection, sql: str) -> list[LockRow]:
    return [
        LockRow(
            pid=row["pid"],
            object=(row["object_type"], row["object_schema"], row["object_name"]),
            mode=row["lock_type"].removeprefix("MDL_"),
            granted=row["lock_status"] == "GRANTED",
        )
        for row in connection.fetch(sql)
    ]
