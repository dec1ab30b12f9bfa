"""Statements that were cut off: by the server at a number of bytes, or in the middle by SQLAlchemy's log."""

import re

from triage.sql.lexer import Dialect, Kind, Token, tokens, wants_operand
from triage.sql.words import folded

# SQLAlchemy's log cuts a statement of over 500 characters in the middle, and says so where it did.
CUT_MARK = " characters truncated"
SHORTEST_CUT = 350
_CUT = rf"\.\.\. \(?[0-9]+{CUT_MARK}\)? \.\.\."


def before_cut(sql: str) -> str:
    """Return the text up to where its middle was cut out: whether what follows is inside a literal, nobody knows."""
    if len(sql) < SHORTEST_CUT or CUT_MARK not in sql or not (cut := re.search(_CUT, sql)):
        return sql
    return sql[: cut.start() + 3]


def with_dots(sql: str) -> str:
    """Return the text with three dots for an ellipsis, which servers take for a letter."""
    return sql.replace("…", "...") if "…" in sql else sql


def is_truncated(sql: str, dialect: Dialect) -> bool:
    """Say whether the text seems to have lost its end.

    It ends in ``...``, or within a literal, a comment or parentheses, or where something must follow. A text that
    happens to be cut between two conditions looks whole.
    """
    sql = with_dots(before_cut(sql)).rstrip()
    last = code = before = Token(Kind.WHITESPACE, "")
    depth = 0
    for last in tokens(sql, dialect):
        if last.kind is not Kind.WHITESPACE and last.kind is not Kind.COMMENT:
            before, code = code, last
            depth += (last.text == "(") - (last.text == ")")
    if depth > 0 or code.text in {"...", ",", "."} or _is_unfinished(last, dialect):
        return True
    return before.text != "." and code.text not in {"*", "?", ";", ""} and wants_operand(code) and not _may_end(code)


def _may_end(code: Token) -> bool:
    """Say whether a statement may end with this keyword: FOR UPDATE, DEFAULT VALUES, CLOSE ALL, READ ONLY."""
    return folded(code.text) in {"UPDATE", "VALUES", "ALL", "ONLY"}


def _is_unfinished(token: Token, dialect: Dialect) -> bool:
    """Say whether a literal, a name in quotes or a comment never ends: more text would belong to it."""
    if token.kind not in {Kind.STRING, Kind.QUOTED} and not token.text.startswith("/*"):
        return False
    return next(tokens(f"{token.text};", dialect)).text != token.text
