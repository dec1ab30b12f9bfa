"""From a repetition to what it is: a lazy load and of which relationship, a lookup in a loop, a write in a loop.

The one signal that holds in every version of SQLAlchemy is the side of the bind: a lazy load of a collection asks
``? = books.author_id``, people write ``books.author_id = ?``. Loads by primary key all look alike, and are told apart
by what ran before them. What is healthy, or cannot be told from something healthy, has no verdict.

https://docs.sqlalchemy.org/en/21/orm/queryguide/relationships.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from triage.querylogs.evidence import RepetitionStats
from triage.querylogs.naming import class_of, is_primary_key, plain, refers_to, stem
from triage.querylogs.statement import statement_of
from triage.sql.lexer import Dialect
from triage.sql.shape import Equality, Shape, Side, Verb

PIPELINED = timedelta(microseconds=120)
"""Less than this from one write to the next is a driver's executemany: a flush takes an application longer."""
_FEWEST_PIPELINED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a repetition is."""

    id: str
    kind: str
    parent: str | None = None
    """The statement whose rows it ran for."""
    relationship: str | None = None
    loader: str | None = None
    fix: str | None = None
    sure: bool = True
    """Whether more than the bare repetition speaks for it."""


def verdict_of(stats: RepetitionStats) -> Verdict | None:
    """What the repetition is; None for what is healthy."""
    read = _shape(stats.statement, stats)
    if read.skip_locked or read.truncated or _is_pipelined(stats):
        return None
    if read.verb in {Verb.INSERT, Verb.UPDATE, Verb.DELETE}:
        return _write(stats, read)
    if read.verb is not Verb.SELECT or read.in_list or read.table is None:
        return None
    if stats.distinct * 3 <= stats.executions and not stats.blind:
        return _duplicate(stats, read)
    return _chain(stats, read) if stats.scope == "chain" else _read(stats, read)


def _read(stats: RepetitionStats, read: Shape) -> Verdict | None:
    """Reads with different keys in one transaction or burst."""
    keys = [each for each in read.equality if stats.blind or each.position in stats.varying]
    pages = read.offset is not None and len(stats.varying) > len(keys)
    if not keys or (pages and not stats.blind):
        return None
    found = _by_key(stats, read, keys)
    return None if (stats.blind or stats.scope == "burst") and found and found.parent is None else found


def _shape(statement: str, stats: RepetitionStats) -> Shape:
    return statement_of(statement, Dialect(stats.dialect)).shape


def _is_pipelined(stats: RepetitionStats) -> bool:
    """Say whether writes followed each other as an executemany sends them, or the log's clock cannot tell."""
    verb = _shape(stats.statement, stats).verb
    if stats.scope == "chain" or verb not in {Verb.INSERT, Verb.UPDATE, Verb.DELETE}:
        return False
    if not stats.lasted:
        return verb is not Verb.INSERT  # drivers send the rows of an INSERT together
    steps = stats.executions - stats.episodes
    return stats.worst >= _FEWEST_PIPELINED and stats.lasted < steps * PIPELINED


def _earlier(stats: RepetitionStats) -> Iterator[tuple[str, Shape]]:
    """The lists that ran before, the latest first; a LIMIT of fewer rows than there were keys excludes one."""
    for before in reversed(stats.before):
        read = _shape(before.statement, stats)
        is_enough = before.limit is None or before.limit >= stats.worst_distinct
        if read.verb is Verb.SELECT and read.table and not read.aggregate and is_enough:
            yield before.statement, read


def _duplicate(stats: RepetitionStats, read: Shape) -> Verdict | None:
    if stats.scope != "transaction" or read.for_update or stats.distinct > stats.episodes * 2:
        return None
    return Verdict(
        id="duplicate-query", kind="query", fix="keep the result of the first one, or use Session.get(), which does"
    )


def _chain(stats: RepetitionStats, read: Shape) -> Verdict | None:
    """Transactions that each look one thing up: a loop if a list came before them, or the keys walk."""
    if not any(each.position in stats.varying for each in read.equality):
        return None
    if stats.is_slow or any(_shape(other, stats).verb is not Verb.SELECT for other in stats.beside):
        return None
    if stats.distinct < 0.95 * stats.executions or not (stats.walks or _has_list(stats, read)):
        return None
    found = _lookup(read)
    return Verdict(
        id=found.id, kind=found.kind, fix=found.fix, loader=None, sure=stats.walks and _has_list(stats, read)
    )


def _has_list(stats: RepetitionStats, read: Shape) -> bool:
    table = plain(read.table or "")
    return any(
        plain(other.table or "") == table or any(refers_to(column.column, table) for column in other.projection)
        for _, other in _earlier(stats)
    )


def _write(stats: RepetitionStats, read: Shape) -> Verdict | None:
    if stats.named or (stats.distinct * 3 <= stats.executions and not stats.blind):
        return None
    sure = True
    if stats.scope == "burst":
        return None if not _has_list(stats, read) else Verdict(id="write-loop", kind="query", fix=_bulk(read))
    if stats.scope == "chain":
        if stats.is_slow or any(_shape(other, stats).skip_locked for other in stats.beside):
            return None
        sure = stats.walks or _has_list(stats, read)
        if not sure and (read.verb is not Verb.INSERT or stats.beside):
            return None
    if read.verb is Verb.INSERT and stats.dialect == Dialect.MYSQL and stats.scope == "transaction":
        sure = False  # without RETURNING, one flush of many rows sends them one by one as well
    return Verdict(id="write-loop", kind="query", fix=_bulk(read), sure=sure)


