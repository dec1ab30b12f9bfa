"""What the names in a statement mean, behind aliases, labels and derived tables."""

from typing import NamedTuple

from triage.sql.clauses import Clauses
from triage.sql.items import Part, name_at, unquoted


class Column(NamedTuple):
    """A column; ``table`` is None where the statement does not say which of several it belongs to."""

    table: str | None
    column: str


def is_same_table(one: str, other: str) -> bool:
    """Say whether two statements mean one table: ``books`` and ``public.books``, but ``public.books`` is not ``old.books``."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


class Names:
    """What the names of a statement mean: which table, behind aliases and derived tables, a column is of."""

    def __init__(self, found: Clauses) -> None:
        self._found = found
        self._tables: dict[str, str] = {}
        for name, alias in found.tables:
            self._tables.setdefault(alias or name, name)
        for name, _ in found.tables:
            self._tables.setdefault(name, name)
            self._tables.setdefault(name.rpartition(".")[2], name)
        names = {name for name, _ in found.tables}
        self._only = names.pop() if len(names) == 1 else None
        self._labels: dict[str, Column] = {}
        for query in found.queries:
            if query.is_derived:
                self._read_labels(query.projection)

    def column(self, parts: list[str]) -> Column:
        """Resolve a name as it is written: ``books_1.id``, ``public.books.id``, ``anon_1.authors_id``, ``id``."""
        *qualifier, name = parts
        if not qualifier:
            return Column(self._only, name)
        table = ".".join(qualifier)
        if table in self._tables:
            return Column(self._tables[table], name)
        if derived := self._found.derived.get(table):
            return self._labels.get(name) or Column(derived.tables[0] if derived.tables else None, name)
        return Column(table, name)

    def projected(self, start: int, end: int) -> tuple[Column, str] | None:
        """Return column and label of a projected expression, None if it is no plain column."""
        read = self._found.items
        while start < end and read[start].text in {"DISTINCT", "ALL"}:
            start += 1
        if start < end and read[start].text == "ON" and read[start - 1].text == "DISTINCT":
            start = self._found.close.get(start + 1, start) + 1
        if start < end and read[start].text == "*":
            parts, after = ["*"], start + 1
        else:
            parts, after = name_at(read, start)
        label = after + 1 if after < end and read[after].text == "AS" else after
        if not parts or after > end or not (after == end or (label + 1 == end and read[label].part is Part.NAME)):
            return None
        return self.column(parts), unquoted(read[label].text) if label < end else parts[-1]

    def _read_labels(self, projection: list[tuple[int, int]]) -> None:
        for start, end in projection:
            if found := self.projected(start, end):
                column, label = found
                self._labels.setdefault(label, column)
