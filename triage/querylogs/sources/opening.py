"""Makes a log readable, whatever it came as: a file that can be mapped, plain and without wrappers.

A plain local file is used where it is. Whatever is compressed, piped, remote or wrapped is written to a temporary file
first; wrappers are looked for in its head, middle and tail, so while they are taken off it is there twice.
"""

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import BinaryIO

from triage.errors import SourceError
from triage.querylogs.sources import remote
from triage.querylogs.sources.compression import decompressed, is_compressed
from triage.querylogs.sources.log_file import CutShortError, LogFile
from triage.querylogs.sources.names import STDIN, local_path
from triage.querylogs.sources.shown import shown
from triage.querylogs.sources.splitting import split
from triage.querylogs.sources.spool import Spools
from triage.querylogs.sources.unwrapping import Unwrapper, blocks_of, sampled, wrappers_of
from triage.querylogs.sources.wrappers import WRAPPERS, Named, Wrapper

_BLOCK = 1 << 18
_NOT_TO_SHARE = ("/dev/", "/proc/")
"""What another process finds under these names is not what we find."""


@contextmanager
def opened(name: str, known: Sequence[Wrapper] = WRAPPERS) -> Iterator[tuple[LogFile, ...]]:
    """Make one log readable, without the known wrappers: one file, or one for each program whose lines stand in it.

    SourceError says why it cannot be.
    """
    with Spools() as spools:
        yield _unwrapped(_plain(name, spools), spools, known)


def _plain(name: str, spools: Spools) -> LogFile:
    title = "stdin" if name == STDIN else shown(name)
    if name == STDIN:
        if sys.stdin is None:
            raise SourceError("stdin is closed", "pipe a log into it, or name a file", source=title)
        return _spooled(_blocks(sys.stdin.buffer), title, spools)
    if remote.is_remote(name):
        with remote.blocks(name) as blocks:
            return _spooled(blocks, title, spools)
    path = local_path(name)
    try:
        file = path.open("rb")
    except OSError as error:
        raise _unreadable(title, error) from error
    with file:
        status = os.fstat(file.fileno())
        if stat.S_ISREG(status.st_mode) and not str(path).startswith(_NOT_TO_SHARE):
            if not is_compressed(file.read(512)):
                return LogFile(title, path, status.st_size)
            file.seek(0)
        return _spooled(_blocks(file), title, spools)


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    # read1 gives what a pipe has; read would wait for a whole block.
    read = getattr(stream, "read1", stream.read)
    while block := read(_BLOCK):
        yield block


def _spooled(blocks: Iterator[bytes], title: str, spools: Spools) -> LogFile:
    spool = spools.new(title)
    cut_short: str | None = None
    try:
        for block in decompressed(blocks, title):
            spool.write(block)
    except CutShortError as error:
        cut_short = str(error)
    except OSError as error:
        cut_short = error.strerror or str(error)
        if not spool.size:
            raise _unreadable(title, error) from error
    if cut_short and not spool.size:
        raise SourceError(f"{title} could not be read: {cut_short}", "fetch the file again", source=title)
    spool.flush()
    return LogFile(title, spool.path, spool.size, cut_short)


def _unwrapped(file: LogFile, spools: Spools, known: Sequence[Wrapper]) -> tuple[LogFile, ...]:
    wrappers = wrappers_of(sampled(file), known) if file.size else ()
    if not wrappers:
        return (file,)
    named = next((at for at, wrapper in enumerate(wrappers) if isinstance(wrapper, Named)), len(wrappers))
    taken = wrappers[: named + 1]
    file = replace(file, wrapper=" over ".join(filter(None, (file.wrapper, *(wrapper.name for wrapper in taken)))))
    if isinstance(taken[-1], Named):
        parts = split(file, taken[:-1], taken[-1], spools)
        return tuple(whole for part in parts for whole in _unwrapped(part, spools, known))
    return (_rewritten(file, Unwrapper(taken), spools),)


def _rewritten(file: LogFile, unwrapper: Unwrapper, spools: Spools) -> LogFile:
    spool = spools.new(file.name)
    for block in blocks_of(file):
        spool.write(unwrapper.feed(block))
    spool.write(unwrapper.finish())
    spool.flush()
    spools.release(file.path)
    return replace(file, path=spool.path, size=spool.size)


def _unreadable(title: str, error: OSError) -> SourceError:
    if isinstance(error, IsADirectoryError):
        return SourceError(f"{title} is a directory", f"name the files in it: '{title}/*.log'", source=title)
    if isinstance(error, FileNotFoundError):
        hint = "check the path"
    elif isinstance(error, PermissionError):
        hint = f"run it as a user who may read the file, or: sudo cat {title} | triage replay -"
    else:
        hint = "check the path and its permissions"
    return SourceError(f"{title} could not be read: {error.strerror or error}", hint, source=title)
