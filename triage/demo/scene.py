"""A scene of the demo: an app in a process of its own, and a server that logs what it does."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Protocol

from triage.demo.embedded import INSTALL
from triage.errors import SourceError

READY = "ready"
"""What an app prints when it has done its work and waits to be looked at."""

_READY_SECONDS = 60.0
"""After which an app that is not ready will not be: it takes three seconds, or more where the machine is busy."""


class Stage(Protocol):
    """A database, on a server that logs every statement."""

    @property
    def url(self) -> str:
        """Where the app finds it, as its owner."""

    def recording(self, folder: Path) -> AbstractContextManager[list[Path]]:
        """What the server logs while the block lasts: files in the folder, named when the block has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """An app that has done its work and waits."""

    script: Path
    url: str
    printed: list[str]
    app_log: Path
    """What it printed, as a file."""
    query_logs: list[Path]
    """What the server logged of it."""


@contextmanager
def staged(script: Path, stage: Stage) -> Iterator[Scene]:
    """Run an app until it is ready; it waits while the block lasts.

    Raises:
        SourceError: the app ended before it was ready, or did not become so.
    """
    with TemporaryDirectory(prefix="triage-demo-scene-") as name, ExitStack() as stack:
        folder = Path(name)
        with stage.recording(folder) as query_logs:
            printed = stack.enter_context(running(script, stage.url))
        app_log = folder / "app.log"
        app_log.write_text("".join(f"{line}\n" for line in printed), encoding="utf-8")
        yield Scene(script=script, url=stage.url, printed=printed, app_log=app_log, query_logs=query_logs)


@contextmanager
def running(script: Path, url: str) -> Iterator[list[str]]:
    """Run an app until it is ready, yield what it printed, and end it with the processes it started.

    Raises:
        SourceError: the app ended before it was ready, or did not become so.
    """
    app = subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, str(script), url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # Ctrl-C is for us: the app is ended below
    )
    assert app.stdin
    assert app.stdout
    patience = Timer(_READY_SECONDS, app.kill)
    patience.start()
    try:
        printed = []
        for line in app.stdout:
            if line.strip() == READY:
                break
            printed.append(line.rstrip("\n"))
        else:
            last = printed[-1] if printed else "no output"
            raise SourceError(
                f"the app {script.parent.name}/{script.name} ended too early: {last}",
                INSTALL if last.startswith("ModuleNotFoundError") else "run it again",
            )
        patience.cancel()
        yield printed
    finally:
        patience.cancel()
        with suppress(ProcessLookupError):
            os.killpg(app.pid, signal.SIGTERM)
        app.wait()
        app.stdin.close()
        app.stdout.close()
