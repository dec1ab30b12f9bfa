"""What a live PostgreSQL (12 to 18) shows, section by section.

Everything is read from the statistics and lock views, which any role may query: what a role may not
see arrives there as NULL and becomes a gap. Ages are computed by the server's clock.
"""

from triage.collectors.connection import Connection
from triage.collectors.look import Look
from triage.collectors.postgresql import server, sessions

IDENTITY = """
SELECT pg_backend_pid() AS pid, current_database() AS database, current_user AS role,
       current_setting('server_version') AS version, current_setting('server_version_num')::int / 10000 AS major,
       current_setting('track_activities') AS track_activities,
       pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees_all
"""

SET_LIMITS = """
SELECT set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false),
       set_config('default_transaction_read_only', 'on', false), set_config('application_name', 'triage', false)
"""

# A session that is shared through a pooler would keep what a plain SET leaves, and hand it to the app.
SHARED_LIMITS = "SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}; "


def read(look: Look, connection: Connection) -> None:
    """Read all sections, the most telling first."""
    identity = connection.fetch(IDENTITY)[0]
    major = identity["major"]
    look.version, look.database = identity["version"].split()[0], identity["database"]
    # The pid a pooler hands out at login is its own invention: it only has to carry a cancel request.
    pooled = connection.driver.info.backend_pid != identity["pid"]
    if pooled:
        connection.guard = SHARED_LIMITS.format(look.statement_limit_ms, look.lock_limit_ms)
        look.gap(
            "this URL leads through a connection pooler such as pgbouncer: the clients that the server sees are the "
            "pooler's, and who waits in the pooler's own queue is not seen",
            "ask the pooler with SHOW POOLS and SHOW CLIENTS, or pass the URL of the server itself",
        )
    else:
        connection.fetch(SET_LIMITS, (str(look.statement_limit_ms), str(look.lock_limit_ms)))
    grant = f'GRANT pg_monitor TO "{identity["role"]}"'
    if not identity["sees_all"]:
        look.gap(f"role {identity['role']} may not see what the sessions of other roles do", grant)
    if identity["track_activities"] == "off":
        look.gap("the server does not record what sessions do", "ALTER SYSTEM SET track_activities = on, then reload")

    with look.section("sessions and locks", grant):
        look.keep(activity=sessions.sessions(connection, major, pooled=pooled))
    with look.section("prepared transactions", grant):
        look.keep(prepared=sessions.prepared(connection))
    with look.section("the xmin horizon", grant):
        look.keep(horizon=sessions.horizon(connection))
    with look.section("settings and connection limits", grant):
        config = server.settings(connection)
        look.keep(server=config, limits=server.limits(connection, config))
    with look.section("connection counters", grant):
        look.keep(connections=server.connections(connection, major))
    with look.section("pg_stat_statements", grant):
        look.keep(statements=server.statements(connection))
