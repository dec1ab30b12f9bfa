"""Writing a file so that a reader finds the old one or the new one, whole."""

import os
import shutil
import time
from contextlib import suppress
from glob import escape
from pathlib import Path

from triage.errors import TriageError

_OLD = 3600.0
"""Seconds after which what lies half written beside a file was left there by a process that was killed."""


def replaced(path: Path, text: str) -> None:
    """Write the text beside the file, and put it in its place.

    Raises:
        TriageError: it could not be written; what was there before is still there.
    """
    try:
        # A pipe or /dev/null must not be renamed over, nor a file that a shell has opened as /dev/stdout.
        if path.exists() and (not path.is_file() or path.is_relative_to("/dev")):
            path.write_text(text, encoding="utf-8", errors="replace")
        else:
            _put(path.resolve(), text)  # a link stays a link
    except (OSError, ValueError, RuntimeError) as error:  # NUL in the name, links that go round in a circle
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise TriageError(
            f"the report could not be written to {path}: {why}", "check the folder and its permissions"
        ) from error


def _put(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8", errors="replace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())  # a disk that is full may say so only now
        with suppress(FileNotFoundError):
            shutil.copymode(path, beside)
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    _clear(path)


def _clear(path: Path) -> None:
    """Remove what was left half written."""
    for left in path.parent.glob(f".{escape(path.name)}.*"):
        with suppress(OSError):
            if left.suffix[1:].isdecimal() and left.stat().st_mtime < time.time() - _OLD:
                left.unlink()
