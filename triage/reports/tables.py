"""Which entries of a finding's details are tables, with which columns: the one place for all formats."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from triage.findings import Finding

_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "sessions": {
        "pid": "pid",
        "client": "client",
        "idle_seconds": "idle s",
        "transaction_seconds": "transaction s",
        "holds_locks": "locks",
        "blocks": "blocks",
    },
    "waiters": {"pid": "pid", "waits_for": "waits for", "lock": "lock", "seconds": "seconds", "user": "user"},
    "causes": {"finding": "came after", "count": "times", "function": "in", "file": "file"},
    "holders": {
        "user": "user",
        "application_name": "application",
        "database": "database",
        "sessions": "sessions",
        "idle": "idle",
        "active": "active",
    },
}
"""By the entry of a finding's details that is a list, its columns and their headings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One entry of a finding's details, to be shown as a table."""

    name: str
    """The entry's name."""
    columns: Mapping[str, str]
    """The headings of the columns, by their names in a row."""
    rows: Sequence[Mapping[str, object]]

    @property
    def used(self) -> Mapping[str, str]:
        """The columns that hold something in any row."""
        return {
            column: heading
            for column, heading in self.columns.items()
            if any(cell(row.get(column)) for row in self.rows)
        }


def tables(finding: Finding) -> Iterator[Table]:
    """The tables of a finding, in a fixed order."""
    for name, columns in _COLUMNS.items():
        rows = finding.details.get(name)
        if isinstance(rows, list) and rows and isinstance(rows[0], Mapping):
            yield Table(name=name, columns=columns, rows=rows)


def cell(value: object) -> str:
    """One value of a row in words; nothing for what is absent, and the format escapes it for itself."""
    if value is None or value is False or value == []:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, float):
        return f"{value:.1f}"
    if isinstance(value, list):
        return ", ".join(map(str, value[:3])) + (" …" if len(value) > 3 else "")
    return str(value)


def whole(name: str, rows: Sequence[Mapping[str, object]]) -> Table:
    """All that the rows have, for a format that has the room: the columns of above first."""
    known = _COLUMNS.get(name, {})
    others = {column: heading(column) for row in rows for column in row if column not in known}
    return Table(name=name, columns={**known, **others}, rows=rows)


def heading(name: str) -> str:
    """The name of an entry or a column as people read it."""
    spaced = name.replace("_", " ")
    for unit, short in (("seconds", "s"), ("ms", "ms")):
        if spaced.endswith(f" {unit}"):
            return f"{spaced.removesuffix(unit)}({short})"
    return spaced
