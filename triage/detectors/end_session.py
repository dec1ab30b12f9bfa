"""SQL that ends a session only if it still is what it was when it was seen.

A pid can be reused and a session can wake up between the report and the moment somebody acts on it,
so the statement looks once more at what identifies the session and its transaction.

PostgreSQL does it in one statement, MariaDB in a compound one. MySQL's KILL takes no subquery
(error 1235), so there the check comes directly before the KILL, and a KILL of NULL ends nobody.

Sources: https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-SIGNAL,
https://dev.mysql.com/doc/refman/9.7/en/kill.html, https://mariadb.com/kb/en/begin-end/.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from triage.evidence import Backend, SessionSnapshot

_MARIADB_CLIENT = "/* in the mariadb client, first: DELIMITER // */ "


def end_sessions(backend: Backend | None, sessions: Iterable[SessionSnapshot]) -> tuple[str, ...]:
    """SQL that ends these sessions, each only while it is still idle in the same transaction."""
    idle = sorted((s for s in sessions if s.state.is_idle_in_transaction), key=lambda s: s.pid)
    if not idle:
        return ()
    if backend is Backend.POSTGRESQL:
        return (_terminate(idle),)
    if backend is Backend.MARIADB:
        return (f"{_MARIADB_CLIENT}BEGIN NOT ATOMIC FOR s IN ({_still_idle(idle)}) DO KILL s.id; END FOR; END",)
    return tuple(f"SET @session = ({_still_idle([s])}); KILL @session" for s in idle)


def cancel_query(backend: Backend | None, session: SessionSnapshot) -> tuple[str, ...]:
    """SQL that stops the running statement of a session, if it still runs, and leaves the session alive."""
    if backend is not Backend.POSTGRESQL:
        running = int(session.query_for.total_seconds()) if session.query_for else 0
        same = (
            "SELECT id FROM information_schema.processlist "
            f"WHERE id = {session.pid} AND command <> 'Sleep' AND time >= {running}"
        )
        if backend is Backend.MARIADB:
            return (f"{_MARIADB_CLIENT}BEGIN NOT ATOMIC FOR s IN ({same}) DO KILL QUERY s.id; END FOR; END",)
        return (f"SET @session = ({same}); KILL QUERY @session",)
    if session.connected_at is None:
        return ()
    started = session.transaction_started_at
    return (
        "SELECT pid, pg_cancel_backend(pid) FROM pg_stat_activity "
        f"WHERE state = 'active' AND pid = {session.pid} AND backend_start = '{_instant(session.connected_at)}'"
        + (f" AND xact_start = '{_instant(started)}'" if started else ""),
    )


# Whatever has one of these pids and did nothing since the look is what was seen: a pid that was reused, or
# a session that woke up and went on, began something later. A transaction that has failed shows no start
# on PostgreSQL; since when it has been idle then has to do.


def _terminate(sessions: Sequence[SessionSnapshot]) -> str:
    connected = max((s.connected_at for s in sessions if s.connected_at), default=None)
    starts = [s.transaction_started_at for s in sessions if s.transaction_started_at]
    started = max(starts) if len(starts) == len(sessions) else None
    looked = max(
        (s.connected_at + s.connected_for for s in sessions if s.connected_at and s.connected_for), default=None
    )
    conditions = [
        f"pid IN ({_pids(sessions)})",
        "state LIKE 'idle in transaction%'",
        f"backend_start <= '{_instant(connected)}'" if connected else "",
        f"xact_start <= '{_instant(started)}'" if started else "",
        f"state_change <= '{_instant(looked)}'" if looked else "",
    ]
    return "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE " + " AND ".join(filter(None, conditions))


def _still_idle(sessions: Sequence[SessionSnapshot]) -> str:
    started = max((s.transaction_started_at for s in sessions if s.transaction_started_at), default=None)
    idle = min((int(s.state_for.total_seconds()) for s in sessions if s.state_for), default=0)
    # InnoDB tells the start in the server's time zone, whatever the session's is.
    instant = f"{started.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if started else ""
    same = f" AND CONVERT_TZ(trx_started, 'SYSTEM', '+00:00') <= '{instant}'" if instant else ""
    return (
        "SELECT id FROM information_schema.processlist JOIN information_schema.innodb_trx ON trx_mysql_thread_id = id "
        f"WHERE id IN ({_pids(sessions)}) AND command = 'Sleep' AND time >= {idle}{same}"
    )


def _pids(sessions: Sequence[SessionSnapshot]) -> str:
    return ", ".join(str(s.pid) for s in sessions)


def _instant(moment: datetime) -> str:
    """A time to the microsecond, without a space, so that a report may break lines at spaces."""
    return moment.isoformat()
