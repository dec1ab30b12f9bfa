"""``triage replay``: query logs only."""

from datetime import UTC, datetime
from pathlib import Path

import click

from triage import check, config, runbooks
from triage.cli import OK, logs
from triage.cli.delivery import deliver, report_options
from triage.cli.following import Terms, follow, printer
from triage.cli.progress import progress_bar
from triage.cli.targets import chosen, logs_of, target_option
from triage.collectors.models import read_models
from triage.detectors import DETECTORS
from triage.detectors.explanation import explanation
from triage.errors import UsageError
from triage.querylogs.following.follower import Follower
from triage.querylogs.following.stream import Wanted
from triage.querylogs.formats import BY_NAME
from triage.querylogs.replay import Logs, replay

JUDGES = check.readers("query_logs")
"""The detectors that read query logs."""


@click.command(
    epilog="""\b
    Examples:
      triage replay /var/log/postgresql/postgresql.log
      triage replay '/var/log/mysql/slow.log*' --workers 4
      triage replay app.log --models shop.models:Base
      kubectl logs deploy/shop | triage replay - --format json
      triage replay --follow /var/log/postgresql/postgresql.log
      triage replay --dask tcp://scheduler:8786 's3://bucket/logs/*.csv.gz'
      triage replay --target bookstore
    """
)
@click.argument("names", metavar="[LOG]...", nargs=-1)
@target_option
@click.option("--prefix", metavar="PREFIX", help="PostgreSQL's log_line_prefix; detected if not given.")
@click.option("--log-format", type=click.Choice(list(BY_NAME)), help="The format of the logs; detected if not given.")
@click.option("--explain-format", is_flag=True, help="Say which format was chosen and why, on stderr.")
@click.option(
    "--models",
    metavar="SPEC",
    help="The app's declarative base, module:Base, to name relationships exactly (imported).",
)
@click.option("--explain", metavar="KEY", help="Say what speaks for and against the finding of this key.")
@click.option(
    "--follow",
    "is_followed",
    is_flag=True,
    help="Read on while LOG, one file or -, grows; print each finding once, as soon as it is certain. With --format json "
    "each line is a report of what is new. --output appends to FILE.",
)
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes that read.  [default: all cores]")
@click.option(
    "--dask",
    "scheduler",
    metavar="ADDRESS",
    help="Let the workers of a Dask cluster read, tcp://scheduler:8786: LOG is a URL that they can read with their own "
    "credentials, or a path that they share. What comes back, and waits in their memory, holds the text of transactions "
    "that are open where a part of a log ends.",
)
@click.option("--config", "config_path", type=click.Path(path_type=Path), metavar="FILE", help="Another triage.toml.")
@report_options
@click.pass_obj
def command(
    verbose: int,
    *,
    names: tuple[str, ...],
    target: str | None,
    prefix: str | None,
    log_format: str | None,
    explain_format: bool,
    models: str | None,
    explain: str | None,
    is_followed: bool,
    workers: int | None,
    scheduler: str | None,
    config_path: Path | None,
    format_: str,
    output: Path | None,
    fail_on: str,
    overlay: Path | None,
) -> int:
    """Read query logs; say which patterns in them hurt.

    LOG is a file, a glob, - for stdin or a URL such as s3://bucket/key; compressed files are read as
    they are. Several rotated files are one stream.

    Exits with 0 when nothing is at or above --fail-on, 1 when something is, 2 when the command is
    wrong, 3 when a log could not be read.
    """
    logs.configure(verbose)
    settings = config.load(config_path, DETECTORS)
    asked = chosen(settings, target)
    names, models = logs_of(names, target, asked.logs, "logs"), models or asked.models
    if not names:
        raise UsageError("there is no log to read", "name one, - for stdin, or a --target whose logs triage.toml names")
    thresholds = settings.thresholds_of(asked)
    books = runbooks.load(overlay)
    collected_at = datetime.now(UTC)
    known = read_models(models, collected_at=collected_at) if models else None
    if is_followed:
        if explain is not None or workers is not None or scheduler is not None:
            raise UsageError(
                "--follow goes with none of --explain, --workers and --dask", "leave them out, or leave out --follow"
            )
        terms = Terms(
            judges=JUDGES,
            thresholds=thresholds,
            models=known,
            explain_format=explain_format,
            output=output,
            fail_on=fail_on,
        )
        follower = Follower(names, Wanted(log_format=log_format, prefix=prefix))
        return follow(follower, terms, printer(format_, output, books))
    if scheduler is not None and workers is not None:
        raise UsageError("--workers are processes on this machine, --dask is a cluster", "leave out one of the two")
    with progress_bar() as progress:
        replayed = replay(
            Logs(names=names, log_format=log_format, prefix=prefix, workers=workers, scheduler=scheduler),
            collected_at,
            progress,
        )
    if explain_format:
        for line in replayed.explanations:
            click.echo(line, err=True)
    evidence = replayed.evidence.merged(known) if known else replayed.evidence
    if explain is not None:
        click.echo("\n".join(explanation(evidence, explain)))
        return OK
    report = check.judge(evidence, thresholds, JUDGES)
    return deliver(report, books, format_=format_, output=output, fail_on=fail_on)
