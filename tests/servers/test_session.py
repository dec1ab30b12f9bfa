"""A session with servers, as a process of its own: nothing outlives it, and nothing is left out silently."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers import processes
from tests.servers.launcher import ROOT

WAITING = """
import time
def test_waits(postgresql18):
    with open({started!r}, "w") as file:
        file.write(f"{{postgresql18.process.pid}} {{postgresql18.data_dir}}\\n")
    time.sleep(300)
"""

NEEDING_MYSQL = """
import pytest
def test_of_one(mysql): ...
def test_of_each(mysql_server): ...
def test_of_private(private_server): private_server("mysql")
"""


def command(file: Path, *options: str) -> list[str]:
    """Pytest on one file, with the fixtures and without this project's settings."""
    plain = ["-c", os.devnull, "--rootdir", str(file.parent), "-p", "no:cacheprovider", "-p", "tests.servers.fixtures"]
    return [sys.executable, "-m", "pytest", *plain, "-ra", *options, str(file)]


def run(file: Path, *options: str, **environment: str) -> str:
    """What such a session prints."""
    settings = os.environ | environment
    return subprocess.run(
        command(file, *options), cwd=ROOT, env=settings, capture_output=True, text=True, check=False
    ).stdout


@contextmanager
def session(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int, Path]]:
    """A session while its one test runs: pytest, and the id and the data folder of its server."""
    started = tmp_path / "started"
    file = tmp_path / "test_waits.py"
    file.write_text(WAITING.format(started=str(started)))
    environment = {name: value for name, value in os.environ.items() if name != "TRIAGE_TEST_POSTGRESQL18_URL"}
    with subprocess.Popen(
        command(file),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a run in the background ignores it
    ) as pytest_process:
        until(lambda: started.exists() and started.read_text().endswith("\n"))
        pid, data = started.read_text().split()
        yield pytest_process, int(pid), Path(data)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def alive(members: list[processes.Process]) -> list[processes.Process]:
    now = processes.table()
    return [
        member
        for member in members
        if (same := now.get(member.pid)) and same.started == member.started and not same.zombie
    ]


@pytest.mark.postgresql18
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda end: end.name)
def test_nothing_outlives_a_session_however_it_ends(end: signal.Signals, tmp_path: Path) -> None:
    with session(tmp_path) as (pytest_process, pid, data):
        members = processes.family(pid)
        assert len(members) > 3
        pytest_process.send_signal(end)
        pytest_process.wait(timeout=60)
        until(lambda: not alive(members))
        until(lambda: not data.parent.parent.exists())


def test_left_out_servers_are_skipped_with_the_reason_and_told_in_the_summary(tmp_path: Path) -> None:
    file = tmp_path / "test_mysql.py"
    file.write_text(NEEDING_MYSQL.replace("mysql_server", "mariadb"))
    out = run(file, "--without", "mysql", "--without", "mariadb")
    assert "3 skipped" in out
    assert "left out by --without mysql" in out
    assert "mysql was left out: --without mysql" in out
    assert "mariadb was left out: --without mariadb" in out


def test_a_missing_server_fails_the_tests_that_need_it(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.servers import places\nplaces._mysql = lambda: None\n")
    file = tmp_path / "test_mysql.py"
    file.write_text(NEEDING_MYSQL.replace("mysql_server", "mysql"))
    out = run(file, TRIAGE_TEST_MYSQL_URL="")
    assert "1 failed, 2 errors" in out
    assert "mysql is not installed. Install MySQL 8 or newer" in out
    assert "or leave it out with --without mysql" in out


def test_servers_can_be_chosen_by_mark(tmp_path: Path) -> None:
    file = tmp_path / "test_mysql.py"
    file.write_text(NEEDING_MYSQL)
    out = run(file, "--collect-only", "-q", "--strict-markers", "-m", "mysql")
    assert "test_of_one" in out
    assert "test_of_each[mysql]" in out
    assert "test_of_each[mariadb]" not in out
