"""Calls that build an engine, in a Python file.

Sources: https://docs.sqlalchemy.org/en/20/core/engines.html#engine-creation-api,
https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#sqlalchemy.ext.asyncio.create_async_engine.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from triage.collectors.engine_config.constructed import spread
from triage.collectors.engine_config.declaration import REST, Declaration, Unread
from triage.collectors.engine_config.defaults import POOL_ARGUMENTS
from triage.collectors.engine_config.literals import keywords_of, value_of
from triage.collectors.engine_config.names import sqlalchemy_name
from triage.collectors.engine_config.scopes import Scope, Scopes

_FACTORIES = frozenset({"create_async_engine", "create_engine", "create_pool_from_url"})
_FROM_CONFIG = frozenset({"async_engine_from_config", "engine_from_config"})
_LOOPS = (ast.AsyncFor, ast.For, ast.While, ast.DictComp, ast.GeneratorExp, ast.ListComp, ast.SetComp)
_SCOPES = (ast.AsyncFunctionDef, ast.FunctionDef, ast.Lambda, ast.ClassDef, ast.Module)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the result of a call goes."""

    scope: Scope
    target: str | None
    """What it is assigned to, as it stands in the file."""
    name: str
    in_loop: bool


def engine_calls(scopes: Scopes) -> Iterator[tuple[Declaration, Place]]:
    """The engines that the calls of a file build, in the order of the file."""
    later = dict(_later_execution_options(scopes))
    for node in sorted((node for node in scopes.scope_of if isinstance(node, ast.Call)), key=lambda node: node.lineno):
        scope = scopes.scope_of[node]
        factory = sqlalchemy_name(node.func, scope)
        if factory in _FACTORIES | _FROM_CONFIG:
            place = place_of(node, scopes)
            options = _options(node, scope, factory)
            execution = _chained_execution_options(node, scopes) | later.get((scope, place.target), {})
            if execution:
                given = options.get("execution_options")
                options["execution_options"] = {**(given if isinstance(given, Mapping) else {}), **execution}
            declaration = Declaration(
                path=(place.name,),
                options=options,
                converts_text=factory in _FROM_CONFIG,
                is_async="async" in factory,
                line=node.lineno,
                function=scope.function,
            )
            yield declaration, place


def place_of(node: ast.expr, scopes: Scopes) -> Place:
    """Find what the result of an expression is called."""
    target: ast.expr | None = None
    name: str | None = None
    in_loop = False
    child: ast.AST = node
    while not isinstance(parent := scopes.parent_of[child], _SCOPES):
        in_loop |= isinstance(parent, _LOOPS) and child is not getattr(parent, "iter", None)
        if name is None:
            target = _target(parent)
            name = _key(parent, child) if isinstance(parent, ast.Dict) else _name(target)
        child = parent
    scope = scopes.scope_of[node]
    fallback = getattr(parent, "name", None) if scope.function else None
    return Place(scope, ast.unparse(target) if target else None, name or fallback or "engine", in_loop)


def _options(node: ast.Call, scope: Scope, factory: str) -> dict[str, object]:
    """What the call gives, by the names ``create_engine`` has."""
    arguments = [value_of(argument, scope) for argument in node.args]
    options = keywords_of(node, scope)
    if factory in _FROM_CONFIG:
        positional = dict(zip(("configuration", "prefix"), arguments, strict=False))
        configuration = options.pop("configuration", positional.get("configuration"))
        prefix = options.pop("prefix", positional.get("prefix", "sqlalchemy."))
        return spread(_without_prefix(configuration, prefix), options)
    if arguments:
        options["url"] = arguments[0]
    if factory == "create_pool_from_url":
        return {POOL_ARGUMENTS.get(name, name): value for name, value in options.items()}
    pool = options.get("pool")
    return {**options, **pool, "pool": None} if isinstance(pool, Mapping) else options


def _without_prefix(configuration: object, prefix: object) -> dict[str, object]:
    if not isinstance(configuration, Mapping) or not isinstance(prefix, str):
        unread = configuration if isinstance(configuration, Unread) else prefix
        return {REST: unread if isinstance(unread, Unread) else Unread("a value that is no mapping")}
    options = {name.removeprefix(prefix): value for name, value in configuration.items() if name.startswith(prefix)}
    return options | ({REST: configuration[REST]} if REST in configuration else {})


def _chained_execution_options(node: ast.Call, scopes: Scopes) -> dict[str, object]:
    """The options of ``create_engine(…).execution_options(…)``."""
    method = scopes.parent_of[node]
    call = scopes.parent_of.get(method)
    if isinstance(method, ast.Attribute) and method.attr == "execution_options" and isinstance(call, ast.Call):
        return keywords_of(call, scopes.scope_of[call])
    return {}


def _later_execution_options(scopes: Scopes) -> Iterator[tuple[tuple[Scope, str | None], dict[str, object]]]:
    """The options of ``engine = engine.execution_options(…)``, by where the engine is."""
    for node, scope in scopes.scope_of.items():
        match node:
            case ast.Assign(
                targets=[target], value=ast.Call(func=ast.Attribute(value=engine, attr="execution_options")) as call
            ) if ast.unparse(target) == ast.unparse(engine):
                yield (scope, ast.unparse(target)), keywords_of(call, scope)


def _target(node: ast.AST) -> ast.expr | None:
    match node:
        case ast.Assign(targets=[target, *_]) | ast.AnnAssign(target=target) | ast.NamedExpr(target=target):
            return target if isinstance(target, ast.Name | ast.Attribute | ast.Subscript) else None
    return None


def _name(target: ast.expr | None) -> str | None:
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Subscript(value=value):
            return _name(value)
    return None


def _key(node: ast.Dict, value: ast.AST) -> str | None:
    keys = (key for key, item in zip(node.keys, node.values, strict=True) if item is value)
    return next((key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)), None)
