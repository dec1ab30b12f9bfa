"""Writing a file so that a reader finds the old one or the new one, whole."""

import os
from pathlib import Path

from triage.errors import TriageError


def replaced(path: Path, text: str) -> None:
    """Write the text beside the file, and put it in its place.

    Raises:
        TriageError: it could not be written; what was there before is still there.
    """
    # A pipe or /dev/null must not be renamed over, nor a file that a shell has opened as /dev/stdout.
    is_special = path.exists() and (not path.is_file() or path.is_relative_to("/dev"))
    target = path if is_special else path.resolve()  # a link stays a link
    beside = target if is_special else target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8", errors="replace")
        if not is_special:
            beside.replace(target)
    except OSError as error:
        if not is_special:
            beside.unlink(missing_ok=True)
        raise TriageError(
            f"the report could not be written to {path}: {error.strerror}", "check the folder and its permissions"
        ) from error
