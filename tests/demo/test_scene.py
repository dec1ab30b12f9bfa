"""An app is run until it is ready, and nothing of it is left afterwards."""

import os
import time
from pathlib import Path

import pytest

from triage.demo import scene
from triage.demo.scene import running
from triage.errors import SourceError

WAITING = "import sys; print('ready', flush=True); sys.stdin.read()"


def app(folder: Path, source: str) -> Path:
    script = folder / "broken.py"
    script.write_text(source)
    return script


def test_what_it_printed_is_there_once_it_is_ready(tmp_path: Path) -> None:
    source = "import sys\nprint(' ', sys.argv[1])\nprint('an error', file=sys.stderr, flush=True)\n" + WAITING
    with running(app(tmp_path, source), "sqlite://") as printed:
        assert sorted(printed) == ["  sqlite://", "an error"]


def test_an_app_that_ends_early_is_an_error_that_says_its_last_words(tmp_path: Path) -> None:
    with (
        pytest.raises(SourceError, match=r"broken\.py ended too early: ZeroDivisionError"),
        running(app(tmp_path, "1 / 0"), "sqlite://"),
    ):
        pass


def test_an_app_without_its_driver_says_what_to_install(tmp_path: Path) -> None:
    with (
        pytest.raises(SourceError, match="No module named 'no_driver'") as raised,
        running(app(tmp_path, "import no_driver"), "sqlite://"),
    ):
        pass
    assert raised.value.hint == "pip install 'sqlalchemy-triage[demo]'"


def test_an_app_that_does_not_get_ready_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "_READY_SECONDS", 0.5)
    with (
        pytest.raises(SourceError, match="ended too early: no output"),
        running(app(tmp_path, "import time; time.sleep(600)"), "sqlite://"),
    ):
        pass


def test_its_child_processes_end_with_it(tmp_path: Path) -> None:
    source = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(child.pid, flush=True)\n" + WAITING
    )
    with running(app(tmp_path, source), "sqlite://") as printed:
        child = int(printed[0])
        assert runs(child)
    deadline = time.monotonic() + 10
    while runs(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not runs(child)


def runs(pid: int) -> bool:
    """Whether a process is there and is no zombie, which waits for whoever collects orphans."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
