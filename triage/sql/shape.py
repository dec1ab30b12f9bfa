"""What a statement is: its verb, its table, what it asks for and by which keys; read once for each fingerprint.

It reads what an ORM writes and most of what people write. It is no parser: what it cannot read it leaves out, and
it never raises. A fingerprint can be read as well as a statement, with two differences. ``IN (...)`` stands for
lists of any length, so ``in_list`` is true even where each list holds one value, and the position of a value
behind such a list, or behind several rows of VALUES, is not its position in the statement.
"""

from dataclasses import dataclass

from triage.sql.clauses import Clause, Clauses, clauses
from triage.sql.cut import is_truncated
from triage.sql.items import Item, Part, closing, name_at
from triage.sql.lexer import Dialect
from triage.sql.names import Column, Names, is_same_table
from triage.sql.predicates import Equality, Join, Side, predicates
from triage.sql.reading import items
from triage.sql.verbs import Verb, verb_of

__all__ = ["Column", "Equality", "Join", "Shape", "Side", "Table", "Verb", "is_same_table", "shape", "values"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as the statement names it, with its schema if it is written, without quotes."""

    name: str
    alias: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What one reading of a statement tells."""

    verb: Verb
    table: str | None = None
    """The main table: what is written to, or what the first FROM selects from, behind aliases and subselects."""
    tables: tuple[Table, ...] = ()
    """All tables in order of appearance, those of subselects included."""
    projection: tuple[Column, ...] = ()
    """The columns that the outermost query selects, as far as they are plain columns, without their labels."""
    equality: tuple[Equality, ...] = ()
    inequality: tuple[Column, ...] = ()
    """Columns compared with values by ``<``, ``<>``, BETWEEN, LIKE, NOT IN and the like."""
    joins: tuple[Join, ...] = ()
    in_list: bool = False
    """Whether it asks for many keys at once: IN or ANY with more than one value."""
    limit: int | str | None = None
    """The number, or the parameter as it is written; of a derived table, if only that has one."""
    offset: int | str | None = None
    order_by: tuple[Column, ...] = ()
    aggregate: bool = False
    """Whether it returns count, sum and the like, or EXISTS, instead of rows."""
    distinct: bool = False
    for_update: bool = False
    """Whether it locks the rows it reads, FOR SHARE included."""
    skip_locked: bool = False
    subquery: bool = False
    rows: int = 0
    """How many rows VALUES holds; a fingerprint has at most one."""
    chain: bool = False
    """Whether COMMIT or ROLLBACK opens the next transaction: AND CHAIN."""
    truncated: bool = False
    """Whether the text seems to be cut off: what is missing may hold more keys."""


def shape(sql: str, dialect: Dialect) -> Shape:
    """Read a statement, or a fingerprint; of several statements the first. Never raises."""
    read = items(sql, dialect)
    end = next((index for index, item in enumerate(read) if item.text == ";" and item.part is Part.SYMBOL), len(read))
    read = read[:end]
    verb = verb_of(read, closing(read))
    truncated = is_truncated(sql, dialect)
    if verb in {Verb.COMMIT, Verb.ROLLBACK}:
        return Shape(verb=verb, chain=_has(read, "AND", "CHAIN"), truncated=truncated)
    if verb not in _WITH_TABLES:
        return Shape(verb=verb, truncated=truncated)
    found = clauses(read)
    names = Names(found)
    compared = predicates(found, names)
    projected = [names.projected(*span) for span in found.queries[0].projection]
    limit, offset = _limit_and_offset(found)
    return Shape(
        verb=verb,
        table=_main_table(found, names),
        tables=tuple(Table(name=name, alias=alias) for name, alias in found.tables),
        projection=tuple(column for column, _ in filter(None, projected)),
        equality=tuple(compared.equality),
        inequality=tuple(compared.inequality),
        joins=tuple(compared.joins),
        in_list=compared.in_list,
        limit=limit,
        offset=offset,
        order_by=_order_by(found, names),
        aggregate=_is_aggregate(found),
        distinct=_has(read, "SELECT", "DISTINCT"),
        for_update=any(_has(read, *words) for words in _ROW_LOCKS),
        skip_locked=_has(read, "SKIP", "LOCKED"),
        subquery=len(found.queries) > 1,
        rows=_rows(found),
        truncated=truncated,
    )


def values(sql: str, dialect: Dialect) -> tuple[str, ...]:
    """Return a statement's values in order, as they are written, without casts: what ``Equality.position`` counts."""
    return tuple(item.written for item in items(sql, dialect) if item.part is Part.VALUE)


_WITH_TABLES = frozenset(
    {Verb.SELECT, Verb.INSERT, Verb.UPDATE, Verb.DELETE, Verb.MERGE, Verb.DECLARE, Verb.EXPLAIN, Verb.DDL}
)
_ROW_LOCKS = (
    ("FOR", "UPDATE"),
    ("FOR", "SHARE"),
    ("FOR", "NO", "KEY"),
    ("FOR", "KEY", "SHARE"),
    ("IN", "SHARE", "MODE"),
)
_AGGREGATES = frozenset(
    """
    any_value array_agg avg bit_and bit_or bool_and bool_or count every exists group_concat json_agg json_arrayagg
    json_object_agg jsonb_agg max min stddev string_agg sum variance
    """.split()
)


def _has(read: list[Item], *words: str) -> bool:
    """Say whether the words follow one another anywhere, in whatever case."""
    texts = [item.text.upper() for item in read]
    return any(texts[index : index + len(words)] == [*words] for index, text in enumerate(texts) if text == words[0])


def _main_table(found: Clauses, names: Names) -> str | None:
    """Return the first table; where the first FROM is a subselect, the table of the first column that is selected.

    That tells ``SELECT anon_1.… FROM (SELECT … LIMIT ?) AS anon_1 LEFT OUTER JOIN …``, a list of authors with their
    books, from the books that subqueryload fetches for ``(SELECT …) AS anon_1``.
    """
    main = found.queries[0]
    inner = next((query for query in found.queries[1:] if query.is_derived), None)
    first = main.tables[0] if main.tables else None
    if first is None:
        return next((table for query in found.queries for table in query.tables), None)
    if inner and inner.tables[:1] == [first] and main.projection and (read := names.projected(*main.projection[0])):
        return read[0].table or first
    return first


def _limit_and_offset(found: Clauses) -> tuple[int | str | None, int | str | None]:
    """Return LIMIT and OFFSET of the statement, or of the first derived table if it has none."""
    by_depth: dict[tuple[int, Clause], int | str] = {}
    for index, item in enumerate(found.items):
        clause, query = found.clause[index], found.query[index]
        if item.part is not Part.VALUE or clause not in {Clause.LIMIT, Clause.OFFSET} or query.depth > 1:
            continue
        if item.written.upper() == "NULL" or (query.depth and not query.is_derived):
            continue
        value = _known(item)
        offset = by_depth.get((query.depth, Clause.LIMIT))
        if clause is Clause.LIMIT and offset is not None and found.items[index - 1].text == ",":  # LIMIT offset, count
            by_depth[query.depth, Clause.OFFSET] = offset
            by_depth[query.depth, clause] = value
        else:
            by_depth.setdefault((query.depth, clause), value)
    depth = 0 if any(key[0] == 0 for key in by_depth) else 1
    return by_depth.get((depth, Clause.LIMIT)), by_depth.get((depth, Clause.OFFSET))


def _known(item: Item) -> int | str:
    digits = item.written.strip("'")
    return int(digits) if digits.isdecimal() and len(digits) < 20 else item.bind


def _order_by(found: Clauses, names: Names) -> tuple[Column, ...]:
    columns: list[Column] = []
    for index, item in enumerate(found.items):
        is_main = found.clause[index] is Clause.ORDER and found.query[index].depth == 0
        if is_main and (item.text == "BY" or (item.text == "," and found.items[index].part is Part.SYMBOL)):
            parts, end = name_at(found.items, index + 1)
            if parts and not (end < len(found.items) and found.items[end].text == "("):
                columns.append(names.column(parts))
    return tuple(columns)


def _is_aggregate(found: Clauses) -> bool:
    for index, item in enumerate(found.items[:-1]):
        is_projected = found.clause[index] is Clause.PROJECTION and found.query[index].depth == 0
        if is_projected and item.text.lower() in _AGGREGATES and found.items[index + 1].text == "(":
            after = found.close[index + 1] + 1
            if not (after < len(found.items) and found.items[after].text == "OVER"):
                return True
    return False


def _rows(found: Clauses) -> int:
    """Count the rows of VALUES: its parentheses, and those that follow a comma behind one of its rows."""
    index = 1 + next((at for at, clause in enumerate(found.clause) if clause is Clause.VALUES), len(found.items))
    rows = 0
    while index < len(found.items):
        index += found.items[index].text == "ROW"
        if index not in found.close:
            break
        rows += 1
        index = found.close[index] + 1
        if index >= len(found.items) or found.items[index].text != ",":
            break
        index += 1
    return rows
