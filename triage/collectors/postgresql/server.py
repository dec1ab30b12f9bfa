"""PostgreSQL's settings, its limits on connections, and what it has counted.

Sources: https://www.postgresql.org/docs/current/view-pg-settings.html,
https://www.postgresql.org/docs/current/runtime-config-connection.html,
https://www.postgresql.org/docs/current/pgstatstatements.html.
"""

from collections.abc import Iterator
from datetime import timedelta

from triage.collectors.connection import Connection, Row, seconds
from triage.collectors.postgresql.sessions import HIDDEN_QUERY
from triage.collectors.postgresql.versions import since
from triage.evidence import (
    ConnectionLimitSnapshot,
    ConnectionStats,
    LimitKind,
    ServerConfig,
    SettingOverride,
    StatementStats,
)

# reset_val rather than setting: our own session has changed some of them for itself.
SETTINGS = """
SELECT name, reset_val AS value, unit, NULL AS database, NULL AS role FROM pg_settings WHERE name = ANY (%s)
UNION ALL
SELECT split_part(config, '=', 1), substr(config, strpos(config, '=') + 1), '', d.datname, r.rolname
  FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) AS config
  LEFT JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole
 WHERE split_part(config, '=', 1) = ANY (%s)
"""

TIMEOUTS = (
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "lock_timeout",
    "statement_timeout",
    "transaction_timeout",
)
VALUES = (
    "log_lock_waits",
    "log_min_duration_statement",
    "log_statement",
    "max_connections",
    "reserved_connections",
    "superuser_reserved_connections",
    "tcp_keepalives_idle",
)

LIMITS = """
SELECT 'server' AS kind, 'max_connections' AS name, NULL AS connection_limit, count(*) AS in_use
  FROM pg_stat_activity
 WHERE backend_type = 'client backend' OR (backend_type IS NULL AND usename IS NOT NULL)
UNION ALL
SELECT 'database', d.datname, d.datconnlimit,
       (SELECT count(*) FROM pg_stat_activity a WHERE a.datid = d.oid AND a.usename IS NOT NULL)
  FROM pg_database d WHERE d.datconnlimit >= 0
UNION ALL
SELECT 'role', r.rolname, r.rolconnlimit, (SELECT count(*) FROM pg_stat_activity a WHERE a.usesysid = r.oid)
  FROM pg_roles r WHERE r.rolconnlimit >= 0 AND r.rolcanlogin
"""

CONNECTIONS = """
SELECT sessions, xact_commit + xact_rollback AS transactions,
       coalesce(stats_reset, pg_postmaster_start_time()) AS since,
       extract(epoch FROM clock_timestamp() - coalesce(stats_reset, pg_postmaster_start_time())) AS period,
       datname AS database
  FROM pg_stat_database WHERE datname = current_database()
"""

COUNTS_SESSIONS_SINCE = 14

STATEMENTS_SCHEMA = """
SELECT n.nspname AS schema, e.extversion AS version FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname = 'pg_stat_statements'
"""
STATEMENTS = """
SELECT s.query, s.calls, s.rows, s.{total} AS total_ms, d.datname AS database, r.rolname AS role
  FROM {schema}.pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid LEFT JOIN pg_roles r ON r.oid = s.userid
 WHERE d.datname = current_database() ORDER BY s.calls DESC LIMIT 500
"""
TOTAL_TIME = {(1, 8): "total_exec_time", (0,): "total_time"}
"""By the extension's own version, which an upgraded server may have kept."""

_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "us": 0.000001}


def settings(connection: Connection) -> ServerConfig:
    """The settings that matter to a pool, and what databases and roles change of them."""
    rows = connection.fetch(SETTINGS, ([*TIMEOUTS, *VALUES], list(TIMEOUTS)))
    server = [row for row in rows if row["database"] is None and row["role"] is None]
    return ServerConfig(
        timeouts={row["name"]: _timeout(row["value"], row["unit"]) for row in server if row["name"] in TIMEOUTS},
        values={row["name"]: row["value"] for row in server if row["name"] in VALUES},
        overrides=tuple(
            SettingOverride(
                name=row["name"],
                value=_timeout(row["value"], "ms"),
                database=row["database"],
                role=row["role"],
            )
            for row in rows
            if row not in server
        ),
    )


def _timeout(value: str, unit: str) -> timedelta | None:
    """A time setting: a bare number in the setting's unit, or a number with its own; 0 is off."""
    number = value.strip().rstrip("abcdefghijklmnopqrstuvwxyz ")
    own = value.strip()[len(number) :].strip()
    try:
        amount = float(number)
    except ValueError:
        return None
    return timedelta(seconds=amount * _UNITS.get(own or unit, 0.001)) if amount > 0 else None


def limits(connection: Connection, server: ServerConfig) -> tuple[ConnectionLimitSnapshot, ...]:
    """The server's limit on connections, then those of databases and roles that have one."""

    def number(name: str) -> int:
        return int(server.values.get(name, 0))

    found = []
    for row in connection.fetch(LIMITS):
        kind = LimitKind(row["kind"])
        whole = kind is LimitKind.SERVER
        found.append(
            ConnectionLimitSnapshot(
                kind=kind,
                name=row["name"],
                limit=number("max_connections") if whole else row["connection_limit"],
                reserved=number("superuser_reserved_connections") + number("reserved_connections") if whole else 0,
                in_use=row["in_use"],
            )
        )
    return tuple(found)


def connections(connection: Connection, major: int) -> ConnectionStats | None:
    """How many sessions this database has had; None before PostgreSQL 14, which does not count them."""
    if major < COUNTS_SESSIONS_SINCE:
        return None
    row = connection.fetch(CONNECTIONS)[0]
    return ConnectionStats(
        sessions=int(row["sessions"]),
        transactions=int(row["transactions"]),
        since=row["since"],
        period=seconds(row["period"]) or timedelta(),
        database=row["database"],
    )


def statements(connection: Connection) -> tuple[StatementStats, ...] | None:
    """What pg_stat_statements counted in this database; None where it is not installed."""
    extensions = connection.fetch(STATEMENTS_SCHEMA)
    if not extensions:
        return None
    quoted = '"{}"'.format(extensions[0]["schema"].replace('"', '""'))
    version = tuple(int(part) for part in extensions[0]["version"].split("."))
    return tuple(_statistics(connection.fetch(STATEMENTS.format(schema=quoted, total=since(version, TOTAL_TIME)))))


def _statistics(rows: list[Row]) -> Iterator[StatementStats]:
    for row in rows:
        if row["query"] and row["query"] != HIDDEN_QUERY:
            yield StatementStats(
                statement=row["query"],
                calls=row["calls"],
                rows=row["rows"],
                total=timedelta(milliseconds=row["total_ms"]),
                database=row["database"],
                user=row["role"],
            )
