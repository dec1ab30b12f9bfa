"""Engines in a configuration file or another mapping.

A table declares an engine if it has an option that only SQLAlchemy knows or the URL of a database,
or if it is named like one and has any option at all. What else an app configures is passed over:
``pool_size`` alone may be Redis', and counts only where nothing else in the file is an engine.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import islice

from triage.collectors.engine_config import environments, flask
from triage.collectors.engine_config.database_url import is_database_url
from triage.collectors.engine_config.declaration import REST, Declaration, Reading, Unread
from triage.collectors.engine_config.defaults import DISTINCT_OPTIONS, ENGINE_OPTIONS, SHARED_OPTIONS
from triage.errors import SourceError

_NAMES = frozenset({"database", "db", "engine", "sqlalchemy"})
_PLURALS = frozenset({"databases", "engines"})
_URL_NAMES = frozenset({"dsn", "uri", "url"})
_INLINE = frozenset({"args", "kwargs", "options", "pool"})
"""Tables inside an engine's own that hold options of the same engine."""
_VALUES = _INLINE | {"binds", "connect_args", "execution_options"}

_PREFIX = re.compile(r"(?:(?:sqlalchemy|database|db|engine)_)+", re.IGNORECASE)
_TELLING = DISTINCT_OPTIONS | SHARED_OPTIONS
_ENOUGH_IN_A_NAMED_TABLE = _TELLING | {"echo", "execution_options", "url"}

_DEEPEST = 12
_MOST = 10_000
"""Tables and lists looked at, at the most: aliases can make a short YAML file endless."""


@dataclass(frozen=True, slots=True)
class _Table:
    path: tuple[str, ...]
    content: Mapping[object, object]
    processes: object = None
    """What the table, or the nearest one around it, says of processes."""


_Found = tuple[tuple[str, ...], Declaration]
"""A declaration and the path of the table it is in."""


def read(document: object, *, name: str, source: str, converts_text: bool) -> Reading:
    """Find the engines in a document; ``name`` is for an engine at its top."""
    tables = list(islice(_tables(document, _Table((), {})), _MOST + 1))
    if len(tables) > _MOST:
        raise SourceError(f"{source} holds more than {_MOST} tables", "name a file that holds the engine config alone")
    certain: list[_Found] = []
    plausible: list[_Found] = []
    for table in tables:
        for prefix, options in _by_prefix(table.content).items():
            path = table.path + (() if prefix in {"", "sqlalchemy"} else (prefix,))
            declaration = Declaration(
                path=path or (name,), options=options, converts_text=converts_text, processes=table.processes
            )
            if flask.FLASK_KEYS & table.content.keys():
                certain += [(table.path, engine) for engine in flask.engines(declaration, {})]
            elif _is_engine(table.path, prefix, options):
                certain.append((table.path, declaration))
            elif SHARED_OPTIONS & options.keys() and not _is_foreign(options):
                plausible.append((table.path, declaration))
    used, gaps = environments.in_use(_with_defaults(_without_values(certain or plausible)), source)
    return Reading(tuple(used), tuple(gaps))


def options_of(content: Mapping[object, object]) -> dict[str, object]:
    """The options of a table whose keys have no prefix or one of ours, by SQLAlchemy's names."""
    return _by_prefix(content).get("", {})


def _tables(value: object, table: _Table) -> Iterator[_Table]:
    """Walk over all tables, and lists, as tables without content, so that they count."""
    path, processes = table.path, table.processes
    if len(path) > _DEEPEST:
        return
    if isinstance(value, Mapping):
        processes = value.get("processes", processes)
        yield _Table(path, value, processes)
        for key, item in value.items():
            yield from _tables(item, _Table((*path, str(key)), {}, processes))
    elif isinstance(value, list):
        yield _Table(path, {})
        for index, item in enumerate(value):
            named = item.get("name") if isinstance(item, Mapping) else None
            name = named if isinstance(named, str) else f"{path[-1] if path else ''}[{index}]"
            yield from _tables(item, _Table((*path, name), {}, processes))
    elif _is_in_plural(path) and is_database_url(value):
        yield _Table(path, {"url": value}, processes)


def _by_prefix(content: Mapping[object, object]) -> dict[str, dict[str, object]]:
    """The options of a table, by the dotted prefix of their keys."""
    groups: dict[str, dict[str, object]] = {}
    for key, value in content.items():
        prefix, _, name = str(key).rpartition(".")
        options = groups.setdefault(prefix.lower(), {})
        option = _option(name)
        if option in _URL_NAMES:
            if "url" not in options or is_database_url(value):
                options["url"] = value
        elif option in _INLINE and isinstance(value, Mapping):
            options |= {_pool_option(str(k)) if option == "pool" else str(k): v for k, v in value.items()}
        elif option in _INLINE and isinstance(value, Unread) and option != "pool":
            options[REST] = value
        else:
            options[option] = value
    return groups


def _option(name: str) -> str:
    match = _PREFIX.match(name)
    return name[match.end() if match else 0 :].lower()


def _pool_option(name: str) -> str:
    return name if name in ENGINE_OPTIONS | {REST} else f"pool_{name}"


def _is_engine(path: tuple[str, ...], prefix: str, options: Mapping[str, object]) -> bool:
    if DISTINCT_OPTIONS & options.keys() or is_database_url(options.get("url")):
        return True
    own_name = (prefix or (path[-1] if path else "")).rpartition(".")[2].lower()
    if not (own_name in _NAMES or _is_in_plural(path)) or _is_foreign(options):
        return False
    return bool(_ENOUGH_IN_A_NAMED_TABLE & options.keys()) or any(
        get_close_matches(name, _TELLING, n=1, cutoff=0.8) for name in options
    )


def _is_in_plural(path: tuple[str, ...]) -> bool:
    return len(path) > 1 and path[-2].lower() in _PLURALS


def _is_foreign(options: Mapping[str, object]) -> bool:
    """Whether the URL is one of a cache, a broker or a web page."""
    url = options.get("url")
    return isinstance(url, str) and "://" in url and not is_database_url(url)


def _without_values(found: list[_Found]) -> list[_Found]:
    """Leave out tables that are the value of an engine's option, such as ``connect_args``."""
    engines = {path for path, _ in found}

    def is_value(path: tuple[str, ...]) -> bool:
        return any(path[:i] in engines and _option(path[i]) in _VALUES for i in range(len(path)))

    return [(path, declaration) for path, declaration in found if not is_value(path)]


def _with_defaults(found: list[_Found]) -> list[Declaration]:
    """Let a table that has no URL and holds other engines give them their defaults."""
    outer = {path: engine for path, engine in found if "url" not in engine.options and not engine.is_flask}
    inherited: set[tuple[str, ...]] = set()
    complete: list[_Found] = []
    for path, engine in found:
        around = [path[:i] for i in range(len(path)) if path[:i] in outer]
        inherited.update(around)
        options: dict[str, object] = {}
        for table in around:
            options |= outer[table].options
        complete.append((path, replace(engine, options=options | dict(engine.options))))
    return [engine for path, engine in complete if path not in inherited]
