"""Servers of our own that log every statement, and the databases on them that the runbooks' apps run on.

They are not the servers that other tests share: a runbook's SQL may change what the whole server does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.servers.fleet import Fleet, LeftOutError
from tests.servers.model import Database
from tests.servers.places import MissingError
from tests.servers.process import StartError
from tests.servers.query_logs import OF_MYSQL, OF_POSTGRESQL, QueryLogs
from triage.demo.embedded import LOGGED

STARTED_WITH = {
    "postgresql": {**OF_POSTGRESQL, **LOGGED},
    "mysql": {**OF_MYSQL, "innodb-print-all-deadlocks": "1"},
}
READ = {"postgresql": "postgresql-stderr", "mysql": "mysql-slow"}
"""The log that a runbook tells its reader to switch on."""


@dataclass(frozen=True)
class Stage:
    """An empty database of its owner's."""

    database: Database
    logs: QueryLogs

    @property
    def url(self) -> str:
        return self.database.url

    @contextmanager
    def recording(self, folder: Path) -> Iterator[list[Path]]:
        """The log of statements, and the error log of MySQL and MariaDB if anything was written to it."""
        error_log = self.logs.server.log_path
        assert error_log
        before = error_log.stat().st_size
        paths: list[Path] = []
        with self.logs.during() as got:
            yield paths
        kind = family(self.logs.server.name)
        contents = {f"{kind}.log": got[READ[kind]]}
        if kind == "mysql" and (errors := error_log.read_bytes()[before:]):
            contents["error.log"] = errors
        for name, content in contents.items():
            (folder / name).write_bytes(content)
            paths.append(folder / name)


@dataclass
class Stages:
    """The servers by name, started when they are asked for."""

    fleet: Fleet
    _servers: dict[str, QueryLogs] = field(default_factory=dict)

    def server(self, name: str) -> QueryLogs:
        if name not in self._servers:
            try:
                self._servers[name] = QueryLogs(self.fleet.start(name, STARTED_WITH[family(name)]))
            except LeftOutError as error:
                pytest.skip(str(error))
            except (MissingError, StartError) as error:
                pytest.fail(str(error), pytrace=False)
        return self._servers[name]

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """A fresh database, which goes with all that an app left in it."""
        logs = self.server(name)
        with logs.server.create_database() as database:
            yield Stage(database, logs)

    def close(self) -> None:
        for logs in self._servers.values():
            logs.close()
            self.fleet.end(logs.server)


def family(server: str) -> str:
    return "postgresql" if server.startswith("postgresql") else "mysql"
