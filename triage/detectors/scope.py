"""Which sessions are the app's, which are a person's, which belong to a tool, and how much room there is.

The app is what connects to the URL's database, unless the question narrows or widens it. A person at
a client program is not the app, and dumps, replication and monitoring are never findings. They are
known by the application name that these programs send.
"""

import re
from fnmatch import fnmatchcase

from triage.evidence import (
    Backend,
    ConnectionLimitSnapshot,
    EngineConfig,
    Evidence,
    LimitKind,
    SessionKind,
    SessionSnapshot,
)

_PEOPLE = re.compile(
    r"psql|pgcli|mycli|usql|mysql|mariadb|pgadmin\b.*|dbeaver\b.*|datagrip\b.*|intellij\b.*|pycharm\b.*|dataspell\b.*"
    r"|tableplus\b.*|postico\b.*|navicat\b.*|beekeeper\b.*|heidisql\b.*|mysqlworkbench\b.*|azure ?data ?studio\b.*"
    r"|dbvisualizer\b.*|squirrel\b.*|sequel (?:ace|pro)\b.*|vscode\b.*|harlequin\b.*",
    re.IGNORECASE,
)
_TOOLS = re.compile(
    r"triage|pg_dump|pg_dumpall|pg_restore|pg_basebackup|pg_receivewal|pg_recvlogical|pgbackrest\b.*|barman\b.*"
    r"|wal-?g\b.*|vacuumdb|reindexdb|clusterdb|pg_repack|pg_cron\b.*|pg_activity\b.*|pganalyze\b.*|pghero\b.*"
    r"|postgres_exporter\b.*|datadog\b.*|mysqldump|mariadb-dump|mydumper|xtrabackup|mariabackup|mysqld_exporter"
    r"|zabbix\b.*|check_(?:postgres|pgactivity)\b.*|patroni\b.*|rdsadmin|cloudsqladmin|cloudsqlagent|azuresu",
    re.IGNORECASE,
)
_TOOL_USERS = frozenset(
    {
        *("rdsadmin", "cloudsqladmin", "cloudsqlagent", "azuresu", "azure_superuser"),
        *("mariadb.sys", "mysql.infoschema", "mysql.session", "mysql.sys"),
    }
)


def is_person(session: SessionSnapshot) -> bool:
    """Whether somebody sits at a client program."""
    return bool(session.application_name and _PEOPLE.fullmatch(session.application_name.strip()))


def is_tool(session: SessionSnapshot) -> bool:
    """Whether it belongs to backup, replication, monitoring or the hosting platform."""
    if session.kind not in {SessionKind.CLIENT, SessionKind.UNKNOWN} or session.user in _TOOL_USERS:
        return True
    return bool(session.application_name and _TOOLS.fullmatch(session.application_name.strip()))


def in_scope(session: SessionSnapshot, evidence: Evidence) -> bool:
    """Whether the question is about this session."""
    scope = evidence.scope
    names = (session.application_name, session.user, session.database)
    if scope.app and not any(name and fnmatchcase(name, pattern) for pattern in scope.app for name in names):
        return False
    if scope.all_databases or scope.database is None or session.database == scope.database:
        return True
    return any(session.database and fnmatchcase(session.database, pattern) for pattern in scope.app)


def watched(evidence: Evidence) -> list[SessionSnapshot]:
    """The sessions in scope that a finding may be about: the app's, and people's."""
    sessions = evidence.activity.sessions if evidence.activity else ()
    return [s for s in sessions if in_scope(s, evidence) and not is_tool(s)]


def of_app(evidence: Evidence) -> list[SessionSnapshot]:
    """The app's own sessions."""
    return [s for s in watched(evidence) if not is_person(s)]


def server_limit(evidence: Evidence) -> ConnectionLimitSnapshot | None:
    """The limit on connections of the whole server."""
    return next((limit for limit in evidence.limits or () if limit.kind is LimitKind.SERVER), None)


def tightest_limit(evidence: Evidence) -> ConnectionLimitSnapshot | None:
    """The server's limit on connections, or the database's own where that gives less."""
    server = server_limit(evidence)
    own = [
        limit
        for limit in evidence.limits or ()
        # A limit of 0 closes a database on purpose, for a migration perhaps.
        if limit.kind is LimitKind.DATABASE and limit.name == evidence.scope.database and limit.limit
    ]
    return min([server, *own], key=lambda limit: limit.available) if server else None


def engines_of(evidence: Evidence) -> list[EngineConfig]:
    """The engines that connect to the database in question; one whose URL is not known may."""
    database = evidence.scope.database
    source = evidence.database
    family = {Backend.MYSQL: Backend.MARIADB}.get(source.backend, source.backend) if source and source.backend else None

    def fits(engine: EngineConfig) -> bool:
        backend = {Backend.MYSQL: Backend.MARIADB}.get(engine.backend, engine.backend) if engine.backend else None
        if family and backend and backend is not family:
            return False
        if engine.dialect and engine.backend is None:
            return False
        return not (database and engine.database and engine.database != database)

    return [engine for engine in evidence.engines or () if fits(engine)]


def processes_known(engines: list[EngineConfig]) -> bool:
    """Whether somebody said how many processes build each engine."""
    return all(engine.processes is not None for engine in engines)


def pool_room(evidence: Evidence) -> int | None:
    """How many connections the app's pools allow together; None where that is unknown or unlimited."""
    engines = engines_of(evidence)
    ceilings = [engine.ceiling for engine in engines]
    if not engines or any(ceiling is None for ceiling in ceilings):
        return None
    return sum((engine.processes or 1) * (ceiling or 0) for engine, ceiling in zip(engines, ceilings, strict=True))
