"""An engine named as ``module:attribute``, imported the way gunicorn imports an app.

Nothing that is found is called or connected.

Source: https://docs.gunicorn.org/en/stable/run.html.
"""

import contextlib
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from types import ModuleType

from sqlalchemy.engine import URL, Engine
from sqlalchemy.pool import Pool

from triage.collectors.engine_config import live_engine, tables
from triage.collectors.engine_config.declaration import Reading, Reference, Unread
from triage.collectors.engine_config.flask import PREFIX
from triage.collectors.importing import SPEC, as_the_app, attribute, imported, told
from triage.errors import SourceError

_RUN_IT_THERE = (
    "run triage in the app's environment and from the folder the app starts in; "
    "or name its .py file, which is read and not run"
)
_NAME_IT = "name a file alone, which is read as a whole, or an imported package.module:engine"
_WANTED = "an engine, a session factory that is bound to one, or a mapping of create_engine's options"
_WRAPPERS = ("sync_engine", "sync_session", "session_factory", "engine")
"""Where SQLAlchemy's objects keep what they are built around: of an asyncio engine or session, a
scoped session, and a connection."""


def read(spec: str) -> Reading:
    """Import the attribute and find its engines.

    Raises:
        SourceError: it cannot be imported, or is nothing that has an engine.
    """
    match = SPEC.fullmatch(spec)
    if match is None or Path(spec.partition(":")[0]).is_file():
        raise SourceError(f"{spec} is neither a file nor module:attribute", _NAME_IT)
    with as_the_app():
        module = imported(match["module"], _RUN_IT_THERE)
        target = attribute(module, match["attribute"], _engines_in)
        return _reading(target, name=match["attribute"], spec=spec, module=module)


def _reading(target: object, *, name: str, spec: str, module: ModuleType) -> Reading:
    if isinstance(target, type):  # one of Flask's config classes, if it has any settings
        target = {key: getattr(target, key) for key in dir(target) if key.startswith(PREFIX)} or target
    try:
        found = list(_engines(target, name))
    except (Exception, SystemExit) as error:
        raise SourceError(f"{spec} cannot be read: {told(error)}", _engines_in(module)) from error
    labels: dict[int, tuple[str, Engine]] = {}
    for label, engine in found:
        labels.setdefault(id(engine.pool), (label, engine))  # an engine and its options share one pool
    if labels:
        file = getattr(module, "__file__", None)
        return Reading(tuple(live_engine.declaration(e, path=(label,), file=file) for label, e in labels.values()))
    if isinstance(target, Mapping):
        return tables.read(_plain(target), name=name, source=spec, converts_text=False)
    kind = "class" if isinstance(target, type) else type(target).__name__
    called = ", and triage does not call it" if callable(target) and not _is_of_sqlalchemy(target) else ""
    raise SourceError(f"{spec} is a {kind} without an engine{called}", _engines_in(module))


def _engines(target: object, name: str) -> Iterator[tuple[str, Engine]]:
    """The engines behind an object, each with a name."""
    if isinstance(target, Engine):
        yield name, target
    elif isinstance(target, Mapping):
        for key, value in target.items():
            if _is_of_sqlalchemy(value):
                yield from _engines(value, f"{name}[{getattr(key, '__name__', key)}]")
    elif _is_of_sqlalchemy(target):
        for inner in filter(None, (getattr(target, wrapper, None) for wrapper in _WRAPPERS)):
            yield from _engines(inner, name)
            return
        keywords = getattr(target, "kw", {})  # of a sessionmaker
        # 2.1 made a session's binds public
        binds = getattr(target, "binds", None) or getattr(target, "_Session__binds", {})
        yield from _engines(keywords.get("bind") or getattr(target, "bind", None), name)
        yield from _engines(keywords.get("binds") or binds, name)


def _is_of_sqlalchemy(target: object) -> bool:
    return any(cls.__module__.partition(".")[0] == "sqlalchemy" for cls in type(target).__mro__)


def _plain(options: Mapping[object, object]) -> dict[object, object]:
    """The mapping with what SQLAlchemy's objects stand for in place of them."""
    return {key: _plain_value(value) for key, value in options.items()}


def _plain_value(value: object) -> object:
    match value:
        case URL():
            return value.render_as_string(hide_password=True)
        case Pool():
            return Unread("already built")
        case type():
            return Reference(f"{value.__module__}.{value.__qualname__}")
        case Enum():
            return Reference(value.name)
        case Mapping():
            return _plain(value)
    return value


def _engines_in(module: ModuleType) -> str:
    """A hint that names what in the module could have been meant."""
    names = []
    for name, value in vars(module).items():
        with contextlib.suppress(Exception):
            if any(_engines(value, name)):
                names.append(name)
    return f"name {_WANTED}" + (f"; {module.__name__} has {', '.join(sorted(names))}" if names else "")
