"""The values a statement ran with, whether they stand in its text or beside it.

PostgreSQL prints ``$1 = '7', $2 = NULL`` in a DETAIL line; SQLAlchemy's echo prints the driver's tuple or dict, of a
long list only the two ends.
"""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from triage.querylogs.groups import Event
from triage.sql.fingerprint import cheap_key
from triage.sql.lexer import Dialect
from triage.sql.shape import values

_POSTGRESQL = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")


def values_of(event: Event) -> tuple[str, ...]:
    """The statement's values in order; a parameter that is not known stays as it is written."""
    if event.parameters is None and (numbers := _numbers(event)) is not None:
        return numbers
    if event.parameters is None:
        return values(event.sql.decode(errors="replace"), event.statement.dialect)
    written = _binds(event.sql, event.statement.dialect)
    given = _given(event.parameters.decode(errors="replace"))
    at = iter(range(len(written)))
    return tuple(given.get(_name(bind, at), bind) for bind in written)


@lru_cache(maxsize=1000)
def _binds(sql: bytes, dialect: Dialect) -> tuple[str, ...]:
    """The values of a statement whose parameters stand beside it: its text is the same each time."""
    return values(sql.decode(errors="replace"), dialect)


def _numbers(event: Event) -> tuple[str, ...] | None:
    """The values where they are plain numbers in the text: what the cheap key leaves out, without the exact lexer."""
    sql, width = event.sql, event.statement.width
    if b"'" in sql or b"/*" in sql or b'"' in sql:
        return None
    kept = cheap_key(sql).split(b"\0")
    if len(kept) != width + 1 or not all(kept[1:-1]):
        return None
    found: list[str] = []
    position = len(kept[0])
    for piece in kept[1:]:
        after = sql.find(piece, position) if piece else len(sql)
        found.append(sql[position:after].decode(errors="replace"))
        position = after + len(piece)
    return tuple(found)


def varying(events: list[Event]) -> tuple[int, ...]:
    """Which of the values differ between these executions, by position; a few of them tell."""
    rows = [values_of(event) for event in (events if len(events) <= 3 else [events[0], events[1], events[-1]])]
    width = min(map(len, rows), default=0)
    return tuple(at for at in range(width) if len({row[at] for row in rows}) > 1)


def _name(bind: str, positions: Iterator[int]) -> str:
    if bind[:1] == "$" and bind[1:].isdecimal():
        return bind[1:]
    if bind in {"?", "%s"}:
        return str(next(positions, 0) + 1)
    if bind[:2] == "%(":
        return bind[2:].partition(")")[0]
    return bind[1:] if bind[:1] == ":" else bind


def _given(text: str) -> dict[str, str]:
    """The parameters by the name or number that the statement has for them."""
    if text.startswith("$"):
        return dict(_POSTGRESQL.findall(text))
    try:
        read = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return {}
    if isinstance(read, dict):
        return {str(name): repr(value) for name, value in read.items()}
    if isinstance(read, tuple | list):
        return {str(number): repr(value) for number, value in enumerate(read, 1)}
    return {}
