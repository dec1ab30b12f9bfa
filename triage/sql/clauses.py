"""Which clause of a statement each item stands in, and what its tables are called.

One pass with a stack of the open parentheses. A parenthesis opens a query (a subselect), a group of joined tables,
or just a group, whose items belong to the clause around it: so ``extract(year FROM born)`` begins no FROM clause.
"""

from dataclasses import dataclass, field
from enum import Enum

from triage.sql.items import Item, Part, closing, name_at, unquoted


class Clause(Enum):
    """Where in a statement an item stands."""

    START = "start"
    PROJECTION = "projection"
    FROM = "from"
    INTO = "into"
    SET = "set"
    VALUES = "values"
    PREDICATE = "predicate"
    """What decides about rows: WHERE, ON and HAVING."""
    ORDER = "order"
    LIMIT = "limit"
    OFFSET = "offset"
    LOCK = "lock"
    OTHER = "other"


@dataclass(slots=True, eq=False)
class Query:
    """A query in parentheses, or the statement itself: what is known about it."""

    depth: int
    """How many queries it is inside of; 0 for the statement itself."""
    is_derived: bool = False
    """Whether another query selects from it: FROM (SELECT …)."""
    tables: list[str] = field(default_factory=list)
    """Its tables in order; for a derived one, the first of that."""
    projection: list[tuple[int, int]] = field(default_factory=list)
    """Start and end of each projected expression."""


@dataclass(slots=True, eq=False)
class Clauses:
    """A statement with its clauses told apart."""

    items: list[Item]
    close: dict[int, int]
    clause: list[Clause]
    query: list[Query]
    """For each item, the query it stands in."""
    queries: list[Query]
    tables: list[tuple[str, str | None]]
    """Each table with its alias, in order of appearance, those of subselects included."""
    derived: dict[str, Query]
    """The queries that have an alias: FROM (SELECT …) AS anon_1."""


def clauses(read: list[Item]) -> Clauses:
    """Tell the clauses of a statement apart; never raises, whatever the items."""
    return _Pass(read).run()


@dataclass(slots=True, eq=False)
class _Level:
    """An open parenthesis, or the statement itself."""

    query: Query
    clause: Clause
    is_query: bool = False
    holds_tables: bool = False
    """Whether it is a group of joined tables: FROM (a JOIN b ON …)."""
    expects_table: bool = False
    selects: int = 0
    projected: int = -1
    """Where the current projected expression begins, -1 outside of a projection."""


# Words after a table that are no alias of it.
_NO_ALIAS = frozenset({"force", "if", "ignore", "lock", "overriding", "procedure", "tablesample", "use"})

_CLAUSE_OF = {
    "SELECT": Clause.PROJECTION,
    "FROM": Clause.FROM,
    "JOIN": Clause.FROM,
    "STRAIGHT_JOIN": Clause.FROM,
    "USING": Clause.FROM,
    "INTO": Clause.INTO,
    "TABLE": Clause.INTO,
    "UPDATE": Clause.FROM,
    "SET": Clause.SET,
    "VALUES": Clause.VALUES,
    "ON": Clause.PREDICATE,
    "WHERE": Clause.PREDICATE,
    "HAVING": Clause.PREDICATE,
    "ORDER": Clause.ORDER,
    "LIMIT": Clause.LIMIT,
    "FETCH": Clause.LIMIT,
    "OFFSET": Clause.OFFSET,
    "FOR": Clause.LOCK,
    "GROUP": Clause.OTHER,
    "WINDOW": Clause.OTHER,
    "RETURNING": Clause.OTHER,
    "UNION": Clause.START,
    "INTERSECT": Clause.START,
    "EXCEPT": Clause.START,
}


def _clause_of(word: str, before: str, after: Item | None, clause: Clause) -> Clause:
    """Return the clause that a keyword begins, or the one it stands in if it begins none here."""
    next_word = after.text if after else ""
    begins_none = {
        "FROM": before == "DISTINCT",  # IS DISTINCT FROM
        "ON": before == "DISTINCT",
        "GROUP": before.upper() == "WITHIN",
        "VALUES": clause is Clause.SET,  # MySQL's function
        "OFFSET": not (after and after.part is Part.VALUE),
        "UPDATE": clause not in {Clause.START, Clause.OTHER},  # FOR UPDATE
    }
    if begins_none.get(word):
        return clause
    if (word == "ON" and next_word in {"CONFLICT", "DUPLICATE"}) or (word == "USING" and next_word == "("):
        return Clause.OTHER
    if word == "UPDATE" and clause is Clause.OTHER:  # ON CONFLICT DO UPDATE, ON DUPLICATE KEY UPDATE
        return Clause.SET
    return _CLAUSE_OF[word]


