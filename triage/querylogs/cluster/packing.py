"""Unpacks a log as it comes: compression first, then wrappers, then the cuts between records; nothing goes to a disk."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

from triage.querylogs.cluster.file import SharedFile
from triage.querylogs.formats.base import Format
from triage.querylogs.reading import LONGEST_RECORD, cut
from triage.querylogs.sources import Unwrapper
from triage.querylogs.sources.compression import decompressed
from triage.querylogs.sources.log_file import CutShortError
from triage.querylogs.sources.wrappers import WRAPPERS, Named

_WINDOW = 256 * 1024
"""Bytes behind a cut that are looked at first, as in a file."""


@dataclass(frozen=True, slots=True)
class Packing:
    """What a log lies in, where it cannot be read in ranges."""

    wrappers: tuple[int, ...] = ()
    """What is around it, the outermost first: places in ``WRAPPERS``. At most one of them is by several programs."""
    program: bytes = b""
    """Which of these is meant."""
    programs: tuple[bytes, ...] = ()
    """Those that are known of."""

    def unpacked(self, file: SharedFile, others: set[bytes]) -> Iterator[bytes]:
        """Yield the plain log; CutShortError where its end is missing."""
        return self.unwrapped(decompressed(file.blocks(), file.name), others)

    def unwrapped(self, blocks: Iterator[bytes], others: set[bytes]) -> Iterator[bytes]:
        """Take the wrappers off a stream, and tell of programs that are not known of."""
        found = [WRAPPERS[at] for at in self.wrappers]
        named = next((at for at, each in enumerate(found) if isinstance(each, Named)), None)
        if named is None:
            return _unwrapped(blocks, Unwrapper(found)) if found else blocks
        outer = _unwrapped(blocks, Unwrapper(found[:named]))
        splitter = found[named]
        assert isinstance(splitter, Named)
        return _unwrapped(self._lines(outer, splitter, others), Unwrapper(found[named + 1 :]))

    def _lines(self, blocks: Iterator[bytes], named: Named, others: set[bytes]) -> Iterator[bytes]:
        """Yield what one of several programs wrote."""
        splitter = named.splitter()
        for found in chain(map(splitter.feed, blocks), (splitter.finish(),)):
            for name, lines in found:
                if name == self.program:
                    yield lines
                elif name not in self.programs and lines:
                    others.add(name)


def stream_pieces(
    blocks: Iterator[bytes], log_format: Format, variant: str | None, length: int
) -> Iterator[tuple[int, bytes]]:
    """Cut a stream where a file would be cut; what came before an error is yielded first."""
    buffer = bytearray()
    window = _WINDOW
    at = 0
    broken: CutShortError | None = None
    try:
        for block in blocks:
            buffer += block
            while len(buffer) > length + window:
                data = bytes(buffer)
                end = cut(_reader(data), len(data), length, log_format, variant)
                if end < len(data) or window > LONGEST_RECORD:
                    yield at, data[:end]
                    del buffer[:end]
                    at, window = at + end, _WINDOW
                else:
                    window *= 4
    except CutShortError as error:
        broken = error
    start, data = 0, bytes(buffer)
    while start < len(data):
        end = (
            cut(_reader(data), len(data), start + length, log_format, variant)
            if start + length < len(data)
            else len(data)
        )
        yield at + start, data[start:end]
        start = end
    if broken:
        raise broken


def _reader(data: bytes) -> Callable[[int, int], bytes]:
    return lambda start, length: data[start : start + length]


def _unwrapped(blocks: Iterator[bytes], unwrapper: Unwrapper) -> Iterator[bytes]:
    broken: CutShortError | None = None
    try:
        for block in blocks:
            yield unwrapper.feed(block)
    except CutShortError as error:
        broken = error
    yield unwrapper.finish()
    if broken:
        raise broken
