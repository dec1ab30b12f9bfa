"""What ``triage.toml`` says, once it has been read."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from triage.config.problems import nearest
from triage.errors import ConfigError

DEFAULT_FILE = "triage.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Url:
    """A URL, or where it is kept."""

    url: str | None = None
    url_env: str | None = None
    """The environment variable that holds it."""
    url_file: str | None = None
    """The file that holds it, such as a mounted secret."""

    def resolved_url(self) -> str | None:
        """The URL itself, from wherever it is kept.

        Raises:
            ConfigError: the variable is not set, or the file cannot be read or is empty.
        """
        if self.url_env:
            value = os.environ.get(self.url_env)
            if not value:
                raise ConfigError(f"the environment variable {self.url_env} is not set", "set it to the URL")
            return value
        if self.url_file:
            try:
                value = Path(self.url_file).read_text(encoding="utf-8").strip()
            except (OSError, ValueError) as error:  # NUL in the name
                is_text = isinstance(error, UnicodeDecodeError)
                why = error.strerror if isinstance(error, OSError) else "it is not UTF-8" if is_text else str(error)
                raise ConfigError(
                    f"the url_file {self.url_file} cannot be read: {why}", "check the path and its permissions"
                ) from error
            if not value:
                raise ConfigError(f"the url_file {self.url_file} is empty", "write the URL into it")
            return value
        return self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Target(Url):
    """One database and the app that uses it."""

    engine: tuple[str, ...] = ()
    processes: int | None = None
    app: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    """Query logs."""
    app_logs: tuple[str, ...] = ()
    models: str | None = None
    all_databases: bool = False
    timeout_seconds: float | None = None
    tags: tuple[str, ...] = ()
    looks: int | None = None
    """``for``: how many looks in a row have to see a finding before it is raised."""
    limit_seconds: float | None = None
    """The bound on all that a scheduled run does for it, logs included."""
    thresholds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class History(Url):
    """Where earlier runs are kept, and for how long."""

    path: str | None = None
    """A SQLite file, instead of a URL."""
    keep: timedelta = timedelta(days=90)

    def moved(self, place: str) -> "History":
        """The history at the place that ``--history`` names, a URL or a SQLite file; it is kept for as long."""
        return History(url=place, keep=self.keep) if "://" in place else History(path=place, keep=self.keep)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """How ``triage report`` runs."""

    looks: int = 1
    """``for``: how many looks in a row have to see a finding before it is raised."""
    limit_seconds: float = 300.0
    """The bound on all that is done for one target, where it has none of its own."""
    workers: int = 8
    """How many targets are looked at at once."""
    lock: str | None = None
    """The file that keeps two runs from going on at once; beside ``triage.toml`` where None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """Findings that somebody decided not to hear of: those that all that is said here fits."""

    reason: str
    finding: str | None = None
    """The finding's id."""
    key: str | None = None
    application: str | None = None
    """A pattern of the sessions' application name."""
    user: str | None = None
    """A pattern of the sessions' user."""
    target: str | None = None
    """A pattern of the target's name."""
    until: date | None = None
    """The last day on which it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(Url):
    """What a run leaves behind: a file, or a message."""

    format: str
    path: str | None = None
    """``{date}``, ``{time}`` and ``{target}`` stand for those of the run."""
    index: str | None = None
    """A page that lists the past reports."""
    style: str = "generic"
    """The body of a message: slack or generic."""
    only: str = "new"
    """What a message tells: new or all."""
    timeout_seconds: float = 10.0
    retries: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the file says; an empty one says nothing."""

    path: Path | None = None
    targets: Mapping[str, Target] = field(default_factory=dict)
    thresholds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By detector, the values of its fields."""
    history: History = History()
    scheduled: Scheduled = Scheduled()
    ignores: tuple[Ignore, ...] = ()
    outputs: tuple[Output, ...] = ()

    def target(self, name: str) -> Target:
        """The target of that name.

        Raises:
            ConfigError: there is none.
        """
        if name in self.targets:
            return self.targets[name]
        if self.path is None:
            raise ConfigError(
                f"there is no {DEFAULT_FILE} here that could name a target {name}",
                "run triage where the file is, or pass it with --config",
            )
        raise ConfigError(f"{self.path} has no target {name}", nearest(name, self.targets, "target"))

    def thresholds_of(self, target: Target) -> Mapping[str, Mapping[str, Any]]:
        """The thresholds for a target: its own before those for all."""
        return {
            name: {**self.thresholds.get(name, {}), **target.thresholds.get(name, {})}
            for name in {**self.thresholds, **target.thresholds}
        }
