"""What a log that grows offers, and the simplest one: what another program writes into a pipe."""

import os
import select
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from triage.errors import UsageError
from triage.querylogs.sources.compression import is_compressed

BLOCK = 1 << 20


class Growing(Protocol):
    """What is read while it grows."""

    is_over: bool
    """Whether nothing more can come."""
    size: int
    """Bytes that were read."""

    def added(self) -> Iterator[bytes | None]:
        """Yield what has come since the last look; None where another file begins."""
        ...

    def waits_for(self) -> str | None:
        """Say why there is nothing to read yet."""
        ...

    def successor(self) -> Path | None:
        """Return the file in which the log seems to go on."""
        ...

    def fileno(self) -> int | None:
        """Return what becomes readable when there is more, if anything does."""
        ...


class Pipe:
    """What another program writes."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.is_over = False
        self.size = 0

    def added(self) -> Iterator[bytes | None]:
        """Yield what the pipe holds."""
        while not self.is_over and select.select([self._descriptor], [], [], 0)[0]:
            data = os.read(self._descriptor, BLOCK)
            if not data:
                self.is_over = True
                return
            if not self.size:
                refuse_compressed(data, "stdin")
            self.size += len(data)
            yield data

    def waits_for(self) -> str | None:
        """Say that nothing has come."""
        return None if self.size else "nothing has come from stdin yet"

    def successor(self) -> Path | None:
        """A pipe has none."""
        return None

    def fileno(self) -> int | None:
        """Return the pipe."""
        return None if self.is_over else self._descriptor


def refuse_compressed(data: bytes, title: str) -> None:
    """Raise UsageError if a log that begins so is compressed."""
    if is_compressed(data[:512]):
        raise UsageError(f"{title} is compressed, and cannot be followed", "leave out --follow to read it as it is")
