"""Rows looked up by a key in a loop, counts for each parent, and queries that ask the same again.

A lookup has the value on the right, as people write it, or is a ``Session.get``. It must not be mistaken for polling,
whose pauses are seconds, nor for requests that look one thing up each: across transactions only a list of keys just
before proves a loop, and keys that go steadily up are no more than a hint.

https://docs.sqlalchemy.org/en/21/orm/session_basics.html#get-by-primary-key
"""

from collections.abc import Callable

from triage.detectors.repetitions import code
from triage.detectors.repetitions.context import POLLING, Context, same
from triage.detectors.repetitions.names import is_primary_key, names, plain
from triage.detectors.repetitions.parents import Weighed, best, candidates, owners, referring_columns
from triage.detectors.repetitions.reading import WRITES, entities, first_column, read
from triage.detectors.repetitions.verdict import Candidate, Signal, Verdict
from triage.evidence import EpisodeScope
from triage.findings import Confidence
from triage.sql.shape import Equality, Shape, Side, Verb


def is_by_primary_key(context: Context, key: Equality) -> bool:
    """Say whether the one key is the table's primary key."""
    table = key.table or context.shape.table or ""
    if len(context.keys) != 1:
        return False
    if model := context.known.class_model(table):
        return model.primary_key == (key.column,)
    return is_primary_key(key.column, table, first_column(context.shape))


def lookup(context: Context) -> Verdict | None:
    """The verdict on reads by key that no lazy load explains."""
    key = context.keys[0]
    found = candidates(context, _sources(context, key))
    parent = best(found)
    is_polling = context.pace is not None and context.pace >= POLLING
    if parent is None and (is_polling or context.stats.blind or context.stats.scope == EpisodeScope.BURST):
        return None
    name = context.known.class_name(key.table or context.shape.table)
    return Verdict(
        finding="loop-lookup",
        kind="get" if is_by_primary_key(context, key) and not context.shape.aggregate else "query",
        parent=parent.statement if parent else None,
        fix=code.in_list(name, _attribute(context, key)),
        signals=(
            *context.manner(),
            Signal("the same lookup, in one transaction, for one key after the other", 3),
            *(parent.signals if parent else ()),
        ),
        candidates=found,
    )


def count(context: Context) -> Verdict | None:
    """The verdict on counts and sums by key: one for each parent, or a lookup like any other."""
    key = context.keys[0]
    found = candidates(context, owners(context, key.column, key.table or context.shape.table or ""))
    parent = best(found)
    if parent is None or parent.score < 2:
        return lookup(context)
    name = context.known.class_name(key.table or context.shape.table)
    return Verdict(
        finding="n-plus-one",
        kind="query",
        parent=parent.statement,
        fix=code.grouped(name, _attribute(context, key)),
        signals=(*context.manner(), Signal("it counts or sums up the rows of one key", 2), *parent.signals),
        candidates=found,
    )


def duplicate(context: Context) -> Verdict | None:
    """The verdict on reads of which few had values of their own."""
    is_polling = context.pace is not None and context.pace >= POLLING
    if context.stats.scope != EpisodeScope.TRANSACTION or context.shape.for_update or is_polling:
        return None
    number = context.stats.executions / max(context.stats.distinct, 1)
    return Verdict(
        finding="duplicate-query",
        kind="query",
        signals=(Signal(f"each set of values was asked for {number:.0f} times in one transaction", 6),),
    )


def chained(context: Context) -> Verdict | None:
    """The verdict on transactions that each look one thing up: requests, unless a list came before or keys walk."""
    stats, dialect = context.stats, context.stats.dialect
    beside = [read(each, dialect) for each in stats.beside]
    if stats.is_slow or stats.blind or any(each.verb in WRITES or each.for_update for each in beside):
        return None
    if stats.distinct < 0.95 * stats.executions or any(_explains(context, each) for each in beside):
        return None
    key = context.keys[0]
    found = candidates(context, _sources(context, key))
    parent = best(found)
    if parent is None and not stats.walks:
        return None
    signals = [*context.manner(), *(parent.signals if parent else ())]
    if parent is None:
        signals.append(Signal("no list of the keys before them: requests in close sequence look the same", -2))
    if stats.walks:
        signals.append(Signal("the keys go steadily up or down, as in a loop over a list", 1))
    name = context.known.class_name(key.table or context.shape.table)
    return Verdict(
        finding="loop-lookup",
        kind="get" if is_by_primary_key(context, key) else "query",
        parent=parent.statement if parent else None,
        fix=code.in_list(name, _attribute(context, key)),
        signals=tuple(signals),
        candidates=found,
        ceiling=Confidence.MEDIUM if parent else Confidence.LOW,
    )


def listed(context: Context) -> Candidate | None:
    """The list before a write that gave it its keys."""
    key = next(iter(context.keys), None)
    return best(candidates(context, _sources(context, key)))


def _sources(context: Context, key: Equality | None) -> Callable[[Shape], Weighed]:
    """Weigh lists as the source of a loop's keys: of the same table, or with keys of it."""
    table = (key.table if key else None) or context.shape.table or ""

    def weigh(found: Shape) -> Weighed:
        if same(entities(found), table):
            return Weighed((table,), (Signal(f"it lists {plain(table)}", 3),))
        if key and any(names(key.column, each) for each in entities(found)):
            return Weighed((), (Signal(f"it lists what {key.column} names", 3),))
        columns = referring_columns(context, found, key.column, table) if key else []
        certain = [column for _, column, weight in columns if weight > 2]
        signals = (Signal(f"it selects {certain[0]}, a key of {plain(table)}", 3),) if certain else ()
        return Weighed((), signals)

    return weigh


def _explains(context: Context, other: Shape) -> bool:
    """Say whether another lookup of the same transaction is the one that the loop is about."""
    if other.verb is not Verb.SELECT or not other.equality or not other.table:
        return False
    key = context.keys[0]
    is_child = key.side is Side.LEFT or not is_by_primary_key(context, key)
    return is_child and names(key.column, other.table)


def _attribute(context: Context, key: Equality) -> str:
    model = context.known.class_model(key.table or context.shape.table)
    return model.attributes.get(key.column, key.column) if model else key.column
