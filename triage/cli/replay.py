"""``triage replay``: query logs only."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from triage import runbooks
from triage.cli import FOUND, OK, UNREAD, complain, logs
from triage.detectors.deadlock import Deadlock
from triage.detectors.detector import Detector
from triage.detectors.duplicate_query import DuplicateQuery
from triage.detectors.idle_gap_in_transaction import IdleGapInTransaction
from triage.detectors.loop_lookup import LoopLookup
from triage.detectors.n_plus_one import NPlusOne
from triage.detectors.rolled_back_writes import RolledBackWrites
from triage.detectors.unfinished_transaction import UnfinishedTransaction
from triage.detectors.write_loop import WriteLoop
from triage.errors import TriageError
from triage.evidence import Evidence
from triage.findings import Finding, Report, Severity, Skipped, by_importance
from triage.querylogs.replay import replay
from triage.reports import REPORTS

FAIL_ON = {"info": Severity.INFO, "warning": Severity.WARNING, "critical": Severity.CRITICAL, "never": None}
DETECTORS: tuple[type[Detector], ...] = (
    Deadlock,
    DuplicateQuery,
    IdleGapInTransaction,
    LoopLookup,
    NPlusOne,
    RolledBackWrites,
    UnfinishedTransaction,
    WriteLoop,
)


@click.command(
    epilog="""\b
    Examples:
      triage replay /var/log/postgresql/postgresql.log
      triage replay '/var/log/mysql/slow.log*' --workers 4
      kubectl logs deploy/shop | triage replay - --format json
    """
)
@click.argument("names", metavar="LOG...", nargs=-1, required=True)
@click.option("--prefix", metavar="PREFIX", help="PostgreSQL's log_line_prefix; detected if not given.")
@click.option("--log-format", metavar="NAME", help="The format of the logs; detected if not given.")
@click.option("--explain-format", is_flag=True, help="Say which format was chosen and why, on stderr.")
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes that read.  [default: all cores]")
@click.option(
    "--format", "format_", type=click.Choice([name for name, _ in REPORTS]), default="text", show_default=True
)
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write the report to a file.")
@click.option("--fail-on", type=click.Choice(list(FAIL_ON)), default="warning", show_default=True)
@click.pass_obj
def command(
    verbose: int,
    *,
    names: tuple[str, ...],
    prefix: str | None,
    log_format: str | None,
    explain_format: bool,
    workers: int | None,
    format_: str,
    output: Path | None,
    fail_on: str,
) -> int:
    """Read query logs; say which patterns in them hurt.

    LOG is a file, a glob or - for stdin; .gz, .bz2 and .xz are read as they are. Several rotated
    files are one stream.

    Exits with 0 when nothing is at or above --fail-on, 1 when something is, 2 when the command is
    wrong, 3 when a log could not be read.
    """
    logs.configure(verbose)
    evidence, explanations = replay(
        names,
        collected_at=datetime.now(UTC),
        log_format=log_format,
        prefix=prefix,
        workers=workers or os.cpu_count() or 1,
    )
    if explain_format:
        for line in explanations:
            click.echo(line, err=True)
    report = judged(evidence)
    color = output is None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
    text = dict(REPORTS)[format_](report, runbooks.load(None), color=color)
    _write(text, output)
    return _exit_code(report, FAIL_ON[fail_on])


def judged(evidence: Evidence) -> Report:
    """What the detectors of query logs find."""
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    for kind in DETECTORS:
        try:
            findings += kind().detect(evidence)
        except Exception as error:  # noqa: BLE001, PERF203, RUF100 - one detector's bug must not hide the others' findings
            skipped.append(Skipped(detector=kind.id, reason=f"it failed: {type(error).__name__}: {error}"))
    return Report(
        collected_at=evidence.collected_at,
        findings=tuple(sorted(findings, key=by_importance)),
        gaps=evidence.gaps,
        skipped=tuple(skipped),
        sources=evidence.sources,
    )


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise TriageError(
            f"the report could not be written to {output}: {error.strerror}", "check the folder and its permissions"
        ) from error


def _exit_code(report: Report, fail_on: Severity | None) -> int:
    unread = [gap for gap in report.gaps if gap.unread]
    for gap in unread:
        complain(gap.reason, gap.hint)
    if unread:
        return UNREAD
    return FOUND if fail_on is not None and report.worst is not None and report.worst >= fail_on else OK
