"""The command line: the only place that prints or exits.

Commands are imported when they are called, so that ``--version``, ``--help`` and completion do not
pay for SQLAlchemy. Every error leaves two lines on stderr, what happened and what to do, and the
exit code that the contract gives it.
"""

import errno
import gc
import logging
import os
import signal
import sys
from importlib import import_module
from typing import NoReturn

import click
from click.shell_completion import CompletionItem

from triage import __version__
from triage.cli import left_alone
from triage.errors import SourceError, TriageError, UsageError

COMMANDS = {
    "check": "Look at a live database, its app's engine config and logs; say what is wrong.",
    "completion": "Print the completion for bash, zsh or fish.",
    "config": "Check triage.toml, or print its JSON Schema.",
    "demo": "Run a broken app on an embedded PostgreSQL, and see triage find it.",
    "explain": "Read a traceback or an application's log; say which failures are in it.",
    "history": "Say which findings came, stayed and went.",
    "report": "Look at every target of triage.toml; say what is new, worse and gone.",
    "replay": "Read query logs; say which patterns in them hurt.",
    "runbook": "List the runbooks, or show one.",
    "schema": "Print the JSON Schema of the JSON report.",
}
"""By name, the commands and their short help; each is a module of this package."""

OK, FOUND, USAGE, UNREAD = 0, 1, 2, 3
"""The exit codes of the contract."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""What a write fails with where there is no room; a stream's error names no file."""


class Commands(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """All commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"triage.cli.{cmd_name}").command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin so, without importing them, or options."""
        if incomplete and not incomplete[0].isalnum():
            return super().shell_complete(ctx, incomplete)
        return [
            CompletionItem(name, help=said) for name, said in sorted(COMMANDS.items()) if name.startswith(incomplete)
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.command(
    cls=Commands,
    no_args_is_help=False,  # click would give the whole help as an error's message
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="""\b
    Start here:
      triage check postgresql://app@db.example.com/shop --engine app/db.py
    """,
)
@click.version_option(__version__, prog_name="triage")
@click.option("-v", "--verbose", count=True, help="Log what is done to stderr; twice for more.")
@click.pass_context
def group(context: click.Context, verbose: int) -> None:
    """Say what is wrong with a service on SQLAlchemy, and what to do now."""
    context.obj = verbose


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    try:
        _run()
    except SystemExit as end:
        if left_alone.looks_go_on():
            left_alone.end_at_once(end.code if isinstance(end.code, int) else OK)
        raise


def _run() -> NoReturn:
    # A look lives for half a second: collecting its garbage costs a tenth of that and frees nothing.
    gc.disable()
    try:
        code = group.main(standalone_mode=False)
    except click.UsageError as error:
        usage = f"{error.ctx.command_path} --help" if error.ctx else "triage --help"
        _fail(error.format_message(), f"see {usage}", USAGE)
    except click.ClickException as error:
        _fail(error.format_message(), "see triage --help", USAGE)
    except (click.Abort, KeyboardInterrupt):
        click.echo(err=True)
        sys.exit(130)
    except UsageError as error:
        _fail(error.message, error.hint, USAGE)
    except SourceError as error:
        _fail(error.message, error.hint, UNREAD)
    except TriageError as error:
        _fail(error.message, error.hint, USAGE)
    except BrokenPipeError:
        # Whoever read our output has read enough.
        _drop_output()
        sys.exit(128 + signal.SIGPIPE)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            _fail(
                f"stdout or a file could not be written: {error.strerror}",
                "make room there, or have it written elsewhere",
                USAGE,
            )
        logging.getLogger("triage").info("failed", exc_info=True)
        _fail(
            f"triage failed: {type(error).__name__}: {error}",
            "this is a mistake in triage: run it with -v before the command and report what it logs",
            UNREAD,
        )
    sys.exit(code if isinstance(code, int) else OK)


def complain(message: str, hint: str) -> None:
    """Print an error's two lines."""
    click.echo(f"Error: {' '.join(message.split())}", err=True)
    click.echo(f"Hint: {' '.join(hint.split())}", err=True)


def _fail(message: str, hint: str, code: int) -> NoReturn:
    complain(message, hint)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        _drop_output()
    sys.exit(code)


def _drop_output() -> None:
    """Let what stdout does not take go nowhere, so that the interpreter does not complain of it when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
