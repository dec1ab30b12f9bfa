"""The values a statement ran with, whether they stand in its text or beside it.

PostgreSQL prints ``$1 = '7', $2 = NULL`` in a DETAIL line; SQLAlchemy's echo prints the driver's tuple or dict, of a
long list only the two ends.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Protocol

from triage import syntax
from triage.querylogs.statement import MOST_READ, Statement
from triage.sql.lexer import Dialect
from triage.sql.shape import Verb, values

_POSTGRESQL = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")
_PLAIN = re.compile(rb"'[^']*'|(?<![\w$.\-])[0-9]+(?:\.[0-9]+)?(?![\w.])")
# In such text nothing but those is a value, and nothing hides one.
_NOT_PLAIN = re.compile(rb"""[\\"`#$?%:\-]|/\*|''|\bIN \(|\b(?:NULL|TRUE|FALSE|null|true|false)\b""")
_STRING = re.compile(rb"'[^']*'(?!')")
_MARK = re.compile(r"""'(?:[^'\\]|\\.)*+'?|"(?:[^"\\]|\\.)*+"?|[\[({\])},]""", re.DOTALL)
_KEY = re.compile(r"""\s*['"]((?:[^'"\\]|\\.)*+)['"]: """)
_LIMIT = re.compile(rb"\bLIMIT ([0-9]{1,9})(?![0-9,])")


class Execution(Protocol):
    """What of an execution is needed here."""

    @property
    def statement(self) -> Statement:
        """What ran."""
        ...

    @property
    def text(self) -> bytes:
        """As the log has it."""
        ...

    @property
    def parameters(self) -> bytes | None:
        """The values, where they stand beside the text."""
        ...


def values_of(event: Execution) -> tuple[str, ...]:
    """The statement's values in order; a parameter that is not known stays as it is written."""
    if event.parameters is None:
        text = event.text[:MOST_READ]
        return _plain(event) or values(text.decode(errors="replace"), event.statement.dialect)
    written = _binds(event.text, event.statement.dialect)
    given = _given(event.parameters.decode(errors="replace"))
    at = iter(range(len(written)))
    return tuple(given.get(_name(bind, at), bind) for bind in written)


@lru_cache(maxsize=1000)
def _binds(sql: bytes, dialect: Dialect) -> tuple[str, ...]:
    """The values of a statement whose parameters stand beside it: its text is the same each time."""
    return values(sql.decode(errors="replace"), dialect)


def _plain(event: Execution) -> tuple[str, ...] | None:
    """The values of the simplest text, without the exact lexer; None where it is not the simplest."""
    text = event.text
    if b"\\" in text or _NOT_PLAIN.search(_STRING.sub(b" ", text)):
        return None
    found = _PLAIN.findall(text)
    return tuple(each.decode(errors="replace") for each in found) if len(found) == event.statement.width else None


def varying(events: Sequence[Execution]) -> tuple[int, ...]:
    """Which of the values differ between these executions, by position; a few of them tell."""
    rows = [values_of(event) for event in (events if len(events) <= 3 else [events[0], events[1], events[-1]])]
    width = min(map(len, rows), default=0)
    return tuple(at for at in range(width) if len({row[at] for row in rows}) > 1)


def is_blind(event: Execution) -> bool:
    """Say whether the statement has parameters that the log does not show."""
    if event.parameters is not None or not any(mark in event.text for mark in (b"$", b"?", b"%", b":")):
        return False
    return any(value[:1] in {"$", "%", ":"} or value == "?" for value in values_of(event))


def limit_of(event: Execution) -> int:
    """The number of rows that LIMIT allows; -1 where there is none, or the log does not tell."""
    shape = event.statement.shape
    if shape.limit is None or shape.verb is not Verb.SELECT:
        return -1
    if event.parameters is None and len(found := _LIMIT.findall(event.text)) == 1:
        return int(found[0])
    given = values_of(event)
    at = len(given) - (2 if shape.offset is not None else 1)
    digits = given[at].strip("'") if 0 <= at < len(given) else ""
    return int(digits) if digits.isdecimal() and len(digits) < 10 else -1


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
        read = syntax.literal(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return _as_printed(text)
    if isinstance(read, dict):
        return {str(name): repr(value) for name, value in read.items()}
    if isinstance(read, tuple | list):
        return {str(number): repr(value) for number, value in enumerate(read, 1)}
    return {}


def _as_printed(text: str) -> dict[str, str]:
    """The parameters, where values are no literals of Python: UUID('…'), Decimal('1.5'), datetime.date(2026, 1, 31)."""
    text = text.strip()
    items: list[str] = []
    depth, start, end = 0, 1, max(len(text) - 1, 1)
    for mark in _MARK.finditer(text, 1, end):
        depth += (mark[0] in "[({") - (mark[0] in "])}")
        if mark[0] == "," and depth == 0:
            items.append(text[start : mark.start()])
            start = mark.end()
    items.append(text[start:end])
    if not text.startswith("{"):
        return {str(number): item.strip() for number, item in enumerate(items, 1)}
    found = ((key, item) for item in items if (key := _KEY.match(item)))
    return {key[1]: item[key.end() :] for key, item in found}
