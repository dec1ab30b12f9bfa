"""Reading a file in ranges: where it is cut, and what a range comes to.

A cut depends on nothing but the file and the position, so whoever reads a range finds the same cuts as its
neighbours. A range is read into memory as a whole, and a record belongs to the range that it starts in.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from triage.querylogs.formats import BY_NAME
from triage.querylogs.formats.base import Format
from triage.querylogs.part import Part

RANGE = 4 * 1024 * 1024
"""Bytes that are read at once; what is in memory at a time is a few times as much."""
LONGEST_RECORD = 32 * 1024 * 1024
"""A file is cut here at the latest, even if no record begins: it may have no line breaks at all."""
_WINDOW = 256 * 1024

Read = Callable[[int, int], bytes]
"""Returns the bytes from a position on, at most so many, fewer only at the end."""


@dataclass(frozen=True)
class LocalFile:
    """The bytes of a file on this machine. A file that shrinks while it is read just ends early."""

    path: Path

    @cached_property
    def _handle(self) -> int:
        return os.open(self.path, os.O_RDONLY)

    def read(self, start: int, length: int) -> bytes:
        """Return the bytes from a position on."""
        parts: list[bytes] = []
        while length > 0 and (part := os.pread(self._handle, min(length, 1 << 30), start)):
            parts.append(part)
            start += len(part)
            length -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def __getstate__(self) -> dict[str, object]:
        return {"path": self.path}

    def __del__(self) -> None:
        if "_handle" in self.__dict__:
            os.close(self._handle)


def cut(read: Read, size: int, position: int, log_format: Format, variant: str | None) -> int:
    """Return where the first record begins that starts at the position or behind it."""
    if position <= 0:
        return 0
    length = _WINDOW
    while position < size:
        window = read(position - 1, length + 1)
        # The window's first byte is the one before the position: it tells whether a line begins there.
        found = log_format.first_record(window, 1, variant)
        if found < len(window):
            return position - 1 + found
        if position + length >= size:
            return size
        if length >= LONGEST_RECORD:
            return position + length
        length *= 4
    return size


def ranges(
    read: Read, size: int, log_format: Format, variant: str | None, length: int = RANGE
) -> Iterator[tuple[int, int]]:
    """Divide a file into ranges that begin and end with records."""
    start = 0
    while start < size:
        end = cut(read, size, start + length, log_format, variant) if start + length < size else size
        yield start, end
        start = end


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """What one process reads at a time, on this machine or another."""

    read: Read
    start: int
    end: int
    format_name: str
    variant: str | None
    unsure: frozenset[bytes] = frozenset()
    """Sessions of which nothing may be assumed; see ``Part.unsure``."""


def read_range(what: Range) -> Part:
    """Read a range."""
    log_format = BY_NAME[what.format_name]
    part = Part(log_format.dialect(what.variant), log_format.duration_unit, is_root=False, unsure=what.unsure)
    data = what.read(what.start, what.end - what.start)
    part.read(log_format.rows(data, 0, len(data), what.variant, part.tally))
    if part.tally.unparsed_at is not None:
        part.tally.unparsed_at += what.start
    return part
