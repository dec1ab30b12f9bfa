"""What a statement compares: columns with values, and columns with columns.

The side of the value is kept. SQLAlchemy writes a lazy load of a collection as ``? = books.author_id`` and people
write ``books.author_id = ?``; nothing else in the text tells the two apart in every version.

Predicates of subselects count as well, so the equalities of ``SELECT count(*) FROM (SELECT … WHERE ? = …)`` are
seen. What is not a plain column or a plain value, such as ``lower(email) = ?``, is passed over.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from triage.sql.clauses import Clause, Clauses
from triage.sql.items import Part, name_at
from triage.sql.names import Column, Names


class Side(StrEnum):
    """Where the value of an equality stands."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Equality:
    """A column that must equal a value."""

    table: str | None
    column: str
    side: Side
    """The side that the value is on: left in ``? = books.author_id``."""
    position: int
    """Which of the statement's values it is, from 0: an index into what ``values`` returns."""
    bind: str
    """The parameter as it is written, ``$1`` or ``%(pk_1)s``; ``?`` for a literal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Two columns of different tables that must be equal."""

    left: Column
    right: Column


@dataclass(slots=True, eq=False)
class Predicates:
    """All comparisons of a statement, in order."""

    equality: list[Equality] = field(default_factory=list)
    inequality: list[Column] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)
    in_list: bool = False


def predicates(found: Clauses, names: Names) -> Predicates:
    """Read the comparisons of a statement."""
    return _Reader(found, names).run()


_EQUAL = frozenset({"=", "<=>", "=="})
_UNEQUAL = frozenset({"<", ">", "<=", ">=", "<>", "!=", "~", "~*", "!~", "!~*", "~~", "~~*"})
_UNEQUAL_WORDS = frozenset({"LIKE", "ILIKE", "BETWEEN", "SIMILAR", "RLIKE", "REGEXP"})
# What may stand beside an operand that is all of one side of a comparison.
_EDGES = frozenset({"(", ")", ",", ";", "...", "::", ""})


class _Reader:
    def __init__(self, found: Clauses, names: Names) -> None:
        self.found = found
        self.read = found.items
        self.names = names
        self.into = Predicates()
        self.position = 0
        self.positions: list[int] = []
        for item in self.read:
            self.positions.append(self.position)
            self.position += item.part is Part.VALUE
        self.opened = {end: start for start, end in found.close.items()}

    def run(self) -> Predicates:
        for index, item in enumerate(self.read):
            if item.part in {Part.NAME, Part.VALUE} or self.found.clause[index] is not Clause.PREDICATE:
                continue
            if item.text in _EQUAL:
                self._equal(index)
            elif item.text in _UNEQUAL or item.text in _UNEQUAL_WORDS:
                self._unequal(index)
            elif item.text == "IN":
                self._in(index)
            elif item.text == "FROM":  # IS [NOT] DISTINCT FROM
                self._distinct_from(index)
        return self.into

    def _equal(self, index: int) -> None:
        left_column, left_value = self._before(index)
        if self._text(index + 1) in {"ANY", "SOME", "ALL"}:
            self.into.in_list |= bool(left_column) and self._is_list(index + 2)
            return
        right_column, right_value = self._after(index + 1)
        if left_column and right_value is not None:
            self._add(left_column, Side.RIGHT, right_value)
        elif right_column and left_value is not None:
            self._add(right_column, Side.LEFT, left_value)
        elif left_column and right_column and left_column[:-1] != right_column[:-1]:
            left, right = self.names.column(left_column), self.names.column(right_column)
            if left.table and right.table:
                self.into.joins.append(Join(left=left, right=right))

    def _unequal(self, index: int) -> None:
        left_column, left_value = self._before(index)
        right_column, right_value = self._after(index + 1)
        is_list = self._text(index + 1) in {"ANY", "SOME", "ALL"}
        if left_column and (right_value is not None or is_list):
            self.into.inequality.append(self.names.column(left_column))
        elif right_column and left_value is not None:
            self.into.inequality.append(self.names.column(right_column))

    def _in(self, index: int) -> None:
        column, _ = self._before(index)
        if not self._is_list(index + 1):
            return
        if self._text(index - 1) == "NOT":
            if column:
                self.into.inequality.append(self.names.column(column))
        elif column and self._is_one_value(index + 1):
            self._add(column, Side.RIGHT, index + 2)
        else:
            self.into.in_list = True

    def _distinct_from(self, index: int) -> None:
        is_equality = self._text(index - 2) == "NOT"
        column, _ = self._before(index - (3 if is_equality else 2))
        _, value = self._after(index + 1)
        if not column or value is None or self._text(index - 1) != "DISTINCT":
            return
        if is_equality:
            self._add(column, Side.RIGHT, value)
        else:
            self.into.inequality.append(self.names.column(column))

    def _add(self, column: list[str], side: Side, value: int) -> None:
        table, name = self.names.column(column)
        bind, position = self.read[value].bind, self.positions[value]
        self.into.equality.append(Equality(table=table, column=name, side=side, position=position, bind=bind))

    def _is_list(self, index: int) -> bool:
        """Say whether a list of values stands here; a subselect is none."""
        if self._text(index) == "(":
            end = self.found.close[index]
            return all(self._is_value(each) or self._text(each) in _LIST for each in range(index + 1, end))
        return self._is_value(index)

    def _is_one_value(self, index: int) -> bool:
        """Say whether this is a list of one value, which makes an equality; (NULL) is SQLAlchemy's empty list."""
        is_one = self._text(index) == "(" and self._is_value(index + 1) and self._text(index + 2) == ")"
        return is_one and self.read[index + 1].written.upper() != "NULL"

    def _before(self, index: int) -> tuple[list[str], int | None]:
        """Return the column, or the index of the value, that is the whole left side of an operator."""
        last = index - 1
        if self._text(last) == "NOT":
            last -= 1
        if self._text(last) == ")":
            first = self.opened.get(last, last)
            return [], self._cast(first - 1) if self._is_edge(first - 2) else None
        if self._is_value(last):
            return [], last if self._is_edge(last - 1) else None
        first = last
        while first > 1 and self._text(first - 1) == "." and self.read[first - 2].part is Part.NAME:
            first -= 2
        if last >= 0 and self.read[last].part is Part.NAME and self._is_edge(first - 1):
            return name_at(self.read, first)[0], None
        return [], None

    def _after(self, index: int) -> tuple[list[str], int | None]:
        """Return the column, or the index of the value, that is the whole right side of an operator."""
        if self._is_value(index):
            return [], index if self._is_edge(index + 1) else None
        if self._text(index) == "CAST":
            return [], self._cast(index)
        parts, end = name_at(self.read, index)
        is_column = parts and self._text(end) != "(" and self._is_edge(end)
        return parts if is_column else [], None

    def _cast(self, index: int) -> int | None:
        """Return the index of the value in ``CAST(? AS type)``."""
        is_cast = index >= 0 and self._text(index) == "CAST" and self._text(index + 3) == "AS"
        return index + 2 if is_cast and self._is_value(index + 2) else None

    def _is_edge(self, index: int) -> bool:
        if not 0 <= index < len(self.read):
            return True
        item = self.read[index]
        return item.part is Part.KEYWORD or item.text in _EDGES or item.part is Part.NAME

    def _is_value(self, index: int) -> bool:
        return 0 <= index < len(self.read) and self.read[index].part is Part.VALUE

    def _text(self, index: int) -> str:
        return self.read[index].text if 0 <= index < len(self.read) else ""


_LIST = frozenset({"(", ")", ",", "..."})
