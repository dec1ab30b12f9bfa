"""Small logs, written as PostgreSQL writes them, and what a replay makes of them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from triage.check import judge
from triage.cli.replay import JUDGES
from triage.evidence import Evidence
from triage.findings import Finding
from triage.querylogs.replay import Logs, replay

START = datetime(2026, 1, 31, 15, 0, 0, tzinfo=UTC)
NOW = datetime(2026, 2, 1, tzinfo=UTC)


class Log:
    """A log of ``log_statement = all`` with the prefix ``%m [%p] ``, on a clock of its own."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.now = START

    def line(self, pid: int, level: str, text: str, after: float = 0.001) -> "Log":
        self.now += timedelta(seconds=after)
        stamp = f"{self.now:%Y-%m-%d %H:%M:%S}.{self.now.microsecond // 1000:03}"
        self.lines.append(f"{stamp} UTC [{pid}] {level}:  {text}")
        return self

    def run(self, pid: int, *statements: str, after: float = 0.001) -> "Log":
        for statement in statements:
            self.line(pid, "LOG", f"statement: {statement}", after)
        return self

    def connect(self, pid: int) -> "Log":
        self.line(pid, "LOG", "connection received: host=127.0.0.1 port=40234")
        return self.line(pid, "LOG", "connection authorized: user=app database=shop")

    def disconnect(self, pid: int) -> "Log":
        return self.line(pid, "LOG", "disconnection: session time: 0:00:00.022 user=app database=shop host=127.0.0.1")

    def deed(self, pid: int, what: str, after: float) -> "Log":
        """One of many things a session may do; ``{n}`` in a statement is a number that goes up."""
        if what == "connect":
            return self.connect(pid)
        if what == "disconnect":
            return self.disconnect(pid)
        if what == "start":
            return self.line(0, "LOG", "database system is ready to accept connections", after)
        if what == "error":
            return self.line(pid, "ERROR", "division by zero", after)
        if what == "duration":
            return self.line(pid, "LOG", "duration: 0.100 ms", after)
        return self.run(pid, what.format(n=len(self.lines), pid=pid), after=after)

    def content(self) -> bytes:
        return "".join(f"{line}\n" for line in self.lines).encode()

    def write(self, folder: Path, name: str = "postgresql.log") -> str:
        path = folder / name
        path.write_bytes(self.content())
        return str(path)


def read(*paths: str, workers: int = 1, range_bytes: int = 1 << 24) -> Evidence:
    return replay(Logs(names=paths, workers=workers, range_bytes=range_bytes), NOW).evidence


def found(*paths: str, finding_id: str | None = None) -> list[Finding]:
    findings = judge(read(*paths), {}, JUDGES).findings
    return [each for each in findings if finding_id in {None, each.id}]
