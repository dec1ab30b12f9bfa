"""``triage.toml``: the databases a team owns, and thresholds that differ from ours.

    [targets.bookstore]
    url_env = "BOOKSTORE_DATABASE_URL"
    engine = "config/engine.toml"
    processes = 8

    [thresholds.idle-in-transaction]
    warning_seconds = 120

Thresholds are the fields of the detectors; a duration's name ends in ``_seconds``. A name that is
not known is an error that suggests the nearest one, because a threshold that is silently ignored is
a leak that is missed.
"""

import difflib
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from triage.errors import ConfigError

DEFAULT_FILE = "triage.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One database and the app that uses it."""

    url: str | None = None
    url_env: str | None = None
    """The environment variable that holds the URL."""
    url_file: str | None = None
    """The file that holds the URL, such as a mounted secret."""
    engine: tuple[str, ...] = ()
    processes: int | None = None
    app: tuple[str, ...] = ()
    all_databases: bool = False
    timeout_seconds: float | None = None

    def resolved_url(self) -> str | None:
        """The URL itself, from wherever it is kept.

        Raises:
            ConfigError: the variable is not set, or the file cannot be read.
        """
        if self.url_env:
            value = os.environ.get(self.url_env)
            if not value:
                raise ConfigError(f"the environment variable {self.url_env} is not set", "set it to the target's URL")
            return value
        if self.url_file:
            try:
                return Path(self.url_file).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ConfigError(
                    f"the target's url_file {self.url_file} cannot be read: {error.strerror}",
                    "check the path and its permissions",
                ) from error
        return self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the file says; an empty one says nothing."""

    path: Path | None = None
    targets: Mapping[str, Target] = field(default_factory=dict)
    thresholds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By detector, the values of its fields."""

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


def load(path: Path | None, detectors: Iterable[type]) -> Config:
    """Read the file; without a path, ``triage.toml`` in the working directory if there is one.

    ``detectors`` are the dataclasses whose fields the thresholds may set.

    Raises:
        ConfigError: the file cannot be read, or says something that is not known.
    """
    if path is None:
        named = os.environ.get("TRIAGE_CONFIG")
        path = Path(named or DEFAULT_FILE)
        if not named and not path.exists():
            return Config()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", "check the path given with --config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}", "mend the line named above") from error
    _known(path, "", content, ("targets", "thresholds"))
    targets = {
        name: _target(path, name, value) for name, value in _table(path, "targets", content.get("targets", {})).items()
    }
    return Config(
        path=path,
        targets=targets,
        thresholds=thresholds(path, content.get("thresholds", {}), detectors),
    )


def thresholds(path: Path, said: object, detectors: Iterable[type]) -> Mapping[str, Mapping[str, Any]]:
    """What a file says of thresholds, as fields of the detectors.

    Raises:
        ConfigError: it names a detector or a field that is not known, or a value that cannot be one.
    """
    by_id = {detector.id: detector for detector in detectors}  # type: ignore[attr-defined]
    table = _table(path, "thresholds", said)
    _known(path, "thresholds.", table, by_id)
    return {name: _thresholds(path, name, value, by_id[name]) for name, value in table.items()}


def nearest(name: str, known: Iterable[str], what: str) -> str:
    """A hint that names what was probably meant."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"known {what}s: {', '.join(names)}" if names else f"no {what} is defined there"


def _table(path: Path, key: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: {key} must be a table", f"write it as [{key}]")
    return value


def _known(path: Path, prefix: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
    known = list(known)
    for name in table:
        if name not in known:
            raise ConfigError(f"{path}: {prefix}{name} is not known", nearest(name, known, "name"))


def _target(path: Path, name: str, value: object) -> Target:
    key = f"targets.{name}"
    table = _table(path, key, value)
    _known(path, f"{key}.", table, _TARGET)
    for field_name, given in table.items():
        expected, fits = _TARGET[field_name]
        if not fits(given):
            raise ConfigError(f"{path}: {key}.{field_name} must be {expected}", _found(given))
    if sum(source in table for source in ("url", "url_env", "url_file")) > 1:
        raise ConfigError(f"{path}: {key} says its URL more than once", "keep one of url, url_env and url_file")
    said: dict[str, Any] = dict(table)
    if "app" in table:
        said["app"] = _several(table["app"])
    if "engine" in table:
        said["engine"] = tuple(_beside(path, spec) for spec in _several(table["engine"]))
    if "url_file" in table:
        said["url_file"] = _beside(path, table["url_file"])
    return Target(**said)


def _beside(path: Path, name: str) -> str:
    """A path as it is meant in the file: from the file's folder on, wherever triage is run."""
    beside = path.parent / name
    return str(beside) if beside.exists() else name


def _several(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_texts(value: object) -> bool:
    return _is_text(value) or (isinstance(value, list) and all(map(_is_text, value)))


def _is_number(value: object) -> bool:
    """Whether it is a number that can be reached, also in seconds; NaN is not, and True is none but an int to Python."""
    reachable = timedelta.max.total_seconds()
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < reachable


_TARGET: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "url": ("str", _is_text),
    "url_env": ("str", _is_text),
    "url_file": ("str", _is_text),
    "engine": ("str or list of str", _is_texts),
    "processes": ("int, 1 or more", lambda value: _is_number(value) and isinstance(value, int) and value >= 1),
    "app": ("str or list of str", _is_texts),
    "all_databases": ("bool", lambda value: isinstance(value, bool)),
    "timeout_seconds": ("a number above 0", lambda value: _is_number(value) and value > 0),
}
"""By the key of a target, what its value must be, in words and as a test."""


def _found(value: object) -> str:
    """A hint that repeats a wrong value, but not what is inside a list or a table: it may be a URL with its password."""
    return f"it is a {type(value).__name__}" if isinstance(value, list | dict) else f"it is {value!r}"


def _thresholds(path: Path, name: str, value: object, detector: type) -> Mapping[str, Any]:
    key = f"thresholds.{name}"
    table = _table(path, key, value)
    kinds = {f.name: type(f.default) for f in fields(detector)}
    names = {f"{field}_seconds" if kind is timedelta else field: field for field, kind in kinds.items()}
    _known(path, f"{key}.", table, names)
    values: dict[str, Any] = {}
    for given, number in table.items():
        if not _is_number(number):
            raise ConfigError(f"{path}: {key}.{given} must be a number, 0 or more", _found(number))
        field_name = names[given]
        values[field_name] = timedelta(seconds=number) if kinds[field_name] is timedelta else number
    return values
