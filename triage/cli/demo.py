"""``triage demo``: an embedded PostgreSQL, a broken app, the whole run, then the fixed app."""

import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from triage import check, runbooks
from triage.cli import FOUND, OK, logs
from triage.collectors.question import Question
from triage.demo.embedded import Embedded, embedded_postgresql
from triage.demo.scene import running
from triage.findings import Report
from triage.reports import text

LEAK, ROW_BY_ROW = "session-leak", "n-plus-one"
"""The runbooks whose apps are shown."""


@click.command(
    epilog="""\b
    Example:
      triage demo
    """
)
@click.pass_obj
def command(verbose: int) -> int:
    """Run broken apps on an embedded PostgreSQL, see what triage says of them, then the same apps with the fix.

    Takes well under a minute, needs no database, and leaves nothing running.
    """
    logs.configure(verbose)
    books = runbooks.load()
    leak, row_by_row = books[LEAK].folder, books[ROW_BY_ROW].folder
    with _terminable(), embedded_postgresql() as server:
        _say("An embedded PostgreSQL is running. Now a bookstore with a pool of 5 + 10, and a bug.")
        leaking = _looked_at(leak / "broken.py", server)
        _say("The same bookstore with the fix from the runbook.")
        closing = _looked_at(leak / "fixed.py", server)
        _say("Another bookstore, whose page gets slower with its rows. The server's log shows why.")
        lazy = _replayed(row_by_row / "broken.py", server)
        _say("The same page with the loader that triage named.")
        eager = _replayed(row_by_row / "fixed.py", server)
    _say("The server is stopped and its folder is gone.")
    is_shown = leaking.findings and not closing.findings and lazy.findings and not eager.findings
    return OK if is_shown else FOUND


def _looked_at(script: Path, server: Embedded) -> Report:
    """Look at the live database while the app runs."""
    with _running(script, server.url):
        _prompt(f"triage check {server.url} --engine {script.parent.name}/{script.name} --processes 1")
        question = Question(collected_at=datetime.now(UTC), url=server.url, engines=(str(script),), processes=1)
        return _shown(check.check(question))


def _replayed(script: Path, server: Embedded) -> Report:
    """Read what the server has logged of the app."""
    from triage.cli.replay import JUDGES  # noqa: PLC0415 - the first scene need not wait for it
    from triage.querylogs.replay import Logs, replay  # noqa: PLC0415

    before = server.log.stat().st_size
    with _running(script, server.url):
        pass
    with tempfile.TemporaryDirectory(prefix="triage-demo-log-") as folder:
        log = Path(folder) / "postgresql.log"
        log.write_bytes(server.log.read_bytes()[before:])
        _prompt(f"triage replay {log.name}")
        evidence = replay(Logs(names=(str(log),)), datetime.now(UTC)).evidence
        return _shown(check.judge(evidence, {}, JUDGES))


@contextmanager
def _running(script: Path, url: str) -> Iterator[None]:
    with running(script, url) as printed:
        for line in printed:
            click.echo(f"  app: {line}")
        yield


def _prompt(line: str) -> None:
    click.echo(f"\n$ {line}\n")


def _shown(report: Report) -> Report:
    click.echo(text.render(report, runbooks.load(), color=sys.stdout.isatty()))
    return report


def _say(sentence: str) -> None:
    click.secho(f"— {sentence}", bold=sys.stdout.isatty())


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end the demo as Ctrl-C does, so that it too leaves nothing running."""

    def stop(signum: int, frame: object) -> None:  # noqa: ARG001
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
