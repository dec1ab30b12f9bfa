"""A log where a cluster reads it: a URL, or a path on a file system that the machines share.

What travels to a worker is the URL and nothing that opens it: credentials are the worker's own, from its environment,
its profile or fsspec's configuration. A URL that holds some itself is not sent. A path may lead to another file on
another machine, as ``/var/log/mysql/slow.log`` does, so a worker compares the first bytes before it reads.

https://filesystem-spec.readthedocs.io/en/latest/features.html#configuration
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from triage.errors import SourceError
from triage.querylogs.sources import remote, shown

HEAD = 1 << 12
_BLOCK = 1 << 18


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file that several machines can read."""

    url: str
    """Or the absolute path."""
    size: int
    mark: bytes = b""
    """What tells whether a worker sees the same file: a digest of its first bytes."""

    @property
    def is_remote(self) -> bool:
        """Whether it is not on a file system."""
        return remote.is_remote(self.url)

    @property
    def name(self) -> str:
        """What may be printed."""
        return shown(self.url)

    def read(self, start: int, length: int) -> bytes:
        """Return the bytes from a position on; fewer at the end, or where the file has shrunk."""
        length = min(length, self.size - start)
        if length <= 0:
            return b""
        if self.is_remote:
            return remote.part(self.url, start, length)
        try:
            with Path(self.url).open("rb") as file:
                file.seek(start)
                return file.read(length)
        except OSError as error:
            raise self._unreadable(error.strerror or str(error)) from error

    def blocks(self) -> Iterator[bytes]:
        """Yield all of it, from the beginning."""
        if self.is_remote:
            with remote.blocks(self.url) as blocks:
                yield from blocks
            return
        at = 0
        while block := self.read(at, _BLOCK):
            at += len(block)
            yield block

    def check(self) -> None:
        """Raise SourceError if this machine finds another file."""
        if not _is_same(self):
            raise self._unreadable("it is another file there")

    def _unreadable(self, why: str) -> SourceError:
        return SourceError(
            f"{self.name} could not be read: {why}",
            "a path has to lead to the same file on every machine: use a shared file system or a URL, or leave out --dask",
            source=self.name,
        )


def mark_of(head: bytes) -> bytes:
    """Return what the first bytes of a file are compared by."""
    return blake2b(head[:HEAD], digest_size=16).digest()


@lru_cache(maxsize=10_000)
def _is_same(file: SharedFile) -> bool:
    return mark_of(file.read(0, HEAD)) == file.mark
