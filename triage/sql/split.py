"""Several statements in one message: ``SET LOCAL …; BEGIN; SELECT …``.

A ``;`` inside a literal or a comment ends nothing, nor does one in parentheses or in the body of a routine:
``BEGIN ATOMIC … END`` (PostgreSQL 14), ``BEGIN … END`` after CREATE (MySQL), ``BEGIN NOT ATOMIC`` (MariaDB).

https://www.postgresql.org/docs/current/sql-createfunction.html
https://dev.mysql.com/doc/refman/8.4/en/begin-end.html
"""

from triage.sql.lexer import Dialect, Kind, tokens
from triage.sql.words import folded


def split(sql: str, dialect: Dialect) -> list[str]:
    """Return the statements in order, without their ``;``; what is empty or only a comment is left out."""
    statements: list[str] = []
    parts: list[str] = []
    body = _Body()
    for kind, text in tokens(sql, dialect):
        if text == ";" and not body.is_open:
            _add(statements, parts, body)
            parts, body = [], _Body()
            continue
        parts.append(text)
        if kind is not Kind.WHITESPACE and kind is not Kind.COMMENT:
            body.read(folded(text) if kind is Kind.NAME else text)
    _add(statements, parts, body)
    return statements


def _add(statements: list[str], parts: list[str], body: "_Body") -> None:
    if body.last:
        statements.append("".join(parts).strip())


class _Body:
    """Whether a ``;`` that comes next would be inside of something, from the words of the statement so far."""

    def __init__(self) -> None:
        self.first = ""
        self.last = ""
        self._parentheses = 0
        self._blocks = 0

    @property
    def is_open(self) -> bool:
        return self._parentheses > 0 or self._blocks > 0

    def read(self, word: str) -> None:
        """Take the next word or symbol, in upper case."""
        if word in {"(", ")"}:
            self._parentheses = max(self._parentheses + (1 if word == "(" else -1), 0)
        elif word == "END":
            self._blocks = max(self._blocks - 1, 0)
        elif self._opens(word):
            self._blocks += 1
        self.first = self.first or word
        self.last = word

    def _opens(self, word: str) -> bool:
        match word:
            case "BEGIN":
                return self.first in {"CREATE", "ALTER"} and self.last != "."
            case "CASE":
                return self._blocks > 0 and self.last not in {"END", "."}
            case "IF" | "LOOP" | "WHILE" | "REPEAT":
                return self.last == "END"  # what ended is no block
            case _:
                return word == "NOT" and self.last == self.first == "BEGIN"
