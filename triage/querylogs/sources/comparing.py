"""Whether two logs say the same, byte by byte, found out with as little reading as it takes."""

import os

from triage.querylogs.sources.log_file import LogFile

HEAD = 1 << 12
_BLOCK = 1 << 20
_LAST_LINE = 1 << 16


def comparable(file: LogFile) -> int:
    """How much of a file another must have in common with it.

    A copy of a wrapped log may end within a wrapper, which then is still there: its last line is no evidence.
    """
    if file.wrapper is None:
        return file.size
    at = max(0, file.size - _LAST_LINE)
    end = read(file, at, _LAST_LINE).rfind(b"\n") + 1
    return at + end if end else file.size


def begins_with(longer: LogFile, shorter: LogFile, length: int, *, at: int = 0) -> bool:
    """Whether the first bytes of one file stand in another at a position."""
    if at == 0 and longer.path.samefile(shorter.path):
        return True
    for place in (0, max(0, length - HEAD), length // 2):
        size = min(HEAD, length - place)
        if read(longer, at + place, size) != read(shorter, place, size):
            return False
    with longer.path.open("rb", buffering=0) as one, shorter.path.open("rb", buffering=0) as other:
        for place in range(0, length, _BLOCK):
            size = min(_BLOCK, length - place)
            block = os.pread(one.fileno(), size, at + place)
            if len(block) < size or block != os.pread(other.fileno(), size, place):  # it may be shorter by now
                return False
    return True


def read(file: LogFile, at: int, size: int) -> bytes:
    """Return the bytes at a position, as far as the file went when it was opened."""
    with file.path.open("rb") as data:
        data.seek(at)
        return data.read(max(0, min(size, file.size - at)))
