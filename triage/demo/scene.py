"""The two scenes of the demo: the broken app and the fixed one, each in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from triage.errors import SourceError

READY = "ready"
"""What an app prints when it has done its work and waits to be looked at."""


@contextmanager
def running(script: Path, url: str) -> Iterator[list[str]]:
    """Run an app until it is ready, yield what it printed, and end it.

    Raises:
        SourceError: the app ended before it was ready.
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
    try:
        printed = []
        for line in app.stdout:
            if line.strip() == READY:
                break
            printed.append(line.rstrip())
        else:
            raise SourceError(
                f"the demo's app ended too early: {printed[-1] if printed else 'no output'}", "run it again"
            )
        yield printed
    finally:
        app.terminate()
        app.wait()
        app.stdin.close()
        app.stdout.close()
