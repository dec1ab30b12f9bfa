"""How a report leaves the command line: the options that say so, the writing, and the exit code."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from triage.cli import FOUND, OK, UNREAD, complain
from triage.errors import TriageError
from triage.files import replaced
from triage.findings import Report, Severity
from triage.health import HealthReport, single
from triage.reports import REPORTS, nagios
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

history_option = click.option(
    "--history",
    "place",
    metavar="URL|FILE",
    help="Where earlier runs are kept: a SQLite file or any SQLAlchemy URL.  [default: triage-history.sqlite beside the "
    "config]",
)
"""Of the commands that know earlier runs."""


def report_options(command: _Command) -> _Command:
    """Give a command the options of everything that reports."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def deliver(report: Report, books: Mapping[str, Runbook], *, format_: str, output: Path | None, fail_on: str) -> int:
    """Write the report, say on stderr what could not be read, and return the exit code."""
    color = output is None and is_coloured()
    write(dict(REPORTS)[format_](report, books, color=color), output)
    return exit_code(single(report, ""), format_=format_, fail_on=fail_on)


def exit_code(health: HealthReport, *, format_: str, fail_on: str) -> int:
    """Say on stderr what could not be read, and return the exit code; a plugin of Nagios has codes of its own."""
    unread = [("", gap) for gap in health.gaps if gap.unread]
    for target in health.targets:
        whose = f"{target.name}: " if target.name else ""
        unread += [(whose, gap) for gap in target.report.gaps if gap.unread]
    for whose, gap in unread:
        complain(f"{whose}{gap.reason}", gap.hint)
    if format_ == "nagios":
        return nagios.exit_code(health)
    if unread:
        return UNREAD
    least = FAIL_ON[fail_on]
    return FOUND if least is not None and health.worst is not None and health.worst >= least else OK


def is_coloured() -> bool:
    """Whether stdout is a terminal whose user has nothing against colour: https://no-color.org."""
    return sys.stdout is not None and sys.stdout.isatty() and "NO_COLOR" not in os.environ


_HINT = "name a file with --output"


def _print(text: str) -> None:
    if sys.stdout is None:
        raise TriageError("the report could not be written: stdout is closed", _HINT)
    printed(text, lambda text: click.echo(text, nl=not text.endswith("\n")))


def printed(text: str, put: Callable[[str], None]) -> None:
    """Print the text by ``put``.

    Raises:
        TriageError: stdout does not take it.
    """
    try:
        put(text)
    except BrokenPipeError:  # whoever read it has read enough
        raise
    except OSError as error:
        raise TriageError(f"the report could not be written: {error.strerror}", _HINT) from error


def write(text: str, output: Path | None) -> None:
    """Print the text, or write it to the file."""
    if output is None:
        _print(text)
    else:
        replaced(output, text)
