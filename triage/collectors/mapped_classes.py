"""The app's mapped classes, imported and read from SQLAlchemy's mappers; no database is asked.

``--models package.module:Base`` names a declarative base, or what has one: a registry, Flask-SQLAlchemy's ``db`` or
its ``db.Model``. Only classes that are imported by then are known, so the module has to be one that imports them all.

https://docs.sqlalchemy.org/en/21/orm/mapping_api.html#sqlalchemy.orm.registry
https://docs.sqlalchemy.org/en/21/orm/internals.html#sqlalchemy.orm.RelationshipProperty
"""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from sqlalchemy import Column, Table
from sqlalchemy.orm import Mapper, RelationshipProperty, registry
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList, ColumnElement, Grouping

from triage.collectors.importing import SPEC, as_the_app, attribute, imported, told
from triage.errors import SourceError, UsageError
from triage.evidence import ClassModel, ColumnPair, Direction, Models, RelationshipModel

_RUN_IT_THERE = "run triage in the app's environment and from the folder the app starts in"
_IMPORT_ALL = "name a module that imports all models, and their base: --models package.models:Base"
_DIRECTIONS = {
    "ONETOMANY": Direction.ONE_TO_MANY,
    "MANYTOONE": Direction.MANY_TO_ONE,
    "MANYTOMANY": Direction.MANY_TO_MANY,
}


def read(spec: str) -> Models:
    """Import the base and read all classes that are mapped on it.

    Raises:
        UsageError: it is not of the form ``module:Base``.
        SourceError: it cannot be imported, is no declarative base, or its mappers cannot be configured.
    """
    match = SPEC.fullmatch(spec)
    if match is None:
        raise UsageError(
            f"{spec} is not module:Base", "name the app's declarative base, as in --models shop.models:Base"
        )
    with as_the_app():
        module = imported(match["module"], _RUN_IT_THERE)
        target = attribute(module, match["attribute"], _bases_in)
        found = _registry(target)
        if found is None:
            raise SourceError(f"{spec} is no declarative base", _bases_in(module))
        try:
            found.configure(cascade=True)
            mappers = sorted(found.mappers, key=lambda each: each.class_.__name__)
            models = Models(
                classes=tuple(_class(each) for each in mappers),
                relationships=tuple(_relationship(prop) for each in mappers for prop in _declared(each)),
            )
        except Exception as error:
            raise SourceError(f"the mappers of {spec} cannot be configured: {told(error)}", _IMPORT_ALL) from error
    if not models.classes:
        raise SourceError(f"no class is mapped on {spec} once {match['module']} is imported", _IMPORT_ALL)
    return models


def _registry(target: object) -> "registry | None":
    """The registry of a base, or of what has one."""
    for each in (target, getattr(target, "Model", None)):
        for found in (each, getattr(each, "registry", None), getattr(each, "_sa_registry", None)):
            if isinstance(found, registry):
                return found
    return None


def _bases_in(module: ModuleType) -> str:
    """A hint that names what in the module could have been meant."""
    names = sorted(name for name, value in vars(module).items() if isinstance(value, type) and _registry(value))
    shown = [name for name in names if not hasattr(getattr(module, name), "__mapper__")]
    return f"{_IMPORT_ALL}; {module.__name__} has {', '.join(shown)}" if shown else _IMPORT_ALL


def _class(mapper: Mapper[Any]) -> ClassModel:
    table = mapper.local_table
    own = table if isinstance(table, Table) else None
    attributes: dict[str, str] = {}
    deferred: set[str] = set()
    for prop in mapper.column_attrs:
        for column in prop.columns:
            if isinstance(column, Column) and column.table is own:
                attributes[column.name] = prop.key
                if prop.deferred:
                    deferred.add(column.name)
    return ClassModel(
        name=mapper.class_.__name__,
        table=own.fullname if own is not None else None,
        tables=tuple(each.fullname for each in mapper.tables if isinstance(each, Table)),
        primary_key=tuple(column.name for column in own.primary_key) if own is not None else (),
        attributes=attributes,
        deferred=frozenset(deferred),
        base=mapper.inherits.class_.__name__ if mapper.inherits else None,
    )


def _declared(mapper: Mapper[Any]) -> Iterator[RelationshipProperty[Any]]:
    """The relationships of the class itself, without those that it inherits."""
    yield from (each for each in mapper.relationships if each.parent is mapper)


def _relationship(prop: RelationshipProperty[Any]) -> RelationshipModel:
    secondary = prop.secondary if isinstance(prop.secondary, Table) else None
    pairs = prop.synchronize_pairs if secondary is not None else prop.local_remote_pairs
    keys = [each for each in _clauses(prop.primaryjoin) if _is_key(each)]
    return RelationshipModel(
        owner=prop.parent.class_.__name__,
        name=prop.key,
        direction=_DIRECTIONS[prop.direction.name],
        target=prop.mapper.class_.__name__,
        tables=tuple(each.fullname for each in prop.mapper.tables if isinstance(each, Table)),
        pairs=tuple(_pair(local, remote) for local, remote in pairs or ()),
        secondary=secondary.fullname if secondary is not None else None,
        uselist=bool(prop.uselist),
        lazy=str(prop.lazy),
        bind_left=all("remote" in each.right._annotations for each in keys),
        filtered=len(keys) < len(list(_clauses(prop.primaryjoin))),
    )


def _pair(local: ColumnElement[Any], remote: ColumnElement[Any]) -> ColumnPair:
    return ColumnPair(
        local_table=_table_of(local),
        local=str(getattr(local, "name", "")),
        remote_table=_table_of(remote),
        remote=str(getattr(remote, "name", "")),
    )


def _table_of(column: ColumnElement[Any]) -> str:
    table = getattr(column, "table", None)
    return str(getattr(table, "fullname", None) or getattr(table, "name", "") or "")


def _clauses(clause: Any) -> Iterator[Any]:
    """What an AND is made of."""
    if isinstance(clause, Grouping):
        yield from _clauses(clause.element)
    elif isinstance(clause, BooleanClauseList) and clause.operator is operators.and_:
        for each in clause.clauses:
            yield from _clauses(each)
    else:
        yield clause


def _is_key(clause: Any) -> bool:
    """Say whether it compares a column of the owner with one of the target or the secondary."""
    return (
        isinstance(clause, BinaryExpression)
        and clause.operator is operators.eq
        and ("remote" in clause.left._annotations) is not ("remote" in clause.right._annotations)
        and all(hasattr(side, "table") for side in (clause.left, clause.right))
    )
