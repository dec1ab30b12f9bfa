"""``triage check``: the main job."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from triage import check, config, runbooks
from triage.cli import logs
from triage.cli.delivery import deliver, report_options
from triage.collectors.question import question_of
from triage.detectors import DETECTORS
from triage.errors import UsageError


@click.command(
    epilog="""\b
    Examples:
      triage check postgresql://app@db.example.com/shop --engine app/db.py
      TRIAGE_URL=mysql://app@db/shop triage check --engine engine.toml --processes 8
      triage check --engine app/db.py --fail-on critical
      triage check postgresql://app@db.example.com/shop --app-log '/var/log/shop/*.log'
      triage check --target bookstore --format json --output report.json
    """
)
@click.argument("url", required=False)
@click.option("--target", metavar="NAME", help="A target from triage.toml instead of a URL.")
@click.option("--config", "config_path", type=click.Path(path_type=Path), metavar="FILE", help="Another triage.toml.")
@click.option(
    "--engine",
    "engines",
    multiple=True,
    metavar="SPEC",
    help="The app's engine config: a .toml, .yaml, .json, .ini or .py file (read, never run) or module:attribute "
    "(imported). Repeatable.",
)
@click.option("--processes", type=click.IntRange(min=1), metavar="N", help="How many processes build that engine.")
@click.option(
    "--app",
    multiple=True,
    metavar="NAME",
    help="Count only sessions whose application name, user or database match. Repeatable; * and ? match.",
)
@click.option(
    "--log", "query_logs", multiple=True, metavar="PATH", help="A query log: file, glob or - for stdin. Repeatable."
)
@click.option(
    "--app-log",
    "app_logs",
    multiple=True,
    metavar="PATH",
    help="An application's log: file, glob or - for stdin. Repeatable.",
)
@click.option(
    "--models",
    metavar="SPEC",
    help="The app's declarative base, module:Base, to name relationships exactly (imported).",
)
@click.option("--all-databases", is_flag=True, help="Count the sessions of every database of the server as the app's.")
@click.option("--timeout", type=click.FloatRange(min=0.5), metavar="SECONDS", help="Bound on the look.  [default: 10]")
@click.option("--show-literals", is_flag=True, help="Show the values in statements; they may be customers' data.")
@report_options
@click.pass_obj
def command(
    verbose: int,
    *,
    url: str | None,
    target: str | None,
    config_path: Path | None,
    engines: tuple[str, ...],
    processes: int | None,
    app: tuple[str, ...],
    query_logs: tuple[str, ...],
    app_logs: tuple[str, ...],
    models: str | None,
    all_databases: bool,
    timeout: float | None,
    format_: str,
    output: Path | None,
    fail_on: str,
    show_literals: bool,
    overlay: Path | None,
) -> int:
    """Look at a live database and at the app's engine config; say what is wrong.

    URL is any SQLAlchemy URL of PostgreSQL, MySQL or MariaDB, whatever its driver. Without it the
    environment variable TRIAGE_URL is used, so that a password need not stand in a process list.

    Exits with 0 when nothing is at or above --fail-on, 1 when something is, 2 when the command is
    wrong, 3 when a source that was asked for could not be read.
    """
    logs.configure(verbose)
    if url and target:
        raise UsageError("both a URL and --target were given", "give one of them")
    settings = config.load(config_path, DETECTORS)
    chosen = settings.target(target) if target else config.Target(url=url or os.environ.get("TRIAGE_URL"))
    given: dict[str, Any] = {
        "engines": engines,
        "processes": processes,
        "app": app,
        "logs": query_logs,
        "app_logs": app_logs,
        "models": models,
        "all_databases": all_databases,
        "timeout": timedelta(seconds=timeout) if timeout else None,
    }
    question = replace(
        question_of(chosen, datetime.now(UTC)), **{name: value for name, value in given.items() if value}
    )
    if question.is_empty:
        raise UsageError(
            "there is nothing to look at",
            "give the database's URL, set TRIAGE_URL, name a --target, or pass --engine, --log or --app-log",
        )
    if "-" in question.logs and "-" in question.app_logs:
        raise UsageError("both --log and --app-log were to read stdin", "write one of the two to a file")
    books = runbooks.load(overlay)
    report = check.check(question, settings.thresholds_of(chosen), show_literals=show_literals)
    return deliver(report, books, format_=format_, output=output, fail_on=fail_on)
