"""What a run is asked to look at."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Where to look, as the command line or a target in ``triage.toml`` says it."""

    collected_at: datetime
    """When the look began; no collector asks a clock of its own for it."""
    url: str | None = None
    engines: tuple[str, ...] = ()
    """Where the app's engine configs are: files or ``module:attribute``."""
    processes: int | None = None
    logs: tuple[str, ...] = ()
    """Query logs: files, globs, ``-`` for stdin."""
    app_logs: tuple[str, ...] = ()
    """Application logs, named in the same way."""
    models: str | None = None
    """The app's declarative base, as ``module:Base``."""
    app: tuple[str, ...] = ()
    all_databases: bool = False
    timeout: timedelta = timedelta(seconds=10)
    """The bound on the look at the database, from connecting to the last answer."""
