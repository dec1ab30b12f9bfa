"""``triage explain``: from a traceback or an application's log to the failure and its runbook."""

import re
import sys
from datetime import UTC, datetime
from glob import has_magic
from pathlib import Path

import click

from triage import check, config, runbooks
from triage.applogs.masking import masked
from triage.applogs.reading import joined, read_logs, read_text
from triage.applogs.sqlstates import names_sqlstate
from triage.cli import logs
from triage.cli.delivery import deliver, report_options
from triage.cli.targets import chosen, logs_of, target_option
from triage.detectors import DETECTORS
from triage.detectors.wording import shortened
from triage.errors import SourceError, UsageError
from triage.evidence import AppLogs, Evidence, Gap
from triage.querylogs.sources import remote
from triage.querylogs.sources.names import STDIN

JUDGES = check.readers("app_logs")
"""The detectors that read application logs."""

_CODE = re.compile(
    r"(?=[a-z]*[0-9])[a-z0-9]{4}|bupq|cprf|dbapi|dcmx|dcte|gkpj|isce|lkrp|pcls|qzyx|sqmp|squa|zlpr"
    r"|[0-9][0-9A-Z]{4}|(?:\w+\.)*[A-Z]\w*(?:Error|Found|Greenlet)"
)
"""What has no blank and is an error all the same: a code of SQLAlchemy's, an SQLSTATE, an errno, a class.

SQLAlchemy's codes without a digit are listed, because any short word looks like one.
"""
_LINK = "sqlalche.me/e/"
_PATH = re.compile(r"[^\n:]*(?:/[^\s/]+|\.(?:log|txt|json|jsonl|gz|bz2|xz|zst|out|err)(?:\.\d+)?)")


@click.command(
    epilog="""\b
    Examples:
      triage explain /var/log/shop/app.log
      triage explain '/var/log/shop/*.log.gz' --format json
      kubectl logs deploy/shop | triage explain -
      triage explain "QueuePool limit of size 5 overflow 10 reached"
      triage explain 3o7r
      triage explain --target bookstore
    """
)
@click.argument("names", metavar="[FILE|-|TEXT]...", nargs=-1)
@target_option
@click.option("--config", "config_path", type=click.Path(path_type=Path), metavar="FILE", help="Another triage.toml.")
@report_options
@click.pass_obj
def command(
    verbose: int,
    *,
    names: tuple[str, ...],
    target: str | None,
    config_path: Path | None,
    format_: str,
    output: Path | None,
    fail_on: str,
    overlay: Path | None,
) -> int:
    """Read tracebacks and applications' logs; say which failures are in them.

    FILE is a log, a glob, - for stdin or a URL such as s3://bucket/key; compressed files and what
    docker, Kubernetes or CloudWatch put around lines are read as they are. TEXT is an error's message,
    a whole traceback or a code. Without any, stdin is read.

    Exits with 0 when nothing is at or above --fail-on, 1 when something is, 2 when the command is
    wrong, 3 when a log could not be read.
    """
    logs.configure(verbose)
    if not all(name.strip() for name in names):
        raise UsageError("an argument is empty", "name a log, or give the error's text in quotation marks")
    settings = config.load(config_path, DETECTORS)
    asked = chosen(settings, target)
    names = logs_of(names, target, asked.app_logs, "app_logs")
    books = runbooks.load(overlay)
    collected_at = datetime.now(UTC)
    texts = [name for name in names if is_text(name)]
    evidence = _read(tuple(name for name in _named(names) if name not in texts), texts, collected_at)
    report = check.judge(evidence, settings.thresholds_of(asked), JUDGES)
    return deliver(report, books, format_=format_, output=output, fail_on=fail_on)


def is_text(name: str) -> bool:
    """Whether an argument is an error itself rather than the name of a log."""
    if name == STDIN or _exists(name):
        return False
    if _LINK in name or "\n" in name:
        return True
    if remote.is_remote(name) or name.startswith("file://"):
        return False
    if " " not in name.strip():
        return _CODE.fullmatch(name.strip()) is not None or names_sqlstate(name.strip())
    return not _PATH.fullmatch(name) and not (has_magic(name) and "/" in name.partition(" ")[0])


def _exists(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError):  # too long, or with a zero byte
        return False


def _named(names: tuple[str, ...]) -> tuple[str, ...]:
    """The arguments; stdin where there are none and something is piped in."""
    if names:
        return names
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "there is nothing to explain", 'name a log, pipe one in, or give the error itself: triage explain "…"'
        )
    return (STDIN,)


def _read(names: tuple[str, ...], texts: list[str], collected_at: datetime) -> Evidence:
    missing = next((name for name in names if name != STDIN and not _may_be_log(name)), None)
    if missing is not None:
        raise SourceError(
            f"there is no file {missing}",
            f'check the path; an error\'s text goes in quotation marks: triage explain "… {missing} …"',
            source=missing,
        )
    evidence = read_logs(names, collected_at) if names else Evidence(collected_at=collected_at)
    for text in texts:
        evidence = joined(evidence, _of_text(text, collected_at))
    return evidence


def _of_text(text: str, collected_at: datetime) -> Evidence:
    evidence = read_text(text, collected_at)
    if check.judge(evidence, {}, JUDGES).findings:
        return evidence
    unknown = Gap(
        source="text",
        reason=f'"{shortened(masked(text), 60)}" names no error that triage knows',
        hint="paste the whole traceback, or at least its last line",
    )
    return Evidence(collected_at=collected_at, gaps=(unknown,), app_logs=AppLogs())


def _may_be_log(name: str) -> bool:
    return (
        remote.is_remote(name)
        or name.startswith("file://")
        or has_magic(name)
        or "/" in name
        or "." in name
        or _exists(name)
    )
