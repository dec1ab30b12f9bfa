"""Servers that log everything, and the part of their logs that belongs to one scenario."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.model import Server

POSTGRESQL = {
    "min-duration": {
        "log_min_duration_statement": "0",
        "logging_collector": "on",
        "log_destination": "stderr,csvlog,jsonlog",
        "log_line_prefix": "%m [%p] %q%u@%d ",
    },
    "statement": {
        "log_statement": "all",
        "log_duration": "on",
        "log_connections": "on",
        "log_disconnections": "on",
        "logging_collector": "on",
        "log_destination": "stderr,csvlog,jsonlog",
        "log_line_prefix": "%t:%r:%u@%d:[%p]:",
    },
}
MYSQL = {
    "general-log": "1",
    "slow-query-log": "1",
    "long-query-time": "0",
    "log-output": "FILE",
    "general-log-file": "general.log",
    "slow-query-log-file": "slow.log",
}


@dataclass
class Logged:
    """A server, and where it logs."""

    server: Server
    logs: Callable[[], dict[str, Path]]
    marks: int = 0
    names: list[str] = field(default_factory=list)

    def during(self, work: Callable[[], None]) -> dict[str, bytes]:
        """What each of the logs got while this was done."""
        self._mark()
        before = {name: path.stat().st_size for name, path in self.logs().items()}
        work()
        self._mark()
        return {name: _since(path.read_bytes(), before[name]) for name, path in self.logs().items()}

    def _mark(self) -> None:
        """Wait until all that ran so far is in every log."""
        self.marks += 1
        mark = f"mark number {self.marks} ends here"
        self.server.admin(f"SELECT '{mark}'")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if all(mark.encode() in path.read_bytes()[-4000:] for path in self.logs().values()):
                return
            time.sleep(0.01)
        raise TimeoutError(f"{mark} is not in {self.logs()}")


def postgresql_logs(server: Server) -> dict[str, Path]:
    assert server.data_dir
    found = {path.suffix: path for path in (server.data_dir / "log").iterdir()}
    return {"stderr": found[".log"], "csvlog": found[".csv"], "jsonlog": found[".json"]}


def mysql_logs(server: Server) -> dict[str, Path]:
    assert server.data_dir
    return {"general": server.data_dir / "general.log", "slow": server.data_dir / "slow.log"}


def _since(log: bytes, position: int) -> bytes:
    """The end of a log; MariaDB writes the time only where it changes, so the part gets the last one before it."""
    part = log[position:]
    times = re.findall(rb"^\d{6} [ \d]\d:\d\d:\d\d(?=\t)", log[:position], re.MULTILINE)
    return times[-1] + part[1:] if part[:1] == b"\t" and times else part
