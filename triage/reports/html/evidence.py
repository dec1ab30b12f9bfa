"""All that a finding's details say, in the form that suits each: facts, code and tables. Nothing of it is left out."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from triage.findings import Finding, Measurement
from triage.reports.charts import number
from triage.reports.tables import Table, cell, heading, whole

MOST_ROWS = 500
_FILTERED_FROM = 12
"""A table with more rows has a field to filter it."""
_LONG = 60
_CODE = ("statement", "fingerprint", "fix", "message", "stack", "sql")
"""Entries whose names hold one of these are code."""


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
    headings: Sequence[tuple[str, bool]]
    """Each with whether its column holds numbers."""
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
    items = []
    for name, value in finding.details.items():
        if value is None or value in ("", [], {}, ()):
            continue
        if isinstance(value, Mapping):
            later += _mapping(heading(name), value)
        elif isinstance(value, list | tuple) and all(isinstance(row, Mapping) for row in value):
            later += _table(name, value)
        elif isinstance(value, str) and _is_code(name, value):
            later.append(Code(title=heading(name), text=value))
        else:
            items.append((heading(name), _said(value)))
    if items:
        yield Facts(title=None, items=items)
    yield from later


def _mapping(title: str, value: Mapping[str, object]) -> Iterator[Part]:
    items = [(heading(str(name)), _said(each)) for name, each in value.items() if each not in (None, "", [])]
    short = [(name, said) for name, said in items if not _is_code(name, said)]
    if short:
        yield Facts(title=title, items=short)
    for name, said in items:
        if _is_code(name, said):
            yield Code(title=f"{title}: {name}", text=said)


def _table(name: str, rows: Sequence[Mapping[str, object]]) -> Iterator[Part]:
    table = whole(name, rows)
    used = table.used
    same = {
        column: said for column in used if (said := _everywhere(table, column)) and (len(rows) > 1 or len(said) > _LONG)
    }
    yield from _mapping(f"all {heading(name)}" if len(rows) > 1 else heading(name), same)
    columns = [column for column in used if column not in same]
    if not columns:
        return
    yield Grid(
        title=heading(name),
        headings=[(used[column], _is_numeric(rows, column)) for column in columns],
        rows=[[_said(row.get(column), in_table=True) for column in columns] for row in rows[:MOST_ROWS]],
        left_out=max(len(rows) - MOST_ROWS, 0),
    )


def _everywhere(table: Table, column: str) -> str | None:
    """What all rows have in this column; None where they differ. A table needs something to tell its rows apart."""
    first = table.rows[0].get(column)
    if isinstance(first, str) and all(row.get(column) == first for row in table.rows):
        return first
    return None


def _is_numeric(rows: Sequence[Mapping[str, object]], column: str) -> bool:
    values = [value for row in rows if (value := row.get(column)) is not None]
    return bool(values) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _is_code(name: str, said: str) -> bool:
    return "\n" in said or any(word in name for word in _CODE)


def _said(value: object, *, in_table: bool = False) -> str:
    if isinstance(value, bool):
        return cell(value) if in_table else ("yes" if value else "no")
    if isinstance(value, int):
        return str(value)  # a pid has no thousands
    if isinstance(value, float):
        return cell(value) if in_table else number(value)
    if isinstance(value, list | tuple) and not any(isinstance(each, Mapping | list) for each in value):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return cell(value)


def measured(measurement: Measurement) -> tuple[str, str, str]:
    """A measurement's name, value and threshold, with its unit."""
    return (
        heading(measurement.name),
        _quantity(measurement.value, measurement.unit),
        "" if measurement.threshold is None else _quantity(measurement.threshold, measurement.unit),
    )


def _quantity(value: float, unit: str) -> str:
    if unit == "ratio":
        return f"{number(round(value * 100, 1))} %"
    if unit == "seconds":
        return f"{number(value)} s{_spoken(value)}"
    return f"{number(value)} {unit}"


def _spoken(seconds: float) -> str:
    """A long time once more, in the units people think in."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size and seconds != float("inf"):
            return f" ({number(round(seconds / size, 1))} {unit})"
    return ""
