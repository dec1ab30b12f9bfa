"""What application logs showed of failures, as the detectors read it. No value of any statement is in here."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorClue:
    """All that tells which failure it is: an error's classes and codes, whatever wrote them down."""

    classes: tuple[str, ...] = ()
    """As printed, with their modules where the log has them; the one that was raised last comes first, then its causes."""
    code: str | None = None
    """SQLAlchemy's, ``3o7r``: the same in every version since 1.2."""
    sqlstate: str | None = None
    errno: int | None = None
    """MySQL's and MariaDB's."""
    message: str = ""
    """Without the values in it, on one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppFrame:
    """A place in the application's own files."""

    file: str
    line: int | None = None
    function: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preceding:
    """Another failure that came before this one in the same worker, the last one each time."""

    index: int
    """Which of :attr:`AppLogs.failures` it is."""
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureStats:
    """Errors that are the same but for values and times, raised in one place."""

    clue: ErrorClue
    frame: AppFrame | None
    """The innermost frame that is the application's own; its line is that of the last time."""
    count: int
    first: datetime | None = None
    """None where the log has no times, and below."""
    last: datetime | None = None
    bucket: timedelta | None = None
    counts: tuple[tuple[datetime, int], ...] = ()
    """How often in each span of time that begins there and is a bucket long; spans without any are left out."""
    workers: tuple[str, ...] = ()
    """The processes, threads or tasks that the log names, up to twenty."""
    statement: str | None = None
    """The fingerprint of the last statement that failed so."""
    original: ErrorClue | None = None
    """The error that the message itself says came before, as PendingRollbackError's does."""
    after: tuple[Preceding, ...] = ()
    """Most often first."""
    is_autoflush: bool = False
    """Whether a query's flush of pending objects raised it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppLogs:
    """All that the logs showed."""

    failures: tuple[FailureStats, ...] = ()
    more: int = 0
    """How many errors more there were than the groups that are kept count."""
