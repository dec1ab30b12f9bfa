"""Cuts a stream of bytes at line ends, without ever holding more than ``LONGEST`` of a line.

A line that is longer is handed on in pieces: its beginning, where a wrapper stands, and then the rest as it comes.
However the stream is cut into chunks, the line's beginning is the same ``LONGEST`` bytes.
"""

from collections.abc import Iterator
from enum import Enum, auto

LONGEST = 1 << 20
"""More than any wrapper lets a line have: Docker and Kubernetes cut at 16 KB, CloudWatch at 1 MB."""


class Piece(Enum):
    """What a piece of the stream is."""

    LINES = auto()
    """Whole lines; only the stream's last one may have no newline."""
    BEGINNING = auto()
    """The first bytes of a line that is too long to hold."""
    REST = auto()
    """What follows in such a line, its newline included."""


class Lines:
    """A stream of bytes, taken in chunks and given out in pieces."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._held = bytearray()
        self._inside = False
        """Whether we are in a line whose beginning was given out."""

    def feed(self, chunk: bytes) -> Iterator[tuple[Piece, bytes]]:
        """Yield what the chunk completes."""
        if self._inside:
            end = chunk.find(b"\n") + 1
            yield Piece.REST, chunk[:end] if end else chunk
            if not end:
                return
            self._inside = False
            chunk = chunk[end:]
        end = chunk.rfind(b"\n") + 1
        if end:
            block = bytes(self._held + chunk[:end]) if self._held else chunk[:end]
            self._held.clear()
            yield from self._lines(block)
        self._held += chunk[end:]
        if len(self._held) > self._longest:
            yield Piece.BEGINNING, bytes(self._held[: self._longest])
            yield Piece.REST, bytes(self._held[self._longest :])
            self._held.clear()
            self._inside = True

    def finish(self) -> Iterator[tuple[Piece, bytes]]:
        """Yield the last line, if it has no newline."""
        if self._held:
            yield Piece.LINES, bytes(self._held)
            self._held.clear()

    def _lines(self, block: bytes) -> Iterator[tuple[Piece, bytes]]:
        if len(block) <= self._longest:
            yield Piece.LINES, block
            return
        start = at = 0  # the lines from start to at are short enough
        while at < len(block):
            end = block.index(b"\n", at) + 1
            if end - 1 - at > self._longest:
                if at > start:
                    yield Piece.LINES, block[start:at]
                yield Piece.BEGINNING, block[at : at + self._longest]
                yield Piece.REST, block[at + self._longest : end]
                start = end
            at = end
        if at > start:
            yield Piece.LINES, block[start:at]


def whole_lines(block: bytes) -> list[bytes]:
    """Return the block's lines with their newlines. ``splitlines`` would cut at a carriage return, too."""
    lines = [line + b"\n" for line in block.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines
