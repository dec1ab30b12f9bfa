"""How a report leaves the command line: the options that say so, the writing, and the exit code."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from triage.cli import FOUND, OK, UNREAD, complain
from triage.errors import TriageError
from triage.findings import Report, Severity
from triage.reports import REPORTS
from triage.runbooks import Runbook

FAIL_ON = {"info": Severity.INFO, "warning": Severity.WARNING, "critical": Severity.CRITICAL, "never": None}

_Command = TypeVar("_Command", bound=Callable[..., Any])
_OPTIONS = (
    click.option(
        "--format", "format_", type=click.Choice([name for name, _ in REPORTS]), default="text", show_default=True
    ),
    click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write the report to a file."),
    click.option("--fail-on", type=click.Choice(list(FAIL_ON)), default="warning", show_default=True),
    click.option(
        "--runbooks",
        "overlay",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Your own runbooks; each takes the place of ours of the same id.",
    ),
)


def report_options(command: _Command) -> _Command:
    """Give a command the options of everything that reports."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def deliver(report: Report, books: Mapping[str, Runbook], *, format_: str, output: Path | None, fail_on: str) -> int:
    """Write the report, say on stderr what could not be read, and return the exit code."""
    color = output is None and is_coloured()
    _write(dict(REPORTS)[format_](report, books, color=color), output)
    unread = [gap for gap in report.gaps if gap.unread]
    for gap in unread:
        complain(gap.reason, gap.hint)
    if unread:
        return UNREAD
    least = FAIL_ON[fail_on]
    return FOUND if least is not None and report.worst is not None and report.worst >= least else OK


def is_coloured() -> bool:
    """Whether stdout is a terminal whose user has nothing against colour: https://no-color.org."""
    return sys.stdout is not None and sys.stdout.isatty() and "NO_COLOR" not in os.environ


def _print(text: str) -> None:
    hint = "name a file with --output"
    if sys.stdout is None:
        raise TriageError("the report could not be written: stdout is closed", hint)
    try:
        click.echo(text, nl=not text.endswith("\n"))
    except BrokenPipeError:  # whoever read it has read enough
        raise
    except OSError as error:
        raise TriageError(f"the report could not be written: {error.strerror}", hint) from error


def _write(text: str, output: Path | None) -> None:
    if output is None:
        _print(text)
        return
    # A pipe or /dev/null must not be renamed over, nor a file that a shell has opened as /dev/stdout.
    is_special = output.exists() and (not output.is_file() or output.is_relative_to("/dev"))
    target = output if is_special else output.resolve()  # a link stays a link
    beside = target if is_special else target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        if not is_special:
            beside.replace(target)
    except OSError as error:
        if not is_special:
            beside.unlink(missing_ok=True)
        raise TriageError(
            f"the report could not be written to {output}: {error.strerror}", "check the folder and its permissions"
        ) from error
