"""All that a finding's details say, in the form that suits each: facts, code and tables. Nothing of it is left out."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from triage.findings import Finding, Measurement
from triage.reports.drawing import number
from triage.reports.tables import Table, cell, heading, whole

MOST_ROWS = 500
_FILTERED_FROM = 12
"""A table with more rows has a field to filter it."""
_CODE = ("statement", "fingerprint", "fix", "message", "stack", "sql")
"""Entries whose names hold one of these are code."""

_NAMES = ("pid", "line", "code", "port")
"""Entries whose numbers count nothing: they are names, and have no thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names and values."""

    title: str | None
    items: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A statement or a piece of a program."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table's headings and cells; what is the same in all rows has been said once before it."""

    title: str
    headings: Sequence[tuple[str, str]]
    """Each with the class of its column: n for numbers, c for code."""
    rows: Sequence[Sequence[str]]
    left_out: int
    """How many more rows there are."""

    @property
    def has_filter(self) -> bool:
        """Whether it is long enough to be searched."""
        return len(self.rows) > _FILTERED_FROM


Part = Facts | Code | Grid


def parts(finding: Finding) -> Iterator[Part]:
    """The details, short facts first."""
    later: list[Part] = []
    items, codes = [], []
    told = {each.name: each.value for each in finding.measurements}
    for name, value in finding.details.items():
        if value is None or value in ("", [], {}, ()) or told.get(name) == value:
            continue
        if isinstance(value, Mapping):
            later += _mapping(heading(name), value)
        elif isinstance(value, list | tuple) and all(isinstance(row, Mapping) for row in value):
            later += _table(name, value)
        elif isinstance(value, str) and _is_code(name, value):
            codes.append((heading(name), value))
        else:
            items.append((heading(name), _said(name, value)))
    if items:
        yield Facts(title=None, items=items)
    yield from _codes(codes)
    yield from later


def _mapping(title: str, value: Mapping[str, object]) -> Iterator[Part]:
    items = [(heading(str(name)), _said(str(name), each)) for name, each in value.items() if each not in (None, "", [])]
    short = [(name, said) for name, said in items if not _is_code(name, said)]
    if short:
        yield Facts(title=title, items=short)
    yield from _codes([(name, said) for name, said in items if _is_code(name, said)], f"{title}: ")


def _codes(items: Sequence[tuple[str, str]], prefix: str = "") -> Iterator[Code]:
    """Each text once: a statement without literals is its own fingerprint."""
    names: dict[str, list[str]] = {}
    for name, said in items:
        names.setdefault(said, []).append(name)
    for said, called in names.items():
        yield Code(title=prefix + ", ".join(called), text=said)


def _table(name: str, rows: Sequence[Mapping[str, object]]) -> Iterator[Part]:
    if len(rows) == 1:
        yield from _mapping(heading(name), rows[0])
        return
    table = whole(name, rows)
    used = table.used
    same = {column: said for column in used if (said := _everywhere(table, column))}
    yield from _mapping(f"all {len(rows):,} {heading(name)}", same)
    columns = [column for column in used if column not in same]
    if not columns:
        return
    yield Grid(
        title=heading(name),
        headings=[(used[column], _kind(rows, column)) for column in columns],
        rows=[[_said(column, row.get(column), in_table=True) for column in columns] for row in rows[:MOST_ROWS]],
        left_out=max(len(rows) - MOST_ROWS, 0),
    )


def _everywhere(table: Table, column: str) -> str | None:
    """What all rows have in this column; None where they differ. A table needs something to tell its rows apart."""
    first = table.rows[0].get(column)
    if isinstance(first, str) and all(row.get(column) == first for row in table.rows):
        return first
    return None


def _kind(rows: Sequence[Mapping[str, object]], column: str) -> str:
    if _is_code(column, ""):
        return "c"
    values = [value for row in rows if (value := row.get(column)) is not None]
    return "n" if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values) else ""


def _is_code(name: str, said: str) -> bool:
    return "\n" in said or any(word in name for word in _CODE)


def _said(name: str, value: object, *, in_table: bool = False) -> str:
    if isinstance(value, bool):
        return cell(value) if in_table else ("yes" if value else "no")
    if isinstance(value, int):
        return str(value) if in_table or name in _NAMES else number(value)
    if isinstance(value, float):
        return cell(value) if in_table else number(value)
    if isinstance(value, list | tuple) and not any(isinstance(each, Mapping | list) for each in value):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return cell(value)


def measured(measurement: Measurement) -> tuple[str, str, str]:
    """A measurement's name, value and threshold, with its unit."""
    unit = "" if measurement.unit == measurement.name else measurement.unit
    return (
        heading(measurement.name),
        _quantity(measurement.value, unit),
        "" if measurement.threshold is None else _quantity(measurement.threshold, unit),
    )


def _quantity(value: float, unit: str) -> str:
    if unit == "ratio":
        return f"{number(round(value * 100, 1))} %"
    if unit == "seconds":
        return spoken(value)
    return f"{number(value)} {unit}".rstrip()


def spoken(seconds: float) -> str:
    """A time in the units people think in, the largest two that say something."""
    if not 60 <= seconds < float("inf"):
        return f"{number(seconds)} s"
    left, said = round(seconds), []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        if left >= size:
            said.append(f"{left // size} {unit}")
        left %= size
    return " ".join(said[:2])