class _Pass:
    def __init__(self, read: list[Item]) -> None:
        main = Query(depth=0)
        self.read = read
        self.found = Clauses(read, closing(read), [], [], [main], [], {})
        self.stack = [_Level(main, Clause.START, is_query=True)]

    def run(self) -> Clauses:
        for index, item in enumerate(self.read):
            if item.part is Part.SYMBOL:
                self._symbol(index, item.text)
            elif item.part is Part.KEYWORD:
                self._keyword(index, item.text)
            elif item.part is Part.NAME and self.stack[-1].expects_table:
                self._table(index)
            self.found.clause.append(self.stack[-1].clause)
            self.found.query.append(self.stack[-1].query)
        while len(self.stack) > 1:
            self._close(len(self.read))
        self._end_projection(self.stack[0], len(self.read))
        return self.found

    def _symbol(self, index: int, text: str) -> None:
        level = self.stack[-1]
        if text == "(":
            self._open(index, level)
        elif text == ")" and len(self.stack) > 1:
            self._close(index)
        elif text == "," and level.clause is Clause.FROM:
            level.expects_table = True
        elif text == "," and level.projected >= 0:
            level.query.projection.append((level.projected, index))
            level.projected = index + 1

    def _open(self, index: int, level: _Level) -> None:
        word = self._word(index + 1)
        if word in {"SELECT", "WITH"}:
            query = Query(level.query.depth + 1, is_derived=level.expects_table)
            self.found.queries.append(query)
            if level.clause is Clause.START and (name := self._common_table(index)):
                query.is_derived = True
                self.found.derived.setdefault(name, query)
            self.stack.append(_Level(query, Clause.START, is_query=True))
        else:
            # A VALUES list where a table is expected has no name that counts.
            expects = level.expects_table and word != "VALUES"
            self.stack.append(_Level(level.query, level.clause, holds_tables=expects, expects_table=expects))

    def _common_table(self, index: int) -> str | None:
        """Return the name of the common table expression that begins here: WITH name AS [MATERIALIZED] (…)."""
        index -= 1
        while self._word(index).upper() in {"NOT", "MATERIALIZED"}:
            index -= 1
        if index < 1 or self._word(index) != "AS" or self.read[index - 1].part is not Part.NAME:
            return None
        return unquoted(self.read[index - 1].text)

    def _close(self, index: int) -> None:
        closed, level = self.stack.pop(), self.stack[-1]
        if closed.is_query:
            self._end_projection(closed, index)
        if not level.expects_table:
            return
        level.expects_table = False
        if closed.is_query:
            level.query.tables += closed.query.tables[:1]
            if alias := self._alias(index + 1):
                self.found.derived.setdefault(alias, closed.query)

    def _keyword(self, index: int, word: str) -> None:
        level = self.stack[-1]
        if level.is_query and word in _CLAUSE_OF:
            self._clause(index, word, level)
        elif level.holds_tables and word in {"JOIN", "STRAIGHT_JOIN"}:
            level.clause, level.expects_table = Clause.FROM, True
        elif level.holds_tables and word in {"ON", "USING"}:
            level.clause, level.expects_table = Clause.PREDICATE, False

    def _clause(self, index: int, word: str, level: _Level) -> None:
        """Begin the clause that a keyword of a query begins."""
        after = self.read[index + 1] if index + 1 < len(self.read) else None
        clause = _clause_of(word, self._word(index - 1), after, level.clause)
        if clause is level.clause and clause not in {Clause.FROM, Clause.PROJECTION}:
            return
        if clause is not Clause.PROJECTION or word == "SELECT":
            self._end_projection(level, index)
        if word == "SELECT":
            level.selects += 1
            level.projected = index + 1 if level.selects == 1 else -1
        level.clause, level.expects_table = clause, clause in {Clause.FROM, Clause.INTO}

    def _end_projection(self, level: _Level, index: int) -> None:
        if level.projected >= 0:
            level.query.projection.append((level.projected, index))
            level.projected = -1

    def _table(self, index: int) -> None:
        """Read the table that is expected here, with its alias."""
        level = self.stack[-1]
        if self.read[index].text == "if":  # CREATE TABLE IF NOT EXISTS
            return
        parts, end = name_at(self.read, index)
        level.expects_table = False
        if self._word(end) == "(" and level.clause is not Clause.INTO:
            return  # a function
        name, alias = ".".join(parts), self._alias(end)
        if common := self.found.derived.get(name):
            level.query.tables += common.tables[:1]
            self.found.derived.setdefault(alias or name, common)
        else:
            level.query.tables.append(name)
            self.found.tables.append((name, alias))

    def _alias(self, index: int) -> str | None:
        if self._word(index) == "AS":
            index += 1
        if index >= len(self.read) or self.read[index].part is not Part.NAME:
            return None
        return None if self.read[index].text.lower() in _NO_ALIAS else unquoted(self.read[index].text)

    def _word(self, index: int) -> str:
        return self.read[index].text if 0 <= index < len(self.read) else ""
