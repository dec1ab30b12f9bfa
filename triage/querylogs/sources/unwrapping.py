"""Finds the wrappers around a log, however they are stacked, and takes them off."""

from collections.abc import Iterator, Sequence

from triage.querylogs.sources.log_file import LogFile
from triage.querylogs.sources.wrappers import WRAPPERS, Sample, Wrapper
from triage.querylogs.sources.wrappers.text import is_utf_16

_PART = 1 << 16
_DEEPEST = 8
"""How many wrappers are looked for inside each other: colours around compose around times make three."""
_CHUNK = 1 << 18


class Unwrapper:
    """Takes wrappers off a stream as it comes, the outermost first; holds at most an unfinished line of each."""

    def __init__(self, wrappers: Sequence[Wrapper]) -> None:
        self._removers = [wrapper.remover() for wrapper in wrappers]

    def feed(self, chunk: bytes) -> bytes:
        """Return what the chunk completes, unwrapped."""
        if len(chunk) <= _CHUNK:
            return self._through(chunk)
        return b"".join([self._through(chunk[at : at + _CHUNK]) for at in range(0, len(chunk), _CHUNK)])

    def finish(self) -> bytes:
        """Return what was held back; the stream has ended."""
        data = b""
        for remover in self._removers:
            data = remover.feed(data) + remover.finish()
        return data

    def _through(self, chunk: bytes) -> bytes:
        for remover in self._removers:
            chunk = remover.feed(chunk)
        return chunk


def wrappers_of(sample: Sample, known: Sequence[Wrapper] = WRAPPERS) -> tuple[Wrapper, ...]:
    """Return which of the known wrappers are around a log, the outermost first."""
    found: list[Wrapper] = []
    while len(found) < _DEEPEST:
        wrapper = next((wrapper for wrapper in known if wrapper.carried(sample)), None)
        if wrapper is None:
            break
        found.append(wrapper)
        parts = sample.parts[:1] if is_utf_16(sample) else sample.parts  # only the head tells how it is encoded
        sample = Sample(tuple(_unwrapped(part, wrapper) for part in parts))
    return tuple(found)


def sampled(file: LogFile) -> Sample:
    """Read whole lines from a file's head, middle and tail."""
    with file.path.open("rb") as data:
        if file.size <= 3 * _PART:
            return Sample((data.read(file.size),))
        parts = [_whole(data.read(_PART), is_first=True)]
        for at in (file.size // 2, file.size - _PART):
            data.seek(at)
            parts.append(_whole(data.read(_PART), is_first=False))
    return Sample(tuple(parts))


def blocks_of(file: LogFile) -> Iterator[bytes]:
    """Yield what a file held when it was opened."""
    with file.path.open("rb") as data:
        left = file.size
        while left and (block := data.read(min(_CHUNK, left))):
            left -= len(block)
            yield block


def sampled_head(data: bytes) -> Sample:
    """Take whole lines from the beginning of a stream."""
    return Sample((_whole(data, is_first=True),))


def _unwrapped(part: bytes, wrapper: Wrapper) -> bytes:
    remover = wrapper.remover()
    return remover.feed(part) + remover.finish()


def _whole(block: bytes, *, is_first: bool) -> bytes:
    start = 0 if is_first else block.find(b"\n") + 1
    end = block.rfind(b"\n") + 1
    return block[start:end] if end > start else block if is_first else b""
