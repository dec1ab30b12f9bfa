"""How far a long reading has come, on stderr, where a person is watching."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

_LONG = 1.0
"""Seconds after which a person begins to wonder."""


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int], None]]:
    """Yield what is to be told how many bytes are done, of how many."""
    if not sys.stderr.isatty():
        yield _ignore
        return
    started = time.monotonic()
    bar: Any = None
    shown = 0

    def advance(done: int, size: int) -> None:
        nonlocal bar, shown
        if bar is None and time.monotonic() - started > _LONG:
            bar = click.progressbar(length=size, label="Reading", file=sys.stderr, update_min_steps=1 << 20)
            bar.__enter__()
        if bar is not None:
            bar.update(done - shown)
            shown = done

    try:
        yield advance
    finally:
        if bar is not None:
            bar.__exit__(None, None, None)


def _ignore(done: int, size: int) -> None:
    """Nobody is watching."""
