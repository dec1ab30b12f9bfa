"""A long reading shows how far it has come, where a person is watching."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.querylogs.build import Log


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough for more than a second."""
    log = Log().connect(1)
    for number in range(2000):
        log.run(1, "BEGIN", f"SELECT authors.id, authors.name FROM authors WHERE authors.id = {number}", "COMMIT")
    path = tmp_path_factory.mktemp("long") / "postgresql.log"
    path.write_bytes(log.content() * 250)
    return path


def shown(log: Path) -> str:
    """What a terminal on stderr gets."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "triage", "replay", str(log), "--workers", "1"],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm"},
    )
    os.close(theirs)
    parts: list[bytes] = []
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    process.wait()
    os.close(ours)
    return b"".join(parts).decode()


def test_a_long_reading_shows_a_bar(long_log: Path) -> None:
    assert "Reading" in shown(long_log)
    assert "100%" in shown(long_log)


def test_a_short_one_does_not(tmp_path: Path) -> None:
    assert shown(Path(Log().connect(1).run(1, "SELECT 1").write(tmp_path))) == ""


def test_nobody_watches_a_pipe(long_log: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "triage", "replay", str(long_log)], capture_output=True, text=True, check=False
    )
    assert "Reading" not in run.stderr
