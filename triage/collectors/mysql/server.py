"""The settings of MySQL and MariaDB, their limit on connections, and what they have counted.

Sources: https://dev.mysql.com/doc/refman/9.7/en/server-system-variables.html,
https://mariadb.com/kb/en/server-system-variables/,
https://dev.mysql.com/doc/refman/9.7/en/performance-schema-statement-summary-tables.html.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from triage.collectors.connection import Connection
from triage.evidence import ConnectionLimitSnapshot, ConnectionStats, LimitKind, ServerConfig, StatementStats

VARIABLES = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ({})"
TIMEOUTS = {
    "idle_readonly_transaction_timeout": 1.0,
    "idle_transaction_timeout": 1.0,
    "idle_write_transaction_timeout": 1.0,
    "innodb_lock_wait_timeout": 1.0,
    "interactive_timeout": 1.0,
    "lock_wait_timeout": 1.0,
    "max_execution_time": 0.001,
    "max_statement_time": 1.0,
    "wait_timeout": 1.0,
}
"""Seconds to the unit of each."""
VALUES = (
    "basedir",
    "general_log",
    "log_output",
    "long_query_time",
    "max_connections",
    "max_user_connections",
    "performance_schema",
    "slow_query_log",
)

STATUS = """
SHOW GLOBAL STATUS WHERE Variable_name IN ('Connections', 'Com_commit', 'Com_rollback', 'Threads_connected', 'Uptime')
"""

USER_CONNECTIONS = """
SELECT u.total_connections AS sessions, t.count_star AS transactions
  FROM performance_schema.users u
  JOIN performance_schema.events_transactions_summary_by_user_by_event_name t ON t.user = u.user
 WHERE u.user = SUBSTRING_INDEX(USER(), '@', 1)
"""

DIGESTS = """
SELECT digest_text, count_star, sum_rows_sent, sum_timer_wait / 1e9 AS total_ms, schema_name
  FROM performance_schema.events_statements_summary_by_digest
 WHERE digest_text IS NOT NULL AND schema_name = DATABASE() ORDER BY count_star DESC LIMIT 500
"""


def settings(connection: Connection) -> ServerConfig:
    """The settings that matter to a pool."""
    names = ", ".join(f"'{name}'" for name in (*TIMEOUTS, *VALUES))
    rows = {row["variable_name"]: str(row["value"]) for row in connection.fetch(VARIABLES.format(names))}
    return ServerConfig(
        timeouts={
            name: timedelta(seconds=float(rows[name]) * unit) if float(rows[name]) > 0 else None
            for name, unit in TIMEOUTS.items()
            if name in rows
        },
        values={name: rows[name] for name in VALUES if name in rows},
    )


def status(connection: Connection) -> dict[str, int]:
    """The server's counters since it started."""
    return {row["variable_name"]: int(row["value"]) for row in connection.fetch(STATUS)}


def limits(server: ServerConfig, counters: dict[str, int]) -> tuple[ConnectionLimitSnapshot, ...]:
    """The server's limit on connections; the one it keeps for an administrator comes on top of it."""
    return (
        ConnectionLimitSnapshot(
            kind=LimitKind.SERVER,
            name="max_connections",
            limit=int(server.values["max_connections"]),
            in_use=counters["Threads_connected"],
        ),
    )


def connections(counters: dict[str, int], now: datetime) -> ConnectionStats:
    """How many sessions the whole server has had since it started."""
    period = timedelta(seconds=counters["Uptime"])
    return ConnectionStats(
        sessions=counters["Connections"],
        transactions=counters["Com_commit"] + counters["Com_rollback"],
        since=now - period,
        period=period,
    )


def connections_of_user(connection: Connection, of_server: ConnectionStats, user: str) -> ConnectionStats:
    """The same of the user we connect as, who is the app's: performance_schema counts by user."""
    (row,) = connection.fetch(USER_CONNECTIONS)
    return replace(of_server, sessions=int(row["sessions"]), transactions=int(row["transactions"]), user=user)


def digests(connection: Connection) -> tuple[StatementStats, ...]:
    """What performance_schema counted by statement in this database."""
    return tuple(
        StatementStats(
            statement=row["digest_text"],
            calls=int(row["count_star"]),
            rows=int(row["sum_rows_sent"]),
            total=timedelta(milliseconds=float(row["total_ms"])),
            database=row["schema_name"],
        )
        for row in connection.fetch(DIGESTS)
    )