def _bulk(read: Shape) -> str:
    name = class_of(read.table or "rows")
    if read.verb is Verb.INSERT:
        return f"session.execute(insert({name}), [...])"
    if read.verb is Verb.UPDATE:
        return f"session.execute(update({name}), [...])"
    return f"session.execute(delete({name}).where({name}.id.in_([...])))"


def _by_key(stats: RepetitionStats, read: Shape, keys: list[Equality]) -> Verdict | None:
    assert read.table
    key = keys[0]
    if read.aggregate:
        return _counted(stats, read, key)
    if key.table and read.table and plain(key.table) != plain(read.table) and key.side is Side.LEFT:
        return _many_to_many(stats, read, key)
    if len(keys) == 1 and is_primary_key(key.column, read.table) and not _is_self_reference(read, key):
        return _by_primary_key(stats, read, key)
    if key.side is Side.LEFT:
        return _one_to_many(stats, read, key)
    return _lookup(read)


def _is_self_reference(read: Shape, key: Equality) -> bool:
    return (
        key.side is Side.LEFT
        and any(column.column in {"id", "pk"} for column in read.projection)
        and (key.column not in {"id", "pk", "uuid"})
    )


def _counted(stats: RepetitionStats, read: Shape, key: Equality) -> Verdict | None:
    parent = next((s for s, other in _earlier(stats) if refers_to(key.column, other.table or "")), None)
    if parent is None:
        return _lookup(read)
    fix = f"select({class_of(read.table or '')}.{key.column}, func.count()).group_by({class_of(read.table or '')}.{key.column})"
    return Verdict(id="n-plus-one", kind="query", parent=parent, fix=fix)


def _many_to_many(stats: RepetitionStats, read: Shape, key: Equality) -> Verdict:
    assert read.table
    parent = next(((s, o) for s, o in _earlier(stats) if refers_to(key.column, o.table or "")), None)
    owner = class_of(parent[1].table or "") if parent else (stem(key.column) or key.column).capitalize()
    name = f"{owner}.{plain(read.table)}"
    return Verdict(
        id="n-plus-one",
        kind="many-to-many",
        parent=parent[0] if parent else None,
        relationship=name,
        loader="selectinload",
        fix=f"select({owner}).options(selectinload({name}))",
    )


def _one_to_many(stats: RepetitionStats, read: Shape, key: Equality) -> Verdict:
    assert read.table
    parent = next(((s, o) for s, o in _earlier(stats) if refers_to(key.column, o.table or "")), None)
    if parent is None:
        same = [(s, o) for s, o in _earlier(stats) if plain(o.table or "") == plain(read.table)]
        parent = same[0] if same else None
    name = stem(key.column)
    owner = class_of(parent[1].table or "") if parent else class_of(name) if name else None
    relationship = f"{owner}.{plain(read.table)}" if owner else None
    return Verdict(
        id="n-plus-one",
        kind="one-to-many",
        parent=parent[0] if parent else None,
        relationship=relationship,
        loader="selectinload",
        fix=f"select({owner}).options(selectinload({relationship}))" if relationship else None,
    )


def _by_primary_key(stats: RepetitionStats, read: Shape, key: Equality) -> Verdict:
    assert read.table
    table, name = plain(read.table), class_of(read.table)
    same = next((s for s, other in _earlier(stats) if plain(other.table or "") == table), None)
    referring = _referring(stats, table)
    if key.side is Side.LEFT:
        parent = next((s for s, other in _earlier(stats) if plain(other.table or "") != table), None)
        return Verdict(
            id="n-plus-one",
            kind="inheritance",
            parent=parent,
            relationship=None,
            loader="selectin_polymorphic",
            fix=f"options(selectin_polymorphic(<base class>, [{name}]))",
        )
    columns = {column.column for column in read.projection}
    if same and key.column not in columns:
        attribute = next(iter(sorted(columns)), "*")
        return Verdict(
            id="n-plus-one",
            kind="deferred-column",
            parent=same,
            relationship=f"{name}.{attribute}",
            loader="undefer",
            fix=f"select({name}).options(undefer({name}.{attribute}))",
        )
    if referring:
        statement, owner, column = referring
        relationship = f"{class_of(owner)}.{stem(column)}"
        return Verdict(
            id="n-plus-one",
            kind="many-to-one",
            parent=statement,
            relationship=relationship,
            loader="joinedload",
            fix=f"select({class_of(owner)}).options(joinedload({relationship}))",
        )
    if same:
        return Verdict(
            id="n-plus-one", kind="refresh", parent=same, fix=f"select({name}) once more, instead of refresh()"
        )
    if any(plain(_shape(each, stats).table or "") == table for each in stats.previous):
        fix = "Session(expire_on_commit=False), or one new select after the commit"
        return Verdict(id="n-plus-one", kind="expired", fix=fix)
    return _lookup(read)


def _referring(stats: RepetitionStats, table: str) -> tuple[str, str, str] | None:
    """The latest list of another table that has a key of this one among its columns."""
    for statement, other in _earlier(stats):
        if plain(other.table or "") == table:
            continue
        for column in other.projection:
            if refers_to(column.column, table) and column.column.lower() != "id":
                return statement, column.table or other.table or "", column.column
    return None


def _lookup(read: Shape) -> Verdict:
    assert read.table
    name = class_of(read.table)
    is_get = bool(read.equality) and is_primary_key(read.equality[0].column, read.table) and len(read.equality) == 1
    column = read.equality[0].column if read.equality else "id"
    return Verdict(
        id="loop-lookup",
        kind="get" if is_get else "query",
        fix=f"select({name}).where({name}.{column}.in_([...]))",
    )
