"""A log that is as long as one likes: a real one, repeated with its times moved forward and its session ids moved on.

Nobody waits hours for a real log of gigabytes. A repetition begins a second after the one before ended and shares no
session with it, so for a reader it is new traffic, of other sessions, at a later time.
"""

from collections.abc import Iterator
from itertools import chain, count
from pathlib import Path

from tests.benchmarks.replay.layout import Layout, Moves, Token


class Repetition:
    """One real log, taken apart once and put together as often as it is wanted."""

    def __init__(self, log: bytes, layout: Layout) -> None:
        first = layout.start.search(log)
        assert first, "the log has no record"
        self.head = log[: first.start()]
        """The banner, which is not repeated."""
        self._pieces: list[bytes] = []
        """What stays and what moves, in turn."""
        numbers: dict[tuple[Token, bytes], int] = {}
        self._moving: list[int] = []
        end = first.start()
        for match in layout.moving.finditer(log, first.start()):
            for group, token in enumerate(layout.tokens, 1):
                start, stop = match.span(group)
                if start >= 0:
                    self._pieces += (log[end:start], b"")
                    self._moving.append(numbers.setdefault((token, match[group]), len(numbers)))
                    end = stop
        self._pieces.append(log[end:])
        self._tokens = list(numbers)
        self._strides = {moves: self._stride(moves) for moves in Moves}

    def _stride(self, moves: Moves) -> int:
        values = [token.read(text) for token, text in self._tokens if token.moves is moves]
        return max(values) - min(values) + 1 if values else 0

    def __iter__(self) -> Iterator[bytes]:
        """The log, then the log as it would go on, without end."""
        for number in count():
            moved = [
                token.write(token.read(text) + number * self._strides[token.moves]) for token, text in self._tokens
            ]
            self._pieces[1::2] = map(moved.__getitem__, self._moving)
            yield b"".join(self._pieces)


def repeated(source: Path, layout: Layout, size: int, into: Path) -> int:
    """Write a log of at least that size; how many repetitions it took."""
    repetition = Repetition(source.read_bytes(), layout)
    written = times = 0
    with into.open("wb") as file:
        for part in chain((repetition.head,), repetition):
            written += file.write(part)
            times += bool(part)
            if written >= size:
                break
    return times - bool(repetition.head)


def cut(source: Path, layout: Layout, size: int, into: Path) -> None:
    """Write the first records of a log, up to that size."""
    with source.open("rb") as file:
        part = file.read(size)
    if len(part) == size:
        # the last record that starts in there may go on behind it
        near = max(0, size - (1 << 20))
        part = part[: max(match.start() for match in layout.start.finditer(part, near))]
    into.write_bytes(part)
