"""Real logs: servers that log every statement, the app's traffic on them, and the logs they wrote."""

import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.replay import traffic
from tests.benchmarks.replay.traffic import Traffic
from tests.servers.fleet import Fleet

PREFIX = "%m [%p] %q%u@%d "
"""One that pgBadger reads, too."""

POSTGRESQL = {
    "logging_collector": "on",
    "log_destination": "stderr,csvlog,jsonlog",
    "log_directory": "log",
    "log_filename": "all.log",
    "log_rotation_age": "0",
    "log_rotation_size": "0",
    "log_line_prefix": PREFIX,
    "log_timezone": "UTC",
    "log_min_duration_statement": "0",
    "log_connections": "on",
    "log_disconnections": "on",
    "log_lock_waits": "on",
}

MARIADB = {
    "general-log": "1",
    "general-log-file": "general.log",
    "slow-query-log": "1",
    "slow-query-log-file": "slow.log",
    "long-query-time": "0",
    "log-output": "FILE",
}


def postgresql(fleet: Fleet, folder: Path, size: int) -> Traffic:
    """`stderr`, `csvlog` and `jsonlog` of one server."""
    server = fleet.start("postgresql", POSTGRESQL)
    assert server.data_dir
    log = server.data_dir / "log"
    written = {"stderr": log / "all.log", "csvlog": log / "all.csv", "jsonlog": log / "all.json"}
    with server.create_database() as database:
        traffic.open_shop(database.url)
        _settle(written)
        before = {name: path.stat().st_size for name, path in written.items()}
        ran = traffic.run(database.url, lambda: all(_grown(written[name], before[name]) >= size for name in written))
        _settle(written)
        for name, path in written.items():
            _copy(path, before[name], folder / name)
    fleet.end(server)
    return ran


def mariadb(fleet: Fleet, folder: Path, size: int) -> Traffic:
    """`general` and `slow` of one server."""
    server = fleet.start("mariadb", MARIADB)
    assert server.data_dir
    written = {name: server.data_dir / f"{name}.log" for name in ("general", "slow")}
    with server.create_database() as database:
        traffic.open_shop(database.url)
        for path in written.values():
            path.rename(path.with_suffix(".1"))
        server.admin("FLUSH GENERAL LOGS, SLOW LOGS")  # new files, with the banner that each begins with
        time.sleep(1)  # a time is printed when it differs from that of the record before
        ran = traffic.run(database.url, lambda: all(_grown(path, 0) >= size for path in written.values()))
        _settle(written)
        for name, path in written.items():
            _copy(path, 0, folder / name)
    fleet.end(server)
    return ran


def echo(fleet: Fleet, folder: Path, size: int) -> Traffic:
    """SQLAlchemy's echo, of two processes on one stream, and the same records as a formatter of JSON writes them."""
    server = fleet.start("postgresql", {})
    path = folder / "echo"
    with server.create_database() as database:
        traffic.open_shop(database.url)
        path.write_bytes(b"")
        ran = traffic.run(database.url, lambda: _grown(path, 0) >= size, echo=path)
    fleet.end(server)
    return ran


def _grown(path: Path, before: int) -> int:
    return path.stat().st_size - before


def _settle(logs: Mapping[str, Path]) -> None:
    """Wait until the collector has written what the sessions sent it."""
    sizes = None
    while sizes != (sizes := [path.stat().st_size for path in logs.values()]):
        time.sleep(0.5)


def _copy(log: Path, start: int, into: Path) -> None:
    with log.open("rb") as source, into.open("wb") as target:
        source.seek(start)
        shutil.copyfileobj(source, target, 1 << 20)
