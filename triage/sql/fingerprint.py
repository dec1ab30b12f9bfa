"""Fingerprints: one text for all statements that differ only in their values.

A fingerprint is shown to people, so it stays readable SQL: keywords in upper case, one space between words,
``?`` for every value, ``(...)`` for a list of any length. The fingerprint of a fingerprint is itself.
"""

import re

from triage.sql.cut import before_cut
from triage.sql.items import Item, Part, closing
from triage.sql.key import cheap_key
from triage.sql.lexer import Dialect, Kind, tokens
from triage.sql.reading import items
from triage.sql.writing import written

__all__ = ["Fingerprints", "cheap_key", "fingerprint", "mask"]


def fingerprint(sql: str, dialect: Dialect) -> str:
    """Return the statement with its values replaced: what stays the same from one execution to the next."""
    read = items(sql, dialect)
    while read and read[-1].text == ";":
        read.pop()
    return written(_collapsed(_with_constant_handles(read)), dialect)


def mask(sql: str, dialect: Dialect) -> str:
    """Return the statement as it is written, every literal a ``?`` and the comments, which may hold values, gone."""
    parts: list[str] = []
    for kind, text in tokens(before_cut(sql), dialect):
        if kind is Kind.STRING or kind is Kind.NUMBER:
            parts.append("?")
        elif kind is not Kind.COMMENT:
            parts.append(text)
        elif parts and not parts[-1].isspace():
            parts.append(" ")  # a comment separates words, too
    return "".join(parts)


class Fingerprints:
    """The fingerprints of a log: the exact lexer runs once for each key, and memory stays bounded.

    >>> fingerprint_of = Fingerprints(Dialect.POSTGRESQL)
    >>> fingerprint_of(b"SELECT name FROM authors WHERE id = 7")
    'SELECT name FROM authors WHERE id = ?'
    """

    def __init__(self, dialect: Dialect, max_bytes: int = 64 * 1024 * 1024) -> None:
        self._dialect = dialect
        self._max_bytes = max_bytes
        self._bytes = 0
        self._by_key: dict[bytes, str] = {}

    def __call__(self, sql: bytes) -> str:
        """Return the statement's fingerprint."""
        key = cheap_key(sql)
        found = self._by_key.get(key)
        return self._read(key, sql) if found is None else found

    def __len__(self) -> int:
        return len(self._by_key)

    def _read(self, key: bytes, sql: bytes) -> str:
        text = fingerprint(sql.decode(errors="replace"), self._dialect)
        size = len(key) + len(text) + 200  # about what the objects and the dict take
        if self._bytes + size > self._max_bytes:
            self._by_key.clear()
            self._bytes = 0
        if size <= self._max_bytes:
            self._by_key[key] = text
            self._bytes += size
        return text


# Cursors, savepoints and prepared statements are named anew each time: "c_7f3a90_1", sa_savepoint_4, _pg3_12.
_HANDLE_VERBS = frozenset("CLOSE DEALLOCATE DECLARE EXECUTE FETCH MOVE PREPARE RELEASE ROLLBACK SAVEPOINT".split())
_CURSOR_OF_SQLALCHEMY = r"c_[0-9a-fn]+_[0-9a-fn]+"


def _with_constant_handles(read: list[Item]) -> list[Item]:
    """Replace what differs each time in the name of a cursor, savepoint or prepared statement by ``n``."""
    if not read or read[0].text not in _HANDLE_VERBS:
        return read
    # What a cursor or a prepared statement is for is an ordinary statement.
    end = 2 if read[0].text in {"DECLARE", "PREPARE"} else len(read)
    return [_constant_handle(item) if index < end else item for index, item in enumerate(read)]


def _constant_handle(item: Item) -> Item:
    if item.part is not Part.NAME:
        return item
    name = item.text
    if re.fullmatch(_CURSOR_OF_SQLALCHEMY, name):
        name = "c_n_n"
    return item._replace(text=re.sub("[0-9]+", "n", name))


def _collapsed(read: list[Item]) -> list[Item]:
    """Give lists of any length one shape: ``IN (...)``, ``ANY (...)``, one row after VALUES."""
    close = closing(read)
    out: list[Item] = []
    ends_of_first_rows: set[int] = set()
    index = 0
    while index < len(read):
        item = read[index]
        out.append(item)
        index += 1
        if item.part is Part.KEYWORD and item.text in _LIST_WORDS:
            after = _end_of_list(read, index, close, item.text)
            if after > index:
                out += _LIST
                index = after
        elif item.part is Part.KEYWORD and item.text == "VALUES":
            ends_of_first_rows.add(_end_of_row(read, index, close))
        elif index in ends_of_first_rows:
            index = _end_of_rows(read, index, close)
    return out


_LIST_WORDS = frozenset({"IN", "ANY", "ALL", "SOME"})
_LIST = [Item(Part.SYMBOL, text, text) for text in ("(", "...", ")")]


def _end_of_list(read: list[Item], index: int, close: dict[int, int], word: str) -> int:
    """Return where the list of values that begins at ``index`` ends; ``index`` itself if there is none."""
    if index < len(read) and read[index].part is Part.VALUE and word == "IN":
        return index + 1  # one parameter that the driver expands
    end = close.get(index, len(read))
    if end == len(read) or end == index + 1:
        return index
    inside = range(index + 1, end)
    if any(read[each].part is not Part.VALUE and read[each].text not in {"(", ")", ","} for each in inside):
        return index
    if word != "IN":
        return end + 1 if len(inside) == 1 else index
    is_empty = all(read[each].part is not Part.VALUE or read[each].written.upper() == "NULL" for each in inside)
    return _end_of_empty_set(read, end + 1) if is_empty else end + 1


def _end_of_empty_set(read: list[Item], index: int) -> int:
    """Skip what SQLAlchemy writes after ``IN (NULL)`` for an empty list: AND (1 != 1), or OR (1 = 1) after NOT IN."""
    texts = [item.text for item in read[index : index + 6]]
    return index + 6 if texts in _EMPTY_SETS else index


_EMPTY_SETS = (["AND", "(", "?", "!=", "?", ")"], ["OR", "(", "?", "=", "?", ")"])


def _end_of_row(read: list[Item], index: int, close: dict[int, int]) -> int:
    """Return where the row that begins at ``index`` ends, -1 if no row begins there; MySQL also has ROW(…)."""
    if index < len(read) and read[index].text == "ROW":
        index += 1
    return close[index] + 1 if index in close else -1


def _end_of_rows(read: list[Item], index: int, close: dict[int, int]) -> int:
    """Skip the rows after the first, the last of which may have been cut off."""
    while index < len(read) and read[index].text == ",":
        after = _end_of_row(read, index + 1, close)
        if after < 0:
            break
        index = min(after, len(read))
    return index
