"""The files a replay reads: globs, compressed files, stdin; each becomes a file that can be mapped.

What is compressed or comes through a pipe is written to a temporary file first, so that it is read in ranges like any
other and memory stays bounded. A file that ends early gives what it has, and a gap.
"""

import bz2
import gzip
import lzma
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path
from typing import BinaryIO, cast

from triage.errors import SourceError

_OPENERS = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\x00", lzma.open))
_ZSTD = b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True, slots=True)
class LogFile:
    """A log that can be mapped into memory."""

    name: str
    path: Path
    cut_short: str | None = None
    """Why the end is missing, where it is."""


def expanded(names: tuple[str, ...]) -> list[str]:
    """The names with globs replaced by what they match, each once, in order."""
    found: list[str] = []
    for name in names:
        if name != "-" and has_magic(name) and not Path(name).exists():
            matches = sorted(glob(name, recursive=True))  # noqa: PTH207 - the pattern may be absolute
            if not matches:
                raise SourceError(f"no file matches {name}", "check the pattern; quote it so that no shell expands it")
            found += matches
        else:
            found.append(name)
    return list(dict.fromkeys(found))


@contextmanager
def opened(name: str) -> Iterator[LogFile]:
    """Make one log readable; SourceError says why it cannot be."""
    if name == "-":
        with _spooled(sys.stdin.buffer, "stdin") as file:
            yield file
        return
    path = Path(name)
    if path.is_dir():
        raise SourceError(f"{name} is a directory", f"name the files in it: '{name}/*.log'", source=name)
    try:
        with path.open("rb") as raw:
            magic = raw.read(6)
            if magic.startswith(_ZSTD):
                with _zstd(raw, name) as stream, _spooled(stream, name) as file:
                    yield file
                return
            opener = next((opener for start, opener in _OPENERS if magic.startswith(start)), None)
            if opener is None and path.is_file():
                yield LogFile(name, path)
                return
        with cast("BinaryIO", (opener or open)(path, "rb")) as stream, _spooled(stream, name) as file:
            yield file
    except OSError as error:
        raise SourceError(
            f"{name} could not be read: {error.strerror or error}", "check the path and its permissions", source=name
        ) from error


@contextmanager
def _spooled(stream: BinaryIO, name: str) -> Iterator[LogFile]:
    """Copy a stream to a temporary file, as far as it can be read."""
    cut_short: str | None = None
    with tempfile.NamedTemporaryFile(prefix="triage-log-") as file:
        try:
            # read1 returns what there is before an early end; read would raise and lose it.
            take = getattr(stream, "read1", stream.read)
            while block := take(1 << 16):
                file.write(block)
        except (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError) as error:
            cut_short = str(error) or type(error).__name__
        file.flush()
        yield LogFile(name, Path(file.name), cut_short)


@contextmanager
def _zstd(raw: BinaryIO, name: str) -> Iterator[BinaryIO]:
    try:
        import zstandard  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - an extra
    except ImportError:
        raise SourceError(
            f"{name} is compressed with zstd, which Python 3.11 cannot read",
            f"pip install zstandard, or: zstd -dc {name} | triage replay -",
            source=name,
        ) from None
    raw.seek(0)
    with zstandard.ZstdDecompressor().stream_reader(raw) as stream:
        yield stream
