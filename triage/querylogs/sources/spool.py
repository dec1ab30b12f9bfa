"""A temporary file that a log is written to, as it comes, so that it can be mapped like any other.

Only its owner may read it: logs hold customers' data. It never fills the disk: a compressed log may be a thousand times
as large as its file, and a full disk stops services.
"""

import errno
import os
import shutil
import tempfile
from pathlib import Path

from triage.errors import SourceError

_LEFT_FREE = 1 << 28
_PART_LEFT_FREE = 20
"""A twentieth, on a small disk."""
_ASK_EVERY = 1 << 24
_HINT = "set TMPDIR to a folder with more room, or give a part of the log"


class Spool:
    """A file that is gone once it is closed."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._size = 0
        self._asked_at = -_ASK_EVERY
        try:
            self._file = tempfile.NamedTemporaryFile(prefix="triage-log-")  # noqa: SIM115 - its owner closes it
        except OSError as error:
            raise self._full(error) from error

    @property
    def path(self) -> Path:
        """Where it is."""
        return Path(self._file.name)

    @property
    def size(self) -> int:
        """What was written."""
        return self._size

    def write(self, block: bytes) -> None:
        """Append a block; SourceError if there is no room for it."""
        if self._size - self._asked_at >= _ASK_EVERY:
            self._asked_at = self._size
            room = shutil.disk_usage(self.path.parent)
            if room.free < min(_LEFT_FREE, room.total // _PART_LEFT_FREE):
                raise self._full(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        try:
            self._file.write(block)
        except OSError as error:
            raise self._full(error) from error
        self._size += len(block)

    def flush(self) -> None:
        """Make all of it readable."""
        try:
            self._file.flush()
        except OSError as error:
            raise self._full(error) from error

    def close(self) -> None:
        """Delete it."""
        try:
            self._file.close()
        except OSError:  # what was buffered finds no room; nobody needs it any more
            self.path.unlink(missing_ok=True)

    def _full(self, error: OSError) -> SourceError:
        folder = tempfile.gettempdir() if error.errno != errno.ENOENT else "the temporary folder"
        return SourceError(
            f"{self._source} could not be unpacked into {folder}: {error.strerror or error}", _HINT, source=self._source
        )


class Spools:
    """The temporary files of one log; what is left of them at the end is deleted."""

    def __init__(self) -> None:
        self._spools: dict[Path, Spool] = {}

    def __enter__(self) -> "Spools":
        return self

    def __exit__(self, *_: object) -> None:
        for path in list(self._spools):
            self.release(path)

    def new(self, source: str) -> Spool:
        """Begin a file."""
        spool = Spool(source)
        self._spools[spool.path] = spool
        return spool

    def release(self, path: Path) -> None:
        """Delete a file, if it is one of these."""
        if spool := self._spools.pop(path, None):
            spool.close()
