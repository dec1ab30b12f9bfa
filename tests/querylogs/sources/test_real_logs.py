"""What real servers write has no wrapper, and a wrapper comes off it to the last byte."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.querylogs.sources import logs
from tests.querylogs.sources.logs import INSTANT, before_each
from tests.servers.fixtures import PrivateServer
from tests.servers.model import Server
from triage.querylogs.sources import opened

STATEMENTS = ("SELECT 1", "SELECT 1\nAS one\n\n, 2 AS two", "SELECT 'a\nb'", "SELECT 'x\ty' -- \u00e9") * 30


def worked(server: Server) -> None:
    """Run the statements on connections of their own, and some that fail."""
    engine = create_engine(make_url(server.admin_url))
    with engine.connect() as connection:
        for statement in STATEMENTS:
            connection.execute(text(statement))
        connection.rollback()
    engine.dispose()


def check(log: Path, folder: Path, *, lines: int = 100) -> None:
    data = log.read_bytes()
    data = data[: data.rindex(b"\n") + 1]
    assert data.count(b"\n") > lines
    wrapped = {
        "": data,
        "timestamps": before_each(INSTANT + b" ", data),
        "kubernetes": logs.cri(data),
        "docker json-file": logs.docker_json(data),
        "docker compose over timestamps": before_each(b"db-1  | " + INSTANT + b" ", data),
    }
    for name, content in wrapped.items():
        path = folder / "wrapped"
        path.write_bytes(content)
        with opened(str(path)) as (file,):
            assert (file.wrapper or "") == name
            assert file.path.read_bytes() == data


PREFIXES = ("%m [%p] ", "", "%t:%r:%u@%d:[%p]:", "%n %q%a ", "[%p] ", "user=%u,db=%d,app=%a,client=%h ")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_postgresql_stderr(prefix: str, private_server: PrivateServer, tmp_path: Path) -> None:
    server = private_server("postgresql", {"log_statement": "all", "log_duration": "on", "log_line_prefix": prefix})
    worked(server)
    assert server.log_path
    check(server.log_path, tmp_path)


@pytest.mark.parametrize("destination", ["csvlog", "jsonlog"])
def test_postgresql_collected(destination: str, private_server: PrivateServer, tmp_path: Path) -> None:
    settings = {"log_statement": "all", "logging_collector": "on", "log_destination": destination}
    server = private_server("postgresql", settings)
    worked(server)
    assert server.data_dir
    (log,) = server.data_dir.rglob(f"*.{destination.removesuffix('log')}*")
    check(log, tmp_path)


@pytest.mark.parametrize("name", ["mysql", "mariadb"])
def test_mysql(name: str, private_server: PrivateServer, tmp_path: Path) -> None:
    settings: Mapping[str, str] = {
        "general-log": "ON",
        "general-log-file": "general.log",
        "slow-query-log": "ON",
        "slow-query-log-file": "slow.log",
        "long-query-time": "0",
        "log-output": "FILE",
    }
    server = private_server(name, settings)
    worked(server)
    assert server.data_dir
    check(next(server.data_dir.rglob("general.log")), tmp_path)
    check(next(server.data_dir.rglob("slow.log")), tmp_path)
    assert server.log_path
    check(server.log_path, tmp_path, lines=3)
