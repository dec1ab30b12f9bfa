"""The tags that an application's middleware puts into a statement's comments: which route, which line sent it.

Two forms are read. sqlcommenter's values are URL-encoded and quoted, ``/*controller='index',route='%2Fpolls'*/``
(https://google.github.io/sqlcommenter/spec/); marginalia's are neither, ``/*app:Shop,line:/app/x.py:12*/``
(https://github.com/basecamp/marginalia). A comment counts if it stands before or after the whole statement; what
only looks like one inside a literal does not, and neither do optimizer hints or a person's remarks.
"""

import re
from urllib.parse import unquote

from triage.sql.lexer import Dialect, Kind, tokens

_SQLCOMMENTER = re.compile(r"\s*([^=,'\s]+)\s*=\s*'((?:[^'\\]++|\\.)*+)'\s*(?:,|\Z)", re.DOTALL)
# No space after the colon: that is how a person writes, "TODO: remove".
_MARGINALIA = re.compile(r"([A-Za-z_][\w.-]*+):(\S[^,]*+)(?:,|\Z)")


def tags(sql: str, dialect: Dialect | None = None) -> dict[str, str]:
    """Return the tags in the comments around a statement; the first of two with one name counts.

    Without a dialect, a comment must be one in both.
    """
    if "/*" not in sql:
        return {}
    if dialect is None:
        found = [_outer_comments(sql, each) for each in Dialect]
        comments = [comment for comment in found[0] if comment in found[1]]
    else:
        comments = _outer_comments(sql, dialect)
    read: dict[str, str] = {}
    for comment in comments:
        for name, value in _pairs(comment[2:-2].strip()):
            read.setdefault(name, value)
    return read


def _outer_comments(sql: str, dialect: Dialect) -> list[str]:
    """Return the complete comments before the first and after the last token of code."""
    leading: list[str] = []
    trailing: list[str] = []
    comments = leading
    for kind, text in tokens(sql, dialect):
        if kind is Kind.COMMENT:
            if len(text) >= 4 and text.startswith("/*") and text.endswith("*/"):
                comments.append(text)
        elif kind is not Kind.WHITESPACE and text != ";":
            trailing.clear()
            comments = trailing
    return leading + trailing


def _pairs(body: str) -> list[tuple[str, str]]:
    """Read a comment's body; nothing unless all of it is tags."""
    for pattern, decode in ((_SQLCOMMENTER, _decoded), (_MARGINALIA, str.strip)):
        pairs: list[tuple[str, str]] = []
        position = 0
        while position < len(body) and (found := pattern.match(body, position)):
            pairs.append((unquote(found[1]), decode(found[2])))
            position = found.end()
        if pairs and position == len(body):
            return pairs
    return []


def _decoded(value: str) -> str:
    return unquote(value.replace("\\'", "'"))
