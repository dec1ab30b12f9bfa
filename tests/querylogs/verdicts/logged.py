"""Servers that log everything, and the part of their logs that belongs to one scenario."""

import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url

from tests.querylogs.verdicts.library import ARCHIVE, fill
from tests.servers import mysql, postgresql
from tests.servers.model import Database, Server

STARTED_WITH = {
    "postgresql": {
        "log_statement": "all",
        "log_duration": "on",
        "log_connections": "on",
        "log_disconnections": "on",
        "logging_collector": "on",
        "log_destination": "stderr,csvlog,jsonlog",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        "log_rotation_age": "0",  # one file of each kind, from the first scenario to the last
        "log_rotation_size": "0",
    },
    "mysql": {
        "general-log": "1",
        "slow-query-log": "1",
        "long-query-time": "0",
        "log-output": "FILE",
        "general-log-file": "general.log",
        "slow-query-log-file": "slow.log",
    },
}
OF_A_STYLE = {
    "statement": {},
    "min-duration": {"log_statement": "none", "log_duration": "off", "log_min_duration_statement": "0"},
    "all": {},
}
"""What a database of PostgreSQL logs, where that is not what its server logs."""
_TAIL = 8192


@dataclass
class Logged:
    """A server that logs, and its databases: one for each style, with the library in it."""

    server: Server
    databases: dict[str, Database] = field(default_factory=dict)
    _marks: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _connection: Any = None

    @property
    def logs(self) -> dict[str, Path]:
        """Its logs by their formats."""
        assert self.server.data_dir
        if self.server.backend != "postgresql":
            return {
                name: self.server.data_dir / f"{name.partition('-')[2]}.log" for name in ("mysql-general", "mysql-slow")
            }
        found = {path.suffix: path for path in (self.server.data_dir / "log").iterdir()}
        return {
            "postgresql-stderr": found[".log"],
            "postgresql-csvlog": found[".csv"],
            "postgresql-jsonlog": found[".json"],
        }

    def database(self, style: str) -> Database:
        """The library, in a database that logs in this style."""
        if style not in self.databases:
            self.databases[style] = library_on(self.server, OF_A_STYLE[style])
        return self.databases[style]

    def url(self, style: str, driver: str) -> str:
        """Where an application with this driver finds the library."""
        return with_driver(self.database(style).url, driver)

    @contextmanager
    def during(self) -> Iterator[dict[str, bytes]]:
        """What each of the logs gets while the block lasts; filled when it ends."""
        self._mark()
        before = {name: path.stat().st_size for name, path in self.logs.items()}
        got: dict[str, bytes] = {}
        yield got
        self._mark()
        for name, path in self.logs.items():
            got[name] = _since(path, before[name])

    def _mark(self) -> None:
        """Wait until all that ran so far is in every log."""
        if self._connection is None:
            connect: Callable[[str], Any] = postgresql.connect if self.server.backend == "postgresql" else mysql.connect
            self._connection = connect(self.server.admin_url)
            if self.server.backend == "postgresql":
                self._connection.autocommit = True
        self._marks += 1
        mark = f"mark number {self._marks} ends here"
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT '{mark}'")
            cursor.fetchall()
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            if all(mark.encode() in _tail(path) for path in self.logs.values()):
                return
            time.sleep(0.002)
        raise TimeoutError(f"{mark} is not in {self.logs}")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


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


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
        return file.read()


def _since(path: Path, position: int) -> bytes:
    """The end of a log; MariaDB writes the time only where it changes, so the part gets the last one before it."""
    with path.open("rb") as file:
        file.seek(max(0, position - 1_000_000))
        before = file.read(position - file.tell())
        part = file.read()
    times = re.findall(rb"^\d{6} [ \d]\d:\d\d:\d\d(?=\t)", before, re.MULTILINE) if part[:1] == b"\t" else []
    return times[-1] + part[1:] if times else part
