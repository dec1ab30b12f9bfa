"""Servers that log everything, and the part of their logs that belongs to one scenario."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import create_engine, make_url

from tests.querylogs.verdicts.library import ARCHIVE, fill
from tests.servers.model import Database, Server
from tests.servers.query_logs import OF_MYSQL, OF_POSTGRESQL, QueryLogs

STARTED_WITH = {
    "postgresql": {
        **OF_POSTGRESQL,
        "log_statement": "all",
        "log_duration": "on",
        "log_connections": "on",
        "log_disconnections": "on",
        "log_destination": "stderr,csvlog,jsonlog",
        "log_line_prefix": "%m [%p] %q%u@%d ",
    },
    "mysql": OF_MYSQL,
}
OF_A_STYLE = {
    "statement": {},
    "min-duration": {"log_statement": "none", "log_duration": "off", "log_min_duration_statement": "0"},
    "all": {},
}
"""What a database of PostgreSQL logs, where that is not what its server logs."""


@dataclass
class Logged(QueryLogs):
    """A server that logs, and its databases: one for each style, with the library in it."""

    databases: dict[str, Database] = field(default_factory=dict)

    def database(self, style: str) -> Database:
        """The library, in a database that logs in this style."""
        if style not in self.databases:
            self.databases[style] = library_on(self.server, OF_A_STYLE[style])
        return self.databases[style]

    def url(self, style: str, driver: str) -> str:
        """Where an application with this driver finds the library."""
        return with_driver(self.database(style).url, driver)


def library_on(server: Server, settings: Mapping[str, str]) -> Database:
    """A new database with the library in it; PostgreSQL's has settings of its own."""
    database = server.create_database()
    if server.backend == "postgresql":
        database.admin(f"CREATE SCHEMA {ARCHIVE} AUTHORIZATION {database.user}")
    else:
        server.admin(f"CREATE DATABASE {ARCHIVE}", f"GRANT ALL ON {ARCHIVE}.* TO {database.user}@'%'")
    engine = create_engine(database.url)
    fill(engine)
    engine.dispose()
    for name, value in settings.items():
        server.admin(f"ALTER DATABASE {database.name} SET {name} = '{value}'")
    return database


def with_driver(url: str, driver: str) -> str:
    """The URL for another driver."""
    parsed = make_url(url)
    return parsed.set(drivername=f"{parsed.get_backend_name()}+{driver}").render_as_string(hide_password=False)
