"""Lazy loads of collections: one-to-many, many-to-many, and a one-to-one from its other side.

A lazy load of a collection has the value on the left, ``WHERE 7 = books.author_id``, in every version of SQLAlchemy;
people write it on the right. It must not be mistaken for a custom primaryjoin, which keeps its author's order and may
be either, nor for the columns of a subclass, which are asked for by the subclass's primary key.

https://docs.sqlalchemy.org/en/21/orm/queryguide/relationships.html#lazy-loading
"""

from triage.detectors.repetitions import code, mapped
from triage.detectors.repetitions.context import Context
from triage.detectors.repetitions.names import is_plural, names, plain, stem
from triage.detectors.repetitions.parents import best, candidates, owners
from triage.detectors.repetitions.reading import columns_of
from triage.detectors.repetitions.verdict import Candidate, Signal, Verdict
from triage.evidence import Direction, RelationshipModel
from triage.sql.shape import Equality, Side, is_same_table


def collection(context: Context) -> Verdict | None:
    """The verdict on a statement that looks like a lazy load of a collection; None if it does not."""
    keys = [each for each in context.keys if each.side is Side.LEFT]
    if found := mapped.collections(context):
        return _mapped(context, found, context.keys[0])
    return _inferred(context, keys) if keys else None


def is_through_secondary(context: Context, key: Equality) -> bool:
    """Say whether the key is one of an association table: joined, and no column of it asked for."""
    table = context.shape.table or ""
    if key.table is None or is_same_table(key.table, table):
        return False
    joined = any(
        is_same_table(key.table, side.table or "") for join in context.shape.joins for side in (join.left, join.right)
    )
    projected = any(is_same_table(key.table, column.table or "") for column in context.shape.projection)
    return joined and not projected


def _signs(context: Context, key: Equality, parent: Candidate | None) -> list[Signal]:
    where = f"{plain(key.table or context.shape.table or '')}.{key.column}"
    signals = [*context.manner()]
    if key.side is Side.LEFT:
        signals.append(Signal(f"the value stands on the left of {where}, as a lazy load writes it", 3))
    if is_through_secondary(context, key):
        signals.append(Signal(f"it joins {plain(key.table or '')} and asks for nothing of it, as a secondary", 2))
    return [*signals, *(parent.signals if parent else ())]


def _inferred(context: Context, keys: list[Equality]) -> Verdict:
    table = context.shape.table or ""
    weighed = [(each, candidates(context, owners(context, each.column, each.table or table))) for each in keys]
    key, found = max(weighed, key=lambda pair: max((each.score for each in pair[1]), default=0))
    parent = best(found)
    is_secondary = is_through_secondary(context, key)
    name = None if context.is_filtered else _name(context, key, parent)
    return Verdict(
        finding="n-plus-one",
        kind="many-to-many" if is_secondary else "one-to-many",
        parent=parent.statement if parent else None,
        relationships=(name,) if name else (),
        loader="selectinload",
        fix=code.with_loader(name.partition(".")[0], "selectinload", [name]) if name else None,
        signals=tuple(_signs(context, key, parent)),
        candidates=found,
    )


def _name(context: Context, key: Equality, parent: Candidate | None) -> str | None:
    """``Author.books``, where key, parent and table are called as is usual."""
    table = context.shape.table or ""
    if parent is None:
        owner = _owner_by_key(context, key)
    elif is_same_table(parent.tables[0], table) and key.table in {None, table}:
        owner = context.known.class_name(table)
        return f"{owner}.children" if owner and stem(key.column) == "parent" else None
    else:
        owner = context.known.class_name(parent.tables[0]) if names(key.column, parent.tables[0]) else None
    name = plain(table).lower()
    return f"{owner}.{name}" if owner and stem(key.column) and name.isidentifier() else None


def _owner_by_key(context: Context, key: Equality) -> str | None:
    """The class that a key names, if a table of the log is called so."""
    tables = [each for each in context.known.tables if names(key.column, each) and is_plural(each)]
    return context.known.class_name(tables[0]) if len(tables) == 1 else None


def _mapped(context: Context, relationships: list[RelationshipModel], key: Equality) -> Verdict | None:
    found = candidates(context, mapped.by_owner(lambda _: relationships))
    parent = best(found)
    if parent is None and key.side is Side.RIGHT:
        return None  # as people write it, and nothing before that it could belong to
    if parent:
        tables = parent.tables
        mine = [each for each in relationships if any(plain(pair.local_table) in tables for pair in each.pairs)]
        relationships = mine or relationships
    relationships = sorted(relationships, key=lambda each: each.lazy in mapped.UNLOADABLE)
    first = relationships[0]
    kind = "one-to-one" if not first.uselist else first.direction.value
    loader = None if first.lazy in mapped.UNLOADABLE else "selectinload" if first.uselist else "joinedload"
    names_ = mapped.labels(relationships)
    loadable = mapped.labels([each for each in relationships if each.lazy not in mapped.UNLOADABLE])
    fix = code.with_loader(first.owner, loader, loadable) if loader else code.in_list(first.target, key.column)
    signals = [*_signs(context, key, parent)]
    if parent is None:
        signals.append(Signal(f"it asks what {' or '.join(names_)} asks, by the models", 2))
    return Verdict(
        finding="n-plus-one",
        kind=kind if first.direction is not Direction.MANY_TO_MANY else "many-to-many",
        parent=parent.statement if parent else None,
        relationships=names_,
        exact=True,
        loader=loader,
        fix=fix,
        signals=tuple(signals),
        candidates=found,
    )


def is_of_subclass(context: Context, key: Equality) -> bool:
    """Say whether a value on the left asks for a subclass's columns, which come without their key."""
    return key.column not in columns_of(context.shape, key.table or context.shape.table or "")
