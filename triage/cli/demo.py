"""``triage demo``: an embedded PostgreSQL, broken apps, what triage sees of them, then the fixed apps."""

import ast
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from tabulate import tabulate

from triage import config, runbooks, syntax
from triage.cli import FOUND, OK, logs
from triage.cli.delivery import is_coloured
from triage.demo.embedded import Embedded, embedded_postgresql
from triage.demo.looks import Look, looks
from triage.demo.scene import staged
from triage.errors import UsageError
from triage.proof import Proof
from triage.reports import text
from triage.runbooks import Runbook

BACKEND = "postgresql"
"""What is embedded."""

LEAK = Proof(app="broken.py", looks={"check": frozenset({"idle-in-transaction"})})
ROW_BY_ROW = Proof(app="broken.py", looks={"replay": frozenset({"n-plus-one"})})
"""What is shown of the runbooks session-leak and n-plus-one where none is named."""


@click.command(
    epilog="""\b
    Examples:
      triage demo
      triage demo --list
      triage demo n-plus-one
    """
)
@click.argument("runbook", required=False)
@click.option("--list", "is_listed", is_flag=True, help="List the runbooks whose apps can be run.")
@click.pass_obj
def command(verbose: int, *, runbook: str | None, is_listed: bool) -> int:
    """Run broken apps on an embedded PostgreSQL, see what triage says of them, then the same apps with the fix.

    Takes well under a minute; with RUNBOOK some seconds for each app of that runbook. Needs no database, and leaves
    nothing running.

    Exits with 0 when triage found in the broken apps what the runbook says, and nothing in the fixed ones; with 1
    otherwise.
    """
    logs.configure(verbose)
    books = runbooks.load()
    if is_listed:
        rows = [(book.id, book.title) for book in books.values() if book.apps(BACKEND)]
        click.echo(tabulate(rows, headers=["runbook", "title"], tablefmt="simple", maxcolwidths=[None, 50]))
        return OK
    chosen = _chosen(books, runbook) if runbook else None
    with _terminable(), embedded_postgresql() as server:
        seen = _tour(books, server) if chosen is None else _book(chosen, server)
    _say("The server is stopped and its folder is gone.")
    return OK if all(look.is_as_expected for look in seen) else FOUND


def _chosen(books: Mapping[str, Runbook], name: str) -> Runbook:
    if name not in books:
        raise UsageError(f"there is no runbook {name}", config.nearest(name, books, "runbook"))
    if not books[name].apps(BACKEND):
        raise UsageError(
            f"the runbook {name} has no app that runs on PostgreSQL", "triage demo --list names those that have"
        )
    return books[name]


def _tour(books: Mapping[str, Runbook], server: Embedded) -> list[Look]:
    leak, row_by_row = books["session-leak"].folder, books["n-plus-one"].folder
    _say("An embedded PostgreSQL is running. Now a bookstore with a pool of 5 + 10, and a bug.")
    seen = _shown(leak / LEAK.app, server, [LEAK])
    _say("The same bookstore with the fix from the runbook.")
    seen += _shown(leak / LEAK.partner, server, [LEAK])
    _say("Another bookstore, whose page gets slower with its rows. The server's log shows why.")
    seen += _shown(row_by_row / ROW_BY_ROW.app, server, [ROW_BY_ROW])
    _say("The same page with the loader that triage named.")
    return seen + _shown(row_by_row / ROW_BY_ROW.partner, server, [ROW_BY_ROW])


def _book(book: Runbook, server: Embedded) -> list[Look]:
    """Show all apps of a runbook, each on a database of its own."""
    _say(f"An embedded PostgreSQL is running. The runbook {book.id}: {book.title}.")
    seen = []
    for app, proofs in book.apps(BACKEND).items():
        for script in (book.folder / app, book.folder / proofs[0].partner):
            _say(_about(script))
            with server.database() as database:
                seen += _shown(script, database, proofs)
        _say(f"What mended it: diff {book.folder / app} {book.folder / proofs[0].partner}")
    _say(f"What to do when it happens: triage runbook show {book.id}")
    return seen


def _about(script: Path) -> str:
    """What an app says of itself, in its docstring's first paragraph."""
    docstring = ast.get_docstring(syntax.parsed(script.read_text(encoding="utf-8"))) or script.name
    return " ".join(docstring.partition("\n\n")[0].split())


def _shown(script: Path, server: Embedded, proofs: Sequence[Proof]) -> list[Look]:
    """Run an app and show what it printed and what triage sees of it."""
    seen = []
    with staged(script, server) as scene:
        for line in scene.printed:
            click.echo(f"  app: {line}")
        for look in looks(scene, proofs):
            click.echo(f"\n$ {look.command}\n")
            click.echo(text.render(look.report, runbooks.load(), color=is_coloured()), nl=False)
            if not look.is_as_expected:
                _say(f"This is not what was to be seen: {', '.join(sorted(look.expected)) or 'nothing'}.")
            seen.append(look)
    click.echo()
    return seen


def _say(sentence: str) -> None:
    line = f"— {sentence}"
    click.echo(click.style(line, bold=True) if is_coloured() else line)


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
