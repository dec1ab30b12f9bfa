"""One member of a compressed stream: which compression it is, and what its bytes give, a bounded block at a time.

The first bytes tell. For zstd, Python has a module from 3.14 on; before, ``zstandard`` is an extra.

https://www.rfc-editor.org/rfc/rfc1952 https://tukaani.org/xz/xz-file-format.txt https://www.rfc-editor.org/rfc/rfc8878
"""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Protocol

from triage.errors import SourceError

_OUTPUT = 1 << 20
_ZSTD_INPUT = 1 << 8
"""Three bytes of it may be 128 KB of the log, and the library cannot be told to stop."""
_MOST_MEMORY = 1 << 28
"""What xz may use; its strongest preset needs 65 MB."""


class Decoder(Protocol):
    """One member of a compressed stream."""

    @property
    def eof(self) -> bool:
        """Whether its end was reached."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What follows its end."""
        ...

    def decode(self, data: bytes) -> Iterator[bytes]:
        """Yield what the data gives."""
        ...


class _Gzip:
    def __init__(self) -> None:
        self._object = zlib.decompressobj(31)

    @property
    def eof(self) -> bool:
        return self._object.eof

    @property
    def unused_data(self) -> bytes:
        return self._object.unused_data

    def decode(self, data: bytes) -> Iterator[bytes]:
        while True:
            block = self._object.decompress(data, _OUTPUT)
            yield block
            data = self._object.unconsumed_tail
            if not data and len(block) < _OUTPUT:  # a full block may have more behind it, without further input
                return


class _Bounded:
    """bz2, lzma and Python 3.14's zstd, which keep what they could not hand out."""

    def __init__(self, decompressor: Any) -> None:
        self._object = decompressor

    @property
    def eof(self) -> bool:
        return bool(self._object.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._object.unused_data)

    def decode(self, data: bytes) -> Iterator[bytes]:
        yield self._object.decompress(data, _OUTPUT)
        while not self._object.eof and not self._object.needs_input:
            yield self._object.decompress(b"", _OUTPUT)


class _Zstandard:
    def __init__(self, decompressor: Any) -> None:
        self._object = decompressor.decompressobj()
        self._unread = b""

    @property
    def eof(self) -> bool:
        return bool(self._object.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._object.unused_data) + self._unread

    def decode(self, data: bytes) -> Iterator[bytes]:
        at = 0
        while at < len(data) and not self._object.eof:
            yield self._object.decompress(data[at : at + _ZSTD_INPUT])
            at += _ZSTD_INPUT
        self._unread = data[at:]


def kind_of(head: bytes) -> tuple[str, Callable[[str], Decoder]] | None:
    """Return a compression's name and what begins a member of it; None for a plain stream."""
    if head.startswith(b"\x1f\x8b"):
        return "gzip", lambda _: _Gzip()
    if head.startswith(b"BZh") and head[4:10] in {b"1AY&SY", b"\x17rE8P\x90"}:  # the second: of an empty file
        return "bzip2", lambda _: _Bounded(bz2.BZ2Decompressor())
    if head.startswith(b"\xfd7zXZ\x00"):
        return "xz", lambda _: _Bounded(lzma.LZMADecompressor(memlimit=_MOST_MEMORY))
    if head.startswith(b"\x28\xb5\x2f\xfd") or (head[1:4] == b"\x2a\x4d\x18" and head[0] in range(0x50, 0x60)):
        return "zstd", _zstd
    return None


def _zstd(name: str) -> Decoder:
    try:
        return _Bounded(import_module("compression.zstd").ZstdDecompressor())
    except ImportError:
        pass
    try:
        return _Zstandard(import_module("zstandard").ZstdDecompressor())
    except ImportError:
        raise SourceError(
            f"{name} is compressed with zstd, which Python reads from 3.14 on",
            f"pip install 'sqlalchemy-triage[zstd]', or: zstd -dc {name} | triage replay -",
            source=name,
        ) from None


def errors() -> tuple[type[Exception], ...]:
    """Return what the libraries raise for damaged data."""
    found: list[type[Exception]] = [zlib.error, lzma.LZMAError, OSError, EOFError, ValueError]
    for module in ("compression.zstd", "zstandard"):
        try:
            found.append(import_module(module).ZstdError)
        except ImportError:
            continue
    return tuple(found)
