"""``triage demo``: an embedded PostgreSQL, a broken app, the whole run, then the fixed app."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from triage import check, runbooks
from triage.cli import FOUND, OK, logs
from triage.collectors.question import Question
from triage.demo.embedded import embedded_postgresql
from triage.demo.scene import running
from triage.findings import Report
from triage.reports import text

RUNBOOK = "session-leak"


@click.command(
    epilog="""\b
    Example:
      triage demo
    """
)
@click.pass_obj
def command(verbose: int) -> int:
    """Run a broken app on an embedded PostgreSQL, see what triage says of it, then the same app with the fix.

    Takes well under a minute, needs no database, and leaves nothing running.
    """
    logs.configure(verbose)
    folder = runbooks.load()[RUNBOOK].folder
    with _terminable(), embedded_postgresql() as url:
        _say("An embedded PostgreSQL is running. Now a bookstore with a pool of 5 + 10, and a bug.")
        broken = _scene(folder / "broken.py", url)
        _say("The same bookstore with the fix from the runbook.")
        fixed = _scene(folder / "fixed.py", url)
    _say("The server is stopped and its folder is gone.")
    return OK if broken.findings and not fixed.findings else FOUND


def _scene(script: Path, url: str) -> Report:
    with running(script, url) as printed:
        for line in printed:
            click.echo(f"  app: {line}")
        click.echo(f"\n$ triage check {url} --engine {script.parent.name}/{script.name} --processes 1\n")
        report = check.check(
            Question(collected_at=datetime.now(UTC), url=url, engines=(str(script),), processes=1),
        )
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
