"""Loads of one row by its primary key: the same text for many causes, told apart by what ran before.

A list of another table that selects its key came first: many-to-one. A list of the same table: a refresh, or, if it
left the column out, a deferred column. A commit came between the list and the loads: expired attributes. None of
these: a ``Session.get`` in a loop, which :mod:`triage.detectors.repetitions.lookups` is about.

https://docs.sqlalchemy.org/en/21/orm/session_state_management.html#refreshing-expiring
"""

from triage.detectors.repetitions import code, mapped
from triage.detectors.repetitions.context import Context, same
from triage.detectors.repetitions.names import plain, stem
from triage.detectors.repetitions.parents import best, candidates, referrers, referring_columns
from triage.detectors.repetitions.reading import columns_of, entities, read
from triage.detectors.repetitions.verdict import Candidate, Signal, Verdict
from triage.evidence import RelationshipModel
from triage.sql.shape import Equality, Verb


def row(context: Context, key: Equality) -> Verdict | None:
    """The verdict on loads by primary key that something before explains; None for lookups."""
    if key.column not in columns_of(context.shape, key.table or context.shape.table or ""):
        return _columns(context, key)
    return _many_to_one(context, key) or _refresh(context, key) or _expired(context, key)


def _signs(context: Context, key: Equality) -> list[Signal]:
    where = f"{plain(key.table or context.shape.table or '')}.{key.column}"
    return [*context.manner(), Signal(f"it loads one row by its primary key, {where}", 1)]


def _many_to_one(context: Context, key: Equality) -> Verdict | None:
    table = key.table or context.shape.table or ""
    if context.known.models:
        return _mapped(context, key, table)
    found = candidates(context, referrers(context, key.column, table))
    parent = best(found)
    if parent is None:
        return None
    columns = referring_columns(context, read(parent.statement, context.stats.dialect), key.column, table)
    relationships = tuple(sorted(filter(None, (_name(context, *pair[:2]) for pair in columns))))
    is_named = len(relationships) == len(columns)
    owner = relationships[0].partition(".")[0] if is_named else None
    return Verdict(
        finding="n-plus-one",
        kind="many-to-one",
        parent=parent.statement,
        relationships=relationships if is_named else (),
        loader="joinedload",
        fix=code.with_loader(owner, "joinedload", relationships) if is_named else None,
        signals=(*_signs(context, key), *parent.signals),
        candidates=found,
    )


def _name(context: Context, owner: str, column: str) -> str | None:
    """``Book.author``, where the key is called as is usual: a column called ``author`` has that name already."""
    of = stem(column)
    name = context.known.class_name(owner)
    return f"{name}.{of}" if name and of and of.isidentifier() else None


def _mapped(context: Context, key: Equality, table: str) -> Verdict | None:
    found = candidates(context, mapped.by_owner(lambda listed: mapped.rows(context, listed, key, table)))
    parent = best(found)
    if parent is None:
        return None
    relationships: list[RelationshipModel] = mapped.rows(
        context, read(parent.statement, context.stats.dialect), key, table
    )
    first = relationships[0]
    kind = "many-to-one" if first.direction.value == "many-to-one" else "one-to-one"
    return Verdict(
        finding="n-plus-one",
        kind=kind,
        parent=parent.statement,
        relationships=mapped.labels(relationships),
        exact=True,
        loader="joinedload",
        fix=code.with_loader(first.owner, "joinedload", mapped.labels(relationships)),
        signals=(*_signs(context, key), *parent.signals),
        candidates=found,
    )


def _same_table(context: Context, key: Equality, *, lacking: bool) -> tuple[Candidate, ...]:
    """Lists of the same table; ``lacking`` those that left the columns out, otherwise those that have them."""
    table = key.table or context.shape.table or ""
    wanted = columns_of(context.shape, table)
    found: list[Candidate] = []
    for before, listed in context.earlier():
        if not same(entities(listed), table):
            continue
        selected = columns_of(listed, table)
        is_there = "*" in selected or (bool(wanted & selected) if lacking else wanted <= selected)
        says = f"it selects rows of {plain(table)}{', without these columns' if lacking else ''}"
        found.append(
            Candidate(
                statement=before.statement,
                tables=(table,),
                signals=(Signal(says, 4),) if is_there is not lacking else (),
                excluded=context.excluded(before, listed),
            )
        )
    return tuple(found)


def _refresh(context: Context, key: Equality) -> Verdict | None:
    found = _same_table(context, key, lacking=False)
    parent = best(found)
    if parent is None:
        return None
    name = context.known.class_name(key.table or context.shape.table)
    return Verdict(
        finding="n-plus-one",
        kind="refresh",
        parent=parent.statement,
        fix=f"select({name}).execution_options(populate_existing=True)" if name else None,
        signals=(*_signs(context, key), *parent.signals),
        candidates=found,
    )


def _expired(context: Context, key: Equality) -> Verdict | None:
    table = key.table or context.shape.table or ""
    wanted = columns_of(context.shape, table)
    for statement in reversed(context.stats.previous):
        before = read(statement, context.stats.dialect)
        if not same([*entities(before), before.table or ""], table):
            continue
        if before.verb is Verb.SELECT and not (columns_of(before, table) >= wanted or "*" in columns_of(before, table)):
            continue
        says = f"the transaction before had rows of {plain(table)}, and its commit expired them"
        return Verdict(
            finding="n-plus-one",
            kind="expired",
            fix="Session(engine, expire_on_commit=False)",
            signals=(*_signs(context, key), Signal(says, 4)),
        )
    return None


def _columns(context: Context, key: Equality) -> Verdict | None:
    """Some columns of rows that are there already: deferred, or refreshed one by one."""
    found = _same_table(context, key, lacking=True)
    parent = best(found)
    if parent is None:
        return _refresh(context, key) or _expired(context, key)
    table = key.table or context.shape.table or ""
    signals = (*_signs(context, key), Signal("it selects columns, not rows", 1), *parent.signals)
    name, columns = context.known.class_name(table), sorted(columns_of(context.shape, table))
    if context.shape.in_list:  # of one class in a table of several
        fix = f"select({name}).options(selectin_polymorphic({name}, subclasses))" if name else None
        return Verdict(
            finding="n-plus-one",
            kind="inheritance",
            parent=parent.statement,
            loader="selectin_polymorphic",
            fix=fix,
            signals=signals,
            candidates=found,
        )
    attributes = [_attribute(context, table, each) for each in columns]
    labels = tuple(f"{name}.{each}" for each in attributes) if name else ()
    return Verdict(
        finding="n-plus-one",
        kind="deferred-column",
        parent=parent.statement,
        relationships=labels if len(labels) == 1 else (),
        exact=context.known.class_model(table) is not None,
        loader="undefer",
        fix=code.with_loader(name, "undefer", labels),
        signals=signals,
        candidates=found,
    )


def _attribute(context: Context, table: str, column: str) -> str:
    model = context.known.class_model(table)
    return model.attributes.get(column, column) if model else column
