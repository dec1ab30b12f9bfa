"""What a scheduled run must not suffer from the looks that it left alone because they hang.

They write nothing into its report, and hold nobody up at its end: neither the process, which would wait for whatever
reads logs for them, nor a scheduler that asked it to end.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from triage.errors import TriageError

TERMINATED = 128 + signal.SIGTERM
"""The exit code of what SIGTERM has ended, as a shell has it."""


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM end the block in order: locks are given back, and half a file is removed."""

    def stop(_number: int, _frame: object) -> None:
        raise SystemExit(TERMINATED)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def stdout_apart() -> Iterator[Callable[[str], None]]:
    """Yield what prints to stdout as it is now, wherever an app that is being imported has it led later."""
    try:
        descriptor = os.dup(sys.stdout.fileno())
    except (AttributeError, OSError):  # it is closed, or only a buffer
        yield click.echo
        return
    encoding, errors = sys.stdout.encoding, sys.stdout.errors or "strict"

    def tell(text: str) -> None:
        sys.stdout.flush()
        rest = f"{text.removesuffix(chr(10))}\n".encode(encoding, errors)
        try:
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        except BrokenPipeError:  # whoever read it has read enough
            raise
        except OSError as error:
            raise TriageError(
                f"the report could not be written: {error.strerror}", "name a file with --output"
            ) from error

    try:
        yield tell
    finally:
        os.close(descriptor)


def looks_go_on() -> bool:
    """Whether there are any."""
    return any(thread.name == "triage-look" for thread in threading.enumerate())


def end_at_once(code: int) -> NoReturn:
    """End the process, and those that read logs for it."""
    if "multiprocessing" in sys.modules:
        import multiprocessing  # noqa: PLC0415 - it is there already

        for child in multiprocessing.active_children():
            child.kill()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(code)
