"""From the text of ``triage.toml`` to what it says, with every mistake in it."""

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from triage.config import keys
from triage.config.kinds import NUMBER
from triage.config.lines import line_of, lines_of
from triage.config.model import DEFAULT_FILE, Config, History, Ignore, Output, Scheduled, Target
from triage.config.problems import Place, Problem, found, nearest
from triage.errors import ConfigError

TABLES = ("targets", "thresholds", "history", "report", "ignore", "outputs")
STDOUT = "-"
Thresholds = Mapping[str, Mapping[str, Any]]


class Found(NamedTuple):
    """A file that is TOML: what it says, and what is wrong with it."""

    config: Config
    errors: list[ConfigError]


def load(path: Path | None, detectors: Iterable[type]) -> Config:
    """Read the file; without a path, ``triage.toml`` in the working directory if there is one.

    ``detectors`` are the dataclasses whose fields the thresholds may set.

    Raises:
        ConfigError: the file cannot be read, or says something that is not known.
    """
    named = path or Path(os.environ.get("TRIAGE_CONFIG") or DEFAULT_FILE)
    if path is None and not os.environ.get("TRIAGE_CONFIG") and not named.exists():
        return Config()
    config, errors = problems_of(named, detectors)
    if errors:
        raise errors[0]
    return config


def problems_of(path: Path, detectors: Iterable[type]) -> Found:
    """Read the file and find everything that is wrong with it.

    Raises:
        ConfigError: it cannot be read, or is no TOML.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}", "check what FILE, --config or TRIAGE_CONFIG says"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}", "save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}", "mend the line named above") from error
    reading = _Reading(path, detectors)
    config = reading.config(content)
    if not reading.problems:
        return Found(config, [])
    lines = lines_of(text)
    ordered = sorted(reading.problems, key=lambda problem: line_of(problem.place, lines) or 0)
    return Found(config, [problem.error(path, line_of(problem.place, lines)) for problem in ordered])


def thresholds(path: Path, said: object, detectors: Iterable[type]) -> Thresholds:
    """What a file says of thresholds, as fields of the detectors.

    Raises:
        ConfigError: it names a detector or a field that is not known, or a value that cannot be one.
    """
    reading = _Reading(path, detectors)
    read = reading.thresholds(("thresholds",), said)
    for problem in reading.problems:
        raise problem.error(path, None)
    return read


def threshold_names(detector: type) -> Mapping[str, tuple[str, bool]]:
    """By the name of a threshold in a file: the detector's field, and whether it is a duration."""
    kinds = {f.name: type(f.default) is timedelta for f in fields(detector)}
    return {f"{name}_seconds" if is_duration else name: (name, is_duration) for name, is_duration in kinds.items()}


class _Reading:
    """One file being read. What is wrong is noted, and left out of what it says."""

    def __init__(self, path: Path, detectors: Iterable[type]) -> None:
        self.problems: list[Problem] = []
        self._path = path
        self._detectors = {detector.id: detector for detector in detectors}  # type: ignore[attr-defined]

    def config(self, content: Mapping[str, Any]) -> Config:
        """The whole file."""
        self._known((), content, TABLES)
        targets = self._table(("targets",), content.get("targets", {}))
        ignores = self._tables(("ignore",), content.get("ignore", []), keys.IGNORE)
        for place, ignore in ignores:
            if "finding" in ignore:
                self._known_id((*place, "finding"), ignore["finding"])
        return Config(
            path=self._path,
            targets={name: self._target(("targets", name), value) for name, value in targets.items()},
            thresholds=self.thresholds(("thresholds",), content.get("thresholds", {})),
            history=History(**self._fields(("history",), content.get("history", {}), keys.HISTORY)),
            scheduled=Scheduled(**self._fields(("report",), content.get("report", {}), keys.REPORT)),
            ignores=tuple(Ignore(**{"reason": "", **ignore}) for _, ignore in ignores),
            outputs=tuple(
                Output(**{"format": "", **output})
                for _, output in self._tables(("outputs",), content.get("outputs", []), keys.OUTPUT)
            ),
        )

    def thresholds(self, place: Place, said: object) -> Thresholds:
        """The thresholds of a table."""
        table = self._table(place, said)
        self._known(place, table, self._detectors)
        return {
            name: self._thresholds((*place, name), value, self._detectors[name])
            for name, value in table.items()
            if name in self._detectors
        }

    def _thresholds(self, place: Place, value: object, detector: type) -> Mapping[str, Any]:
        table, names = self._table(place, value), threshold_names(detector)
        self._known(place, table, names)
        values: dict[str, Any] = {}
        for name, number in table.items():
            if name not in names:
                continue
            if not NUMBER.fits(number):
                self._wrong((*place, name), f"must be {NUMBER.expected}", found(number))
                continue
            field, is_duration = names[name]
            values[field] = timedelta(seconds=number) if is_duration else number
        return values

    def _target(self, place: Place, value: object) -> Target:
        table = dict(self._table(place, value))
        own = self.thresholds((*place, "thresholds"), table.pop("thresholds", {}))
        return Target(**self._fields(place, table, keys.TARGET, also=("thresholds",)), thresholds=own)

    def _tables(self, place: Place, value: object, kind: keys.Table) -> list[tuple[Place, dict[str, Any]]]:
        if not isinstance(value, list):
            self._wrong(place, "must be a list of tables", f"write it as [[{place[-1]}]]")
            return []
        return [((*place, at), self._fields((*place, at), each, kind)) for at, each in enumerate(value)]

    def _fields(self, place: Place, value: object, kind: keys.Table, also: tuple[str, ...] = ()) -> dict[str, Any]:
        table = self._table(place, value)
        self._known(place, table, (*kind.keys, *also))
        said: dict[str, Any] = {}
        for name, given in table.items():
            key = kind.keys.get(name)
            if key is None:
                continue
            if key.kind.fits(given):
                said[key.field or name] = self._read(key, given)
            else:
                self._wrong((*place, name), f"must be {key.kind.expected}", found(given))
        for name in kind.required:
            if name not in table:
                self._wrong(place, f"does not say its {name}", f"add {name} = …")
        if all(name in table for name in kind.required):
            for rule in kind.rules:
                if not rule.is_kept(table):
                    self._wrong(place, rule.message, rule.hint)
        return said

    def _read(self, key: keys.Key, given: object) -> object:
        value = key.kind.read(given)
        if key.is_written:
            return value if value == STDOUT else str(self._path.parent / str(value))
        if key.is_path:
            return tuple(map(self._beside, value)) if isinstance(value, tuple) else self._beside(str(value))
        return value

    def _beside(self, name: str) -> str:
        """A path as it is meant in the file: from the file's folder on, wherever triage is run."""
        beside = self._path.parent / name
        return str(beside) if beside.exists() else name

    def _table(self, place: Place, value: object) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return value
        self._wrong(place, "must be a table", f"write it as [{'.'.join(map(str, place))}]")
        return {}

    def _known(self, place: Place, table: Mapping[str, Any], known: Iterable[str]) -> None:
        known = list(known)
        for name in table:
            if name not in known:
                self._wrong((*place, name), "is not known", nearest(name, known, "name"))

    def _known_id(self, place: Place, name: str) -> None:
        if name not in self._detectors:
            self._wrong(place, f"is no finding: {name}", nearest(name, self._detectors, "finding"))

    def _wrong(self, place: Place, message: str, hint: str) -> None:
        self.problems.append(Problem(place=place, message=message, hint=hint))
