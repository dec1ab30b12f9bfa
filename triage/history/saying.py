"""What the history's database says when something is wrong with it, in two lines: what happened, and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from triage import redact
from triage.errors import SourceError

WAIT_SECONDS = 30
"""How long a run waits for another that writes."""


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Turn what the database says into two lines: what happened, and what to do."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        said = redact.secrets(" ".join(str(error.orig).split()))
        raise SourceError(f"the history {name} cannot be used: {said}", _hint(said), source=name) from error
    except (sa.exc.SQLAlchemyError, ValueError, TypeError, OverflowError) as error:
        said = redact.secrets(f"{type(error).__name__}: {' '.join(str(error).split())}")
        raise SourceError(
            f"the history {name} holds what triage did not write: {said}",
            "it is damaged or another's: move it away, and the next run begins a new one",
            source=name,
        ) from error


def _hint(said: str) -> str:
    lower = said.lower()
    if "not a database" in lower or "malformed" in lower:
        return "it is damaged or no SQLite file: move it away, and the next run begins a new one"
    if "readonly" in lower or "read-only" in lower:
        return "make the file and its folder writable for whoever runs triage, or pass another with --history"
    if "unable to open" in lower:
        return "make its folder, and let whoever runs triage write there"
    if "disk" in lower and "full" in lower:
        return "make room on the disk, or keep less: keep = in [history]"
    if "locked" in lower:
        return f"another run has been writing to it for {WAIT_SECONDS} s: see whether it hangs"
    return "check its URL and that the database is there; --no-history runs without it"
