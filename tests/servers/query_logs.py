"""A server's logs of statements, and the part of them that was written while something ran."""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers import mysql, postgresql
from tests.servers.model import Server

OF_POSTGRESQL = {"logging_collector": "on", "log_rotation_age": "0", "log_rotation_size": "0"}
"""One file of each kind, from first to last."""
OF_MYSQL = {
    "general-log": "1",
    "slow-query-log": "1",
    "long-query-time": "0",
    "log-output": "FILE",
    "general-log-file": "general.log",
    "slow-query-log-file": "slow.log",
}
"""Settings that a server is started with, so that its logs are where they are looked for."""
_BY_SUFFIX = {".log": "postgresql-stderr", ".csv": "postgresql-csvlog", ".json": "postgresql-jsonlog"}
_TAIL = 8192


@dataclass
class QueryLogs:
    """What a server of ours logs."""

    server: Server
    _marks: int = field(default=0, init=False)
    _connection: Any = field(default=None, init=False)

    @property
    def logs(self) -> dict[str, Path]:
        """Its logs by their formats."""
        assert self.server.data_dir
        if self.server.backend != "postgresql":
            return {
                name: self.server.data_dir / f"{name.partition('-')[2]}.log" for name in ("mysql-general", "mysql-slow")
            }
        return {_BY_SUFFIX[path.suffix]: path for path in (self.server.data_dir / "log").iterdir()}

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
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if all(mark.encode() in _tail(path) for path in self.logs.values()):
                return
            time.sleep(0.002)
        raise TimeoutError(f"{mark} is not in {self.logs}")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


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
