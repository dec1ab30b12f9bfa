"""Looks at the logs that a cluster shall read: their heads, what they lie in and their formats.

Only this machine looks, through fsspec: a plain log's head, middle and tail, and the head of what is compressed or
wrapped. When such a log ends is not known before it is read. Of several programs' logs in one file those are read that
the head shows; the report says so.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from triage.errors import SourceError
from triage.querylogs.cluster.file import SharedFile, mark_of
from triage.querylogs.cluster.packing import Packing
from triage.querylogs.sources import expanded, remote, sampled_head, shown, wrappers_of
from triage.querylogs.sources.compression import decompressed, is_compressed
from triage.querylogs.sources.log_file import CutShortError
from triage.querylogs.sources.names import STDIN, local_path
from triage.querylogs.sources.wrappers import WRAPPERS, Named, Sample, Wrapper

HEAD = 1 << 20
"""Bytes of each log that are looked at, compressed or not; a compressed one's first block may need more."""
_MOST_HEAD = 1 << 25
_PART = 1 << 16
_AT_ONCE = 16
"""A request takes 50 ms, and there may be thousands of logs."""


@dataclass(slots=True)
class SharedLog:
    """A log that a cluster can read."""

    name: str
    file: SharedFile
    head: bytes
    """Its first bytes, unpacked."""
    packing: Packing | None = None
    wrapper: str | None = None
    cut_short: str | None = None
    is_whole: bool = False
    """Whether the head is all of it."""

    @property
    def size(self) -> int:
        """Its bytes as far as they are known: of a packed log, the head."""
        return len(self.head) if self.packing else self.file.size

    def read(self, start: int, length: int) -> bytes:
        """Return the bytes from a position on, unpacked."""
        if self.packing or start + length <= len(self.head):
            return self.head[start : start + length]
        return self.file.read(start, length)


def shared(names: tuple[str, ...]) -> Iterator[tuple[str, list[SharedLog] | SourceError]]:
    """Look at each log that the names stand for."""
    found = expanded(names)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from zip(found, pool.map(_tried, found), strict=True)


def _tried(name: str) -> list[SharedLog] | SourceError:
    try:
        return _looked_at(name)
    except SourceError as error:
        return error


def _looked_at(name: str) -> list[SharedLog]:
    title = shown(name)
    if name == STDIN:
        raise SourceError("other machines cannot read stdin", "name files or URLs, or leave out --dask", source="stdin")
    if title != name:
        raise SourceError(
            f"{title} holds credentials, which are not sent to a cluster",
            "give the workers theirs by environment, profile or fsspec's configuration; or leave out --dask",
            source=title,
        )
    if remote.is_remote(name):
        file = SharedFile(name, remote.size(name))
    else:
        try:
            path = local_path(name).resolve()
            file = SharedFile(str(path), path.stat().st_size)
        except OSError as error:
            raise SourceError(f"{title} could not be read: {error.strerror}", "check the path", source=title) from error
        if not path.is_file():
            what = "a directory" if path.is_dir() else "no file that other machines can read"
            raise SourceError(f"{title} is {what}", "name files or URLs, or leave out --dask", source=title)
    head = file.read(0, HEAD)
    file = replace(file, mark=mark_of(head))
    if is_compressed(head[:512]):
        plain, is_whole = _unpacked(file, head, title)
        log = SharedLog(title, file, plain, Packing(), is_whole=is_whole)
        return _without_wrappers(log, sampled_head(plain), ())
    log = SharedLog(title, file, head, is_whole=len(head) == file.size)
    return _without_wrappers(log, _sampled(file, head), ())


def _unpacked(file: SharedFile, head: bytes, title: str) -> tuple[bytes, bool]:
    """Return the head of a compressed log, and whether it is all of it."""
    while True:
        plain = bytearray()
        why = ""
        try:
            for block in decompressed(iter((head,)), title):
                plain += block
                if len(plain) >= HEAD:
                    return bytes(plain[:HEAD]), False
        except CutShortError as error:
            why = str(error)
        is_all = len(head) == file.size
        if plain or is_all:
            if not plain and why:
                raise SourceError(f"{title} could not be read: {why}", "fetch the file again", source=title)
            return bytes(plain), is_all
        if len(head) >= _MOST_HEAD:
            raise SourceError(f"{title} could not be read: {why}", "unpack it, or leave out --dask", source=title)
        head += file.read(len(head), 4 * len(head))


def _sampled(file: SharedFile, head: bytes) -> Sample:
    """Take whole lines from a plain log's head, middle and tail."""
    parts = sampled_head(head[: 3 * _PART if file.size <= 3 * _PART else _PART]).parts
    if file.size > 3 * _PART:
        middle, tail = (file.read(at, _PART) for at in (file.size // 2, file.size - _PART))
        parts += (_lines(middle), _lines(tail))
    return Sample(parts)


def _lines(part: bytes) -> bytes:
    return part[part.find(b"\n") + 1 : part.rfind(b"\n") + 1]


def _without_wrappers(log: SharedLog, sample: Sample, before: Sequence[int]) -> list[SharedLog]:
    """Look below what is around a log: one log, or one for each program that the head shows."""
    wrappers = wrappers_of(sample) if log.head else ()
    if not wrappers:
        return [log]
    named = next((at for at, each in enumerate(wrappers) if isinstance(each, Named)), None)
    taken = wrappers if named is None else wrappers[: named + 1]
    places = (*before, *(WRAPPERS.index(each) for each in taken))
    title = " over ".join(filter(None, (log.wrapper, *(each.name for each in taken))))
    log = replace(log, wrapper=title)
    if named is None:
        head = _fed(Packing(places[len(before) :]), log)
        return [replace(log, head=head, packing=replace(log.packing or Packing(), wrappers=places))]
    if before:
        raise SourceError(f"{log.name} has programs within programs", "leave out --dask", source=log.name)
    names = _programs(taken, log)
    found: list[SharedLog] = []
    for name in names:
        packing = Packing(places, name, names)
        suffix = f" ({name.decode(errors='replace')})" if len(names) > 1 else ""
        each = replace(log, name=log.name + suffix, head=_fed(packing, log), packing=packing)
        found += _without_wrappers(each, sampled_head(each.head), places)
    return found


def _programs(taken: Sequence[Wrapper], log: SharedLog) -> tuple[bytes, ...]:
    """Return the programs whose lines the head shows, in the order in which they appear."""
    *outer, named = taken
    assert isinstance(named, Named)
    head = _fed(Packing(tuple(WRAPPERS.index(each) for each in outer)), log)
    splitter = named.splitter()
    return tuple(dict.fromkeys(name for name, lines in splitter.feed(head) if lines))


def _fed(packing: Packing, log: SharedLog) -> bytes:
    """Take wrappers off a head; its last line may be a part of one."""
    head = log.head if log.is_whole else log.head[: log.head.rfind(b"\n") + 1]
    return b"".join(packing.unwrapped(iter((head,)), set()))
