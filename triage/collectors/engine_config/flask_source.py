"""Flask-SQLAlchemy's settings in a Python file.

They stand as constants of a config module, as attributes of config classes, or are put into
``app.config``; the extension itself may be given ``engine_options``. All of them in one file are
taken to be one app's. Config classes are alternatives to each other, and inherit.

Source: https://flask.palletsprojects.com/en/stable/config/.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from triage.collectors.engine_config import environments, flask
from triage.collectors.engine_config.calls import place_of
from triage.collectors.engine_config.constructed import spread
from triage.collectors.engine_config.declaration import Declaration, Reading, Unread
from triage.collectors.engine_config.literals import keywords_of, value_of, value_of_name
from triage.collectors.engine_config.names import path_of, sqlalchemy_name
from triage.collectors.engine_config.scopes import Scope, Scopes
from triage.collectors.engine_config.tables import options_of
from triage.evidence import Gap

_READ_BY_PYDANTIC = frozenset({"BaseModel", "BaseSettings"})
"""Bases of classes that take their values from the environment and are no Flask config."""


@dataclass(frozen=True, slots=True)
class _Setting:
    key: str
    value: object
    line: int


@dataclass(frozen=True, slots=True)
class _Extension:
    name: str
    options: Mapping[str, object]
    line: int | None


_Settings = dict[str, _Setting]


def read(scopes: Scopes, source: str) -> Reading:
    """Find the engines that the settings of a file make."""
    common = _joined([*_constants(scopes), *_put_into_config(scopes)])
    extension = _extension(scopes)
    configs = {scope.name: settings | common for scope, settings in _config_classes(scopes)} or {extension.name: common}
    used, gaps = environments.in_use(list(_engines(configs, extension)), source)
    outdated = sorted({key for settings in configs.values() for key in settings.keys() & flask.VERSION_2_KEYS})
    if outdated:
        reason = (
            f"Flask-SQLAlchemy 3 ignores {', '.join(outdated)}, which version 2 reads: they were taken as they stand"
        )
        gaps.append(Gap(source=source, reason=reason, hint="put them into SQLALCHEMY_ENGINE_OPTIONS, which both read"))
    return Reading(tuple(used), tuple(gaps))


def _engines(configs: Mapping[str, _Settings], extension: _Extension) -> Iterator[Declaration]:
    for name, settings in configs.items():
        if not (flask.ENGINE_KEYS | flask.VERSION_2_KEYS) & settings.keys() and not extension.options:
            continue
        first = settings.get(f"{flask.PREFIX}ENGINE_OPTIONS") or next(iter(settings.values()), None)
        options = options_of({key: setting.value for key, setting in settings.items()})
        base = Declaration(path=(name,), options=options, line=first.line if first else extension.line)
        yield from flask.engines(base, extension.options)


def _constants(scopes: Scopes) -> Iterator[_Setting]:
    """Constants of the module, but for those the file uses itself, as in ``create_engine(SQLALCHEMY_DATABASE_URI)``."""
    for setting in _bound(scopes.module):
        if setting.key not in scopes.read_names:
            yield setting


def _bound(scope: Scope) -> Iterator[_Setting]:
    for name, bindings in scope.bindings.items():
        if name.startswith(flask.PREFIX):
            line = next((binding.lineno for binding in bindings if isinstance(binding, ast.expr)), 1)
            yield _Setting(name, value_of_name(name, scope), line)


def _put_into_config(scopes: Scopes) -> Iterator[_Setting]:
    for node, scope in scopes.scope_of.items():
        for key, value in _pairs(node, scope):
            if key.startswith(flask.PREFIX):
                yield _Setting(key, value_of(value, scope), value.lineno)


def _pairs(node: ast.AST, scope: Scope) -> Iterable[tuple[str, ast.expr]]:
    """Keys and values that a statement or a call puts into a mapping."""
    match node:
        case ast.Assign(targets=[ast.Subscript(value=mapping, slice=ast.Constant(value=str(key)))], value=value):
            return [] if path_of(mapping, scope) == "os.environ" else [(key, value)]
        case ast.Call(func=ast.Attribute(attr="setdefault"), args=[ast.Constant(value=str(key)), value]):
            return [(key, value)]
        case ast.Call(keywords=keywords):
            return [(keyword.arg, keyword.value) for keyword in keywords if keyword.arg]
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return [(k.value, v) for k, v in pairs if isinstance(k, ast.Constant) and isinstance(k.value, str)]
    return []


def _joined(settings: Iterable[_Setting]) -> _Settings:
    joined: _Settings = {}
    for setting in settings:
        value = setting.value
        if setting.key in joined and joined[setting.key].value != value:
            value = Unread(f"{setting.key}, which is set more than once")
        joined[setting.key] = _Setting(setting.key, value, setting.line)
    return joined


def _config_classes(scopes: Scopes) -> Iterator[tuple[Scope, _Settings]]:
    """Classes that hold or inherit settings, without those that only serve as a base."""
    settings: dict[str, _Settings] = {}
    bases: set[str] = set()
    for scope in scopes.classes:
        if isinstance(scope.node, ast.ClassDef):
            names = [ast.unparse(base) for base in scope.node.bases]
            if not any(name.rpartition(".")[2] in _READ_BY_PYDANTIC for name in names):
                inherited = [setting for name in reversed(names) for setting in settings.get(name, {}).values()]
                settings[scope.name] = {setting.key: setting for setting in (*inherited, *_bound(scope))}
                bases.update(names)
    for scope in scopes.classes:
        if scope.name not in bases and settings.get(scope.name):
            yield scope, settings[scope.name]


def _extension(scopes: Scopes) -> _Extension:
    """What ``db = SQLAlchemy(…)`` is called and what it gives to all engines."""
    for node, scope in scopes.scope_of.items():
        if isinstance(node, ast.Call) and sqlalchemy_name(node.func, scope) == "SQLAlchemy":
            options = keywords_of(node, scope).get("engine_options", {})
            return _Extension(place_of(node, scopes).name, spread({}, options), node.lineno)
    return _Extension("db", {}, None)
