"""What a live MySQL (8.0 to 9.7) or MariaDB (10.6 to 11.8) shows, section by section."""

from collections.abc import Callable

from triage.collectors.connection import Connection
from triage.collectors.look import Look
from triage.collectors.mysql import locks, server, sessions
from triage.collectors.mysql.metadata_locks import inferred_blockers
from triage.evidence import ActivitySnapshot, Backend

IDENTITY = "SELECT @@version AS version, @@version_comment AS comment, DATABASE() AS db, CURRENT_USER() AS role"

# InnoDB tells a transaction's start in the server's time zone, so NOW() has to be told in it too.
SET_LIMITS = {
    Backend.MYSQL: "SET SESSION transaction_read_only = 1, max_execution_time = {statement_ms}, "
    "lock_wait_timeout = {lock_seconds}, innodb_lock_wait_timeout = {lock_seconds}, time_zone = 'SYSTEM'",
    Backend.MARIADB: "SET SESSION tx_read_only = 1, max_statement_time = {statement_ms} / 1000, "
    "lock_wait_timeout = {lock_seconds}, innodb_lock_wait_timeout = {lock_seconds}, time_zone = 'SYSTEM'",
}


def read(look: Look, connection: Connection) -> None:
    """Read all sections; those that need more rights come after those that need few."""
    identity = connection.fetch(IDENTITY)[0]
    mariadb = "mariadb" in f"{identity['version']} {identity['comment']}".lower()
    look.backend = Backend.MARIADB if mariadb else Backend.MYSQL
    look.version, look.database = identity["version"], identity["db"]
    connection.fetch(
        SET_LIMITS[look.backend].format(
            statement_ms=look.statement_limit_ms, lock_seconds=max(look.lock_limit_ms // 1000, 1)
        )
    )
    user, _, host = identity["role"].rpartition("@")
    role = f"'{user}'@'{host}'"
    grant_process = f"GRANT PROCESS ON *.* TO {role}"
    grant_select = f"GRANT SELECT ON performance_schema.* TO {role}"

    with look.section("settings and connection limits", grant_process):
        config = server.settings(connection)
        counters = server.status(connection)
        look.keep(
            server=config,
            limits=server.limits(config, counters),
            connections=server.connections(counters, look.question.collected_at),
        )
    transactions = None
    with look.section("open transactions, and the sessions of other users,", grant_process):
        transactions = sessions.transactions(connection)
    with look.section("sessions", grant_process):
        look.keep(activity=sessions.sessions(connection, transactions, mariadb=mariadb))
    if transactions is not None:
        with look.section("prepared transactions", f"GRANT XA_RECOVER_ADMIN ON *.* TO {role}"):
            look.keep(prepared=sessions.prepared(connection, transactions, look.question.collected_at))
    if "activity" in look.parts:
        _details(look, connection, grant_select, sees_transactions=transactions is not None)
    if _performance_schema(look):
        with look.section("statement digests", grant_select):
            look.keep(statements=server.digests(connection))
        with look.section("connection counters of the user", grant_select):
            look.keep(connections=server.connections_of_user(connection, look.parts["connections"], user))


def _performance_schema(look: Look) -> bool:
    return "server" in look.parts and look.parts["server"].values.get("performance_schema") == "ON"


def _details(look: Look, connection: Connection, grant_select: str, *, sees_transactions: bool) -> None:
    """Add last statements and lock waits, which need more rights than the list of sessions."""
    mariadb = look.backend is Backend.MARIADB

    def add(what: str, hint: str, completed: Callable[[ActivitySnapshot], ActivitySnapshot]) -> None:
        with look.section(what, hint):
            look.keep(activity=completed(look.parts["activity"]))

    if _performance_schema(look):
        add(
            "the last statements of sleeping sessions",
            grant_select,
            lambda activity: sessions.with_last_statements(connection, activity),
        )
    else:
        look.gap(
            "performance_schema is off: the last statement of a sleeping session, the name of its program and "
            "statement digests are not known",
            "set performance_schema = ON in the server's configuration and restart it when that can be done",
        )
    if sees_transactions:
        add(
            "row lock waits",
            grant_select,
            lambda activity: locks.with_row_lock_waits(connection, activity, mariadb=mariadb),
        )
    if not mariadb:
        add("metadata locks", grant_select, lambda activity: locks.with_metadata_locks(connection, activity))
    elif any(s.waits_on and s.waits_on.type == "metadata" for s in look.parts["activity"].sessions):
        # MariaDB lists them through a plugin that few servers have, so it is asked only when somebody waits.
        add(
            "who holds the metadata locks that are waited for",
            "INSTALL SONAME 'metadata_lock_info'",
            lambda activity: locks.with_metadata_locks_of_plugin(connection, activity),
        )
    add("metadata locks", grant_select, inferred_blockers)
