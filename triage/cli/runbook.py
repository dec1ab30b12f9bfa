"""``triage runbook``: the runbooks, in the terminal."""

from pathlib import Path

import click
from tabulate import tabulate

from triage import config, runbooks
from triage.errors import UsageError

_OVERLAY = click.option(
    "--runbooks",
    "overlay",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Your own runbooks; each takes the place of ours of the same id.",
)


@click.group(
    no_args_is_help=False,
    epilog="""\b
    Examples:
      triage runbook list
      triage runbook show session-leak
    """,
)
def command() -> None:
    """List the runbooks, or show one."""


@command.command(
    "list",
    epilog="""\b
    Example:
      triage runbook list --runbooks our-runbooks
    """,
)
@_OVERLAY
def list_(overlay: Path | None) -> None:
    """List the runbooks, each with the failure it is about."""
    rows = [(book.id, book.title) for book in runbooks.load(overlay).values()]
    click.echo(tabulate(rows, headers=["runbook", "title"], tablefmt="simple", maxcolwidths=[None, 50]))


@command.command(
    "show",
    epilog="""\b
    Example:
      triage runbook show pool-sizing | less
    """,
)
@click.argument("runbook")
@_OVERLAY
def show(runbook: str, overlay: Path | None) -> None:
    """Show one runbook, or the runbook of a finding's id."""
    books = runbooks.load(overlay)
    book = books.get(runbook) or next((b for b in books.values() if runbook in b.findings), None)
    if book is None:
        raise UsageError(f"there is no runbook {runbook}", config.nearest(runbook, books, "runbook"))
    click.echo(f"# {book.title}\n\n{book.text}", nl=False)
