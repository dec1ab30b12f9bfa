"""The demo shows the leak and its end, and leaves nothing running, whenever it is stopped."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.run import triage


def test_it_shows_the_leak_and_then_a_clean_report() -> None:
    run = triage("demo")
    leak, page = run.out.split("Another bookstore")
    broken, fixed = leak.split("The same bookstore with the fix")
    lazy, eager = page.split("The same page with the loader")
    assert run.code == 0
    assert "QueuePool limit of size 5 overflow 10 reached" in broken
    assert "CRITICAL  idle-in-transaction" in broken
    assert "triage runbook show session-leak" in broken
    assert "100 requests: no error" in fixed
    assert "Nothing wrong was found" in fixed
    assert "Author.books" in lazy
    assert "selectinload(Author.books)" in lazy
    assert "Nothing wrong was found" in eager


@pytest.mark.parametrize("seconds", [0.5, 1.5, 3.5])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_leaves_nothing_when_it_is_stopped(tmp_path: Path, number: signal.Signals, seconds: float) -> None:
    demo = subprocess.Popen(
        [sys.executable, "-m", "triage", "demo"],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a run in the background ignores it
    )
    tmp_path.chmod(0o755)
    for folder in tmp_path.parents:
        if folder.stat().st_uid == os.getuid() and folder.name.startswith(("pytest-", "popen-")):
            folder.chmod(0o755)  # the server runs as another user where we are root
    time.sleep(seconds)
    os.killpg(demo.pid, number)
    _, errors = demo.communicate(timeout=60)
    assert demo.returncode in {130, 0, -number}  # on a fast machine it has not begun, or is over
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []
    assert str(tmp_path) not in processes()


def processes() -> str:
    """The command lines of all processes."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it has ended since
    return "\n".join(lines)
