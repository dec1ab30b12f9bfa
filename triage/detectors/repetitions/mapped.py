"""Relationships by the app's models: which of them a lazy load can be, exactly."""

from collections.abc import Callable, Sequence

from triage.detectors.repetitions.context import Context, same
from triage.detectors.repetitions.names import plain
from triage.detectors.repetitions.parents import Weighed
from triage.detectors.repetitions.reading import columns_of, entities
from triage.detectors.repetitions.verdict import Signal
from triage.evidence import Direction, RelationshipModel
from triage.sql.shape import Equality, Shape, Side, is_same_table

UNLOADABLE = frozenset({"dynamic", "write_only"})
"""Ways of loading that no loader option changes."""


def collections(context: Context) -> list[RelationshipModel]:
    """The relationships whose lazy load asks just this: the remote columns by the owner's values."""
    models = context.known.models
    found = [each for each in models.relationships if _asks(each, context)] if models else []
    alike = [each for each in found if each.filtered == context.is_filtered]
    return alike or [each for each in found if each.bind_left]  # with the value on the right people write the same


def _asks(one: RelationshipModel, context: Context) -> bool:
    side = Side.LEFT if one.bind_left else Side.RIGHT
    keys = [each for each in context.keys if each.side is side]
    if one.direction is Direction.MANY_TO_ONE or not keys or not same(one.tables, context.shape.table):
        return False
    remote = {(each.remote_table, each.remote) for each in one.pairs if _is_owners(one, each.remote_table)}
    return bool(remote) and all(_is_one(key, remote) for key in keys)


def _is_owners(one: RelationshipModel, table: str) -> bool:
    """Say whether the owner's values are compared with this table: the secondary, where there is one."""
    return one.secondary is None or is_same_table(table, one.secondary)


def _is_one(key: Equality, columns: set[tuple[str, str]]) -> bool:
    return any(column == key.column and is_same_table(table, key.table or table) for table, column in columns)


def rows(context: Context, found: Shape, key: Equality, table: str) -> list[RelationshipModel]:
    """The relationships to one row that a list's rows may have loaded by the table's primary key."""
    models = context.known.models
    return [
        each
        for each in (models.relationships if models else ())
        if (each.direction is Direction.MANY_TO_ONE or not each.uselist)
        and each.secondary is None
        and same(each.tables, table)
        and any(pair.remote == key.column and same([table], pair.remote_table) for pair in each.pairs)
        and any(_selects(found, pair.local_table, pair.local) for pair in each.pairs)
    ]


def _selects(found: Shape, table: str, column: str) -> bool:
    if not same(entities(found), table):
        return False
    selected = columns_of(found, table)
    return not selected or column in selected or "*" in selected


def by_owner(found_for: Callable[[Shape], Sequence[RelationshipModel]]) -> Callable[[Shape], Weighed]:
    """Weigh lists by the relationships that their rows have."""

    def weigh(found: Shape) -> Weighed:
        mine = [
            each for each in found_for(found) if any(same(entities(found), pair.local_table) for pair in each.pairs)
        ]
        said = " or ".join(sorted({each.label for each in mine}))
        tables = dict.fromkeys(pair.local_table for each in mine for pair in each.pairs)
        signals = (Signal(f"its rows have {said}, by the models", 4),) if mine else ()
        return Weighed(tuple(plain(each) for each in tables), signals)

    return weigh


def labels(found: Sequence[RelationshipModel]) -> tuple[str, ...]:
    """Their names, each once."""
    return tuple(sorted({each.label for each in found}))
