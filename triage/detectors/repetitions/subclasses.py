"""The columns of subclasses, loaded row by row because the list was one of the base class.

Joined inheritance: the base class's table was listed, and the subclass's table is asked by its key, the value on the
left as in a lazy load, but without selecting the key as a lazy load does.

https://docs.sqlalchemy.org/en/21/orm/queryguide/inheritance.html#using-selectin-polymorphic
"""

from triage.detectors.repetitions.context import Context, same
from triage.detectors.repetitions.names import names, plain
from triage.detectors.repetitions.parents import Weighed, best, candidates
from triage.detectors.repetitions.reading import columns_of, entities
from triage.detectors.repetitions.verdict import Signal, Verdict
from triage.evidence import ClassModel
from triage.sql.shape import Equality, Shape, is_same_table

_DISCRIMINATORS = frozenset({"type", "kind", "discriminator", "dtype", "class", "polymorphic_type", "role"})


def subclass(context: Context, key: Equality) -> Verdict:
    """The verdict on columns that are asked for by the key of their table, which is not among them."""
    table = key.table or context.shape.table or ""
    model = context.known.class_model(table)
    base = _base(context, model)

    def weigh(found: Shape) -> Weighed:
        tables = entities(found)
        main = found.table or ""
        signals: list[Signal] = []
        if base and base.table and same(tables, base.table):
            signals.append(Signal(f"it lists {base.name}, the base class, by the models", 4))
        elif not is_same_table(main, table) and base is None:
            signals.append(Signal(f"it lists {plain(main)}, another table", 1))
            columns = {column.lower() for column in columns_of(found, main)}
            if columns & _DISCRIMINATORS or any(column.endswith(("_type", "_kind")) for column in columns):
                signals.append(Signal("it selects what looks like a discriminator", 2))
            if names(key.column, main):
                signals.append(Signal(f"{key.column} names {plain(main)}", 1))
        return Weighed((main,), tuple(signals))

    found = candidates(context, weigh)
    parent = best(found)
    name = context.known.class_name(table)
    owner = base.name if base else context.known.class_name(parent.tables[0]) if parent else None
    fix = f"select({owner}).options(selectin_polymorphic({owner}, [{name}]))" if owner and name else None
    where = f"{plain(table)}.{key.column}"
    return Verdict(
        finding="n-plus-one",
        kind="inheritance",
        parent=parent.statement if parent else None,
        loader="selectin_polymorphic",
        fix=fix,
        signals=(
            *context.manner(),
            Signal(f"the value stands on the left of {where}, as SQLAlchemy writes it", 3),
            Signal("it selects columns without their key, as for a subclass", 1),
            *(parent.signals if parent else ()),
        ),
        candidates=found,
    )


def _base(context: Context, model: ClassModel | None) -> ClassModel | None:
    models = context.known.models
    if model is None or models is None:
        return None
    return next((each for each in models.classes if each.name == model.base), None)
