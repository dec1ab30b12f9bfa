"""How a runbook proves itself: what triage sees of its broken app, and no longer of the fixed one.

It is said in the runbook's front matter:

    proof:
      - app: broken_retry.py                # its partner is fixed_retry.py
        check: [idle-in-transaction]        # by the look of that name, exactly these ids of findings
        backends: [postgresql, mariadb]
        thresholds: {idle-in-transaction: {warning_seconds: 1}}
        processes: 1
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from triage.config import nearest
from triage.errors import ConfigError

BACKENDS = ("postgresql", "mysql", "mariadb")

LOOKS = ("check", "replay", "explain", "engine")
"""What can be looked at: the live database with the engine config, the server's log, what the app printed, and the
engine config alone."""

_KEYS = ("app", *LOOKS, "backends", "thresholds", "processes")
_APP = re.compile(r"broken(_[a-z0-9]+)*\.py")
_HINT = "write a list of entries such as {app: broken.py, check: [idle-in-transaction]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One app and what is found by looking at it."""

    app: str
    """The broken script's name, in the runbook's folder."""
    looks: Mapping[str, frozenset[str]]
    """By look, the ids of all that it finds, whatever its severity."""
    backends: tuple[str, ...] = BACKENDS
    thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """As in ``triage.toml``."""
    processes: int = 1
    """How many processes the app is said to run as."""

    @property
    def partner(self) -> str:
        """The fixed script's name."""
        return f"fixed{self.app.removeprefix('broken')}"

    @property
    def findings(self) -> frozenset[str]:
        """The ids that any of its looks finds."""
        return frozenset().union(*self.looks.values())


def read(path: Path, said: object) -> tuple[Proof, ...]:
    """What the front matter of the runbook at ``path`` says under ``proof``.

    Raises:
        ConfigError: it says something that is not known, or not what it must be.
    """
    if not isinstance(said, list):
        raise ConfigError(f"the proof in {path} is no list", _HINT)
    return tuple(_proof(f"{path}: proof {number}", entry) for number, entry in enumerate(said, start=1))


def _proof(where: str, entry: object) -> Proof:
    if not isinstance(entry, dict):
        raise ConfigError(f"{where} is no mapping", _HINT)
    for key in entry:
        if key not in _KEYS:
            raise ConfigError(f"{where} says {key}, which is not known", nearest(str(key), _KEYS, "key"))
    app = entry.get("app")
    if not isinstance(app, str) or not _APP.fullmatch(app):
        raise ConfigError(f"{where} does not say its app", "write app: broken.py or app: broken_<variant>.py")
    looks = {look: frozenset(_names(where, look, entry[look])) for look in LOOKS if look in entry}
    if not looks:
        raise ConfigError(f"{where} says no look", f"say what is found by {', '.join(LOOKS[:-1])} or {LOOKS[-1]}")
    backends = tuple(_names(where, "backends", entry.get("backends", list(BACKENDS))))
    if not backends:
        raise ConfigError(f"{where} has no backends", f"leave the key out, or name some of {', '.join(BACKENDS)}")
    for backend in backends:
        if backend not in BACKENDS:
            raise ConfigError(f"{where}: {backend} is not a backend", nearest(backend, BACKENDS, "backend"))
    processes = entry.get("processes", 1)
    if isinstance(processes, bool) or not isinstance(processes, int) or processes < 1:
        raise ConfigError(f"{where}: processes must be an int, 1 or more", f"it is {processes!r}")
    thresholds = dict(_thresholds(where, entry.get("thresholds", {})))
    return Proof(app=app, looks=looks, backends=backends, thresholds=thresholds, processes=processes)


def _names(where: str, key: str, value: object) -> list[str]:
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return value
    raise ConfigError(
        f"{where}: {key} is no list of names", f"write {key}: [{value if isinstance(value, str) else ''}]"
    )


def _thresholds(where: str, said: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Whether a detector has that threshold is known, and said, where they are put to use."""
    if not isinstance(said, dict) or not all(isinstance(values, dict) for values in said.values()):
        raise ConfigError(
            f"{where}: thresholds must be a mapping of mappings", "write {idle-in-transaction: {warning_seconds: 1}}"
        )
    for detector, values in said.items():
        yield str(detector), {str(name): value for name, value in values.items()}
