"""The app's engine config: how its connection pools are built.

It is read from a configuration file, from Python source that is never run, or from an engine that
is imported by its name. What stands there is reported as it stands, SQLAlchemy's own defaults
filled in; what only the running app knows is a gap, and never taken for a default.

Source: https://docs.sqlalchemy.org/en/20/core/engines.html.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from triage.collectors.engine_config import files, python_source, tables
from triage.collectors.engine_config.declaration import Declaration, Reading
from triage.collectors.engine_config.options import engine_config
from triage.errors import SourceError
from triage.evidence import EngineConfig, Evidence, Source, SourceKind

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_EXPECTED = {
    ".py": "name the file that calls create_engine or holds the Flask-SQLAlchemy settings, or the engine itself: "
    "package.module:engine",
    ".ini": "give it sqlalchemy.pool_size and the like; the URL Alembic migrates with says nothing of the app's pool",
}
_EXPECTED_TABLE = "give it a table such as [engine] with pool_size, max_overflow or url"


def collect(spec: str, *, processes: int | None, collected_at: datetime) -> Evidence:
    """Read the engines that a file or a ``module:attribute`` declares.

    Args:
        spec: the path of a .toml, .yaml, .json, .ini or .py file, or ``module:attribute``.
        processes: how many processes build each engine, whatever the file says of it.
        collected_at: when the look began.

    Raises:
        SourceError: it cannot be read, or declares no engine.
    """
    reading = _read(spec)
    if not reading.declarations:
        raise SourceError(f"there is no engine in {spec}", _EXPECTED.get(Path(spec).suffix.lower(), _EXPECTED_TABLE))
    engines: list[EngineConfig] = []
    gaps = list(reading.gaps)
    for name, declaration in zip(_names(reading.declarations), reading.declarations, strict=True):
        engine, unread = engine_config(declaration, name=name, source=spec, processes=processes)
        engines.append(engine)
        gaps += unread
    backends = {engine.backend for engine in engines}
    source = Source(
        kind=SourceKind.ENGINE,
        name=spec,
        collected_at=collected_at,
        backend=backends.pop() if len(backends) == 1 else None,
    )
    return Evidence(collected_at=collected_at, sources=(source,), gaps=tuple(gaps), engines=tuple(engines))


def _read(spec: str) -> Reading:
    path = Path(spec)
    if not path.exists() and ":" in spec and not _DRIVE.match(spec):
        from triage.collectors.engine_config import attribute  # noqa: PLC0415 - imports SQLAlchemy

        return attribute.read(spec)
    if path.suffix.lower() == ".py":
        return python_source.read(path)
    return tables.read(files.parse(path), name=path.stem, source=spec, converts_text=True)


def _names(declarations: Sequence[Declaration]) -> list[str]:
    """The engines' names: the last part of each path, more of it where that names two, and at last a number."""
    last = Counter(declaration.path[-1] for declaration in declarations)
    seen: Counter[str] = Counter()
    names = []
    for path in (declaration.path for declaration in declarations):
        name = path[-1] if last[path[-1]] == 1 else ".".join(path)
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names
