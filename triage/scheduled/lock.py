"""Keeps two runs from going on at once.

The lock is the kernel's and ends with the process that holds it, however it ends: a file that was left behind locks
nobody out, nor does a child that outlives it. https://man7.org/linux/man-pages/man2/F_SETLK.2const.html
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from triage.errors import SourceError, UsageError


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock while the block lasts.

    Raises:
        SourceError: another run holds it.
        UsageError: the file cannot be made.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except (OSError, ValueError) as error:  # NUL in the name
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(
            f"the lock {path} cannot be made: {why}", "make its folder writable, or set lock in [report]"
        ) from error
    try:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            said = os.pread(descriptor, 200, 0).decode(errors="replace").strip() or "it does not say which"
            raise SourceError(
                f"another run is going on ({said})",
                f"wait for it, or see why it hangs; what it holds is {path}",
                source=str(path),
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
