"""A log that grows: what was added since the last look, through rotation, as ``tail -F`` reads it.

- Renamed and made anew: the old file is read to its end, and on while the new one is empty, since its writer may not
  have reopened it yet; then the new one is read from its start.
- Copied and truncated: the file is shorter than what was read of it, or its last bytes are others than those that were
  read there; it is read from its start. A writer that does not append leaves a hole there, which reads as NULs.
- Gone for a while: what is still written to the old file is read until there is another.

A file that stays while its server goes on in one of another name, as ``log_filename`` with a date has it, is over
although nothing says so: its silence must not be mistaken for sessions that do nothing.

https://www.postgresql.org/docs/current/logfile-maintenance.html
https://man7.org/linux/man-pages/man8/logrotate.8.html
"""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from triage.errors import SourceError, UsageError
from triage.querylogs.following.pipe import BLOCK, refuse_compressed

_LAST = 64
"""Bytes that are compared to know a file again."""
_AT_ONCE = 600.0
_CHANGING = re.compile(
    r"\d+|(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?![a-z])", re.IGNORECASE
)
"""What differs in the names of one server's logs."""


class Tail:
    """A file on this machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._at = 0
        self._last = b""
        self._was_opened = False
        self._beside: set[str] = set()
        """Logs that were written at the same time, as another server's are."""
        self.is_over = False
        self.size = 0
        if path.exists() and not path.is_file():
            what = "a directory" if path.is_dir() else "no plain file"
            raise UsageError(
                f"{path} is {what}", f"name one file; a pipe is followed with: triage replay --follow - < {path}"
            )

    def added(self) -> Iterator[bytes | None]:
        """Yield what was added to the file, and to the one that has taken its place."""
        if self._descriptor is None and not self._open():
            return
        came = False
        for data in self._read():
            came = True
            yield data
        if not came and self._is_replaced():
            self.close()
            if self._open():
                yield None
                yield from self._read()

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> bool:
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        except FileNotFoundError:
            return False
        except OSError as error:
            if self._was_opened:
                return False  # logrotate makes a file first and gives it its rights afterwards
            raise SourceError(
                f"{self._path} could not be read: {error.strerror}", "run it as a user who may read the file"
            ) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            return False
        self._descriptor, self._at, self._last, self._was_opened = descriptor, 0, b"", True
        written = os.fstat(descriptor).st_mtime
        self._beside = {name for name, time in self._siblings() if abs(time - written) < _AT_ONCE}
        return True

    def _read(self) -> Iterator[bytes | None]:
        assert self._descriptor is not None
        if self._is_truncated():
            self._at, self._last = 0, b""
            yield None
        while data := os.pread(self._descriptor, BLOCK, self._at):
            if not self.size:
                refuse_compressed(data, str(self._path))
            is_hole = not self._last.strip(b"\0")
            kept = data.lstrip(b"\0") if is_hole else data
            self._at += len(data)
            self.size += len(kept)
            self._last = (self._last + data[-_LAST:])[-_LAST:]
            if kept:
                yield kept

    def _is_truncated(self) -> bool:
        assert self._descriptor is not None
        size = os.fstat(self._descriptor).st_size
        if size == self._at:
            return False
        return size < self._at or os.pread(self._descriptor, len(self._last), self._at - len(self._last)) != self._last

    def _is_replaced(self) -> bool:
        """Say whether another file that something was written to has the name."""
        assert self._descriptor is not None
        try:
            now = self._path.stat()
        except OSError:
            return False
        return now.st_size > 0 and not os.path.samestat(now, os.fstat(self._descriptor))

    def waits_for(self) -> str | None:
        """Say whether the file is missing or empty."""
        if not self._was_opened:
            return f"{self._path} does not exist yet"
        return None if self.size else f"{self._path} is empty yet"

    def successor(self) -> Path | None:
        """Return a file beside this one that differs in a number or a date of its name, and was written to later."""
        if self._descriptor is None:
            return None
        mine = os.fstat(self._descriptor).st_mtime
        later = [(time, name) for name, time in self._siblings() if time > mine + 1 and name not in self._beside]
        return self._path.with_name(max(later)[1]) if later else None

    def _siblings(self) -> Iterator[tuple[str, float]]:
        """Yield files beside this one that differ from it in a number or a date of their names, and their times."""
        kind = _CHANGING.sub("#", self._path.name)
        try:
            with os.scandir(self._path.parent) as entries:
                for entry in entries:
                    is_one = _CHANGING.sub("#", entry.name) == kind and entry.name != self._path.name
                    if is_one and entry.is_file():
                        yield entry.name, entry.stat().st_mtime
        except OSError:
            return

    def fileno(self) -> int | None:
        """A file cannot be waited for."""
        return None
