"""What every wrapper offers, and the two kinds that work line by line."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from triage.querylogs.sources.wrappers.lines import Lines, Piece

NEARLY_ALL = 0.95
"""The part of the lines that must carry a wrapper. A container's first lines, or a crash, may be without."""

INSTANT = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)"
"""A time as RFC 3339 writes it. The servers' own logs have a blank where the T is; MySQL's have a tab behind it."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Whole lines from a log's head, middle and tail."""

    parts: tuple[bytes, ...]

    def lines(self) -> list[bytes]:
        """Return the lines that are not empty, without their newlines."""
        return [line for part in self.parts for line in part.split(b"\n") if line]

    def matches(self, pattern: "re.Pattern[bytes]") -> list["re.Match[bytes]"]:
        """Return the pattern's matches at the lines' beginnings, if nearly all lines have one; else nothing."""
        lines = self.lines()
        found = [match for line in lines if (match := pattern.match(line))]
        return found if found and len(found) >= NEARLY_ALL * len(lines) else []


class Remover(Protocol):
    """Takes a wrapper off a stream. What it holds back is bounded."""

    def feed(self, chunk: bytes) -> bytes:
        """Return what the chunk completes, unwrapped."""
        ...

    def finish(self) -> bytes:
        """Return what was held back; the stream has ended."""
        ...


class Wrapper(Protocol):
    """Something that a platform puts around a log."""

    @property
    def name(self) -> str:
        """How the report calls it."""
        ...

    def carried(self, sample: Sample) -> bool:
        """Say whether the sample is wrapped in this."""
        ...

    def remover(self) -> Remover:
        """Return what takes it off one stream, from its beginning."""
        ...


class LineRemover:
    """Takes a wrapper off line by line. A line without it is left as it is, so that nothing is lost."""

    def __init__(self, unwrapped: Callable[[bytes], bytes], *, cuts_beginnings: bool) -> None:
        self._lines = Lines()
        self._unwrapped = unwrapped
        self._cuts_beginnings = cuts_beginnings
        """Whether a line can be unwrapped without its end, as a prefix can and JSON cannot."""

    def feed(self, chunk: bytes) -> bytes:
        """Return what the chunk completes, unwrapped."""
        return b"".join([self._piece(piece, data) for piece, data in self._lines.feed(chunk)])

    def finish(self) -> bytes:
        """Return the last line, if it had no newline."""
        return b"".join([self._piece(piece, data) for piece, data in self._lines.finish()])

    def _piece(self, piece: Piece, data: bytes) -> bytes:
        if piece is Piece.LINES or (piece is Piece.BEGINNING and self._cuts_beginnings):
            return self._unwrapped(data)
        return data


def at_line_starts(pattern: bytes) -> Callable[[bytes], bytes]:
    """Return what removes the pattern from the beginning of each line of a block.

    A newline in front is found much faster than a line's beginning is: the search jumps from one to the next.
    """
    compiled = re.compile(rb"\n" + pattern)

    def removed(block: bytes) -> bytes:
        return compiled.sub(b"\n", b"\n" + block)[1:]

    return removed
