"""What a run is asked to look at."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from triage.config import Target


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

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look at."""
        return self.url is None and not self.engines and not self.logs and not self.app_logs


def question_of(target: Target, collected_at: datetime) -> Question:
    """What a target of ``triage.toml`` asks.

    Raises:
        ConfigError: its URL is kept where it cannot be read.
    """
    asked = Question(
        collected_at=collected_at,
        url=target.resolved_url() or None,
        engines=target.engine,
        processes=target.processes,
        logs=target.logs,
        app_logs=target.app_logs,
        models=target.models,
        app=target.app,
        all_databases=target.all_databases,
    )
    if target.timeout_seconds is None:
        return asked
    return replace(asked, timeout=timedelta(seconds=target.timeout_seconds))
