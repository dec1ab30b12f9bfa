"""Casts on values, and arrays of values: both belong to the value and say nothing about the statement.

SQLAlchemy writes ``$1::INTEGER`` for asyncpg, ``%(x)s::INTEGER`` for psycopg 3 and neither for psycopg2; psycopg2
sends a list as ``ARRAY[1, 2]`` and the others send it as one parameter. A cast on a column stays.

https://www.postgresql.org/docs/current/sql-expressions.html#SQL-SYNTAX-TYPE-CASTS
"""

from triage.sql.items import Item, Part


def without_casts_and_arrays(read: list[Item]) -> list[Item]:
    """Return the items, each cast value or array of values one value."""
    out: list[Item] = []
    index = 0
    while index < len(read):
        item = read[index]
        index += 1
        if item.text == "::" and out and out[-1].part is Part.VALUE:
            index = _end_of_type(read, index)
            continue
        out.append(item)
        if item.text == "]" and item.part is Part.SYMBOL:
            _reduce_array(out)
    return out


# Words that may follow another in the name of a type.
_TYPE_PAIRS = {
    ("double", "precision"),
    ("character", "varying"),
    ("char", "varying"),
    ("bit", "varying"),
    ("timestamp", "with"),
    ("timestamp", "without"),
    ("time", "with"),
    ("time", "without"),
    ("with", "time"),
    ("without", "time"),
    ("time", "zone"),
}


def _end_of_type(read: list[Item], index: int) -> int:
    """Return where the name of a type that begins at ``index`` ends: ``public.mood``, ``NUMERIC(8, 2)[]``."""
    if _part_at(read, index) not in {Part.NAME, Part.KEYWORD}:
        return index
    word = read[index].text.lower()
    index += 1
    while index < len(read):
        text = read[index].text
        if text == "." and _part_at(read, index + 1) is Part.NAME:
            word = read[index + 1].text.lower()
            index += 2
        elif (word, text.lower()) in _TYPE_PAIRS:
            word = text.lower()
            index += 1
        elif text in {"(", "["}:
            after = _end_of_modifier(read, index)
            if after == index:
                break
            index = after
        else:
            break
    return index


def _end_of_modifier(read: list[Item], index: int) -> int:
    """Return where ``(8, 2)`` or ``[]`` ends; ``index`` itself if something else stands in the brackets."""
    close = ")" if read[index].text == "(" else "]"
    end = index + 1
    while end < len(read) and (read[end].part is Part.VALUE or read[end].text == ","):
        end += 1
    return end + 1 if end < len(read) and read[end].text == close else index


def _part_at(read: list[Item], index: int) -> Part | None:
    return read[index].part if index < len(read) else None


def _reduce_array(out: list[Item]) -> None:
    """Turn ``ARRAY[?, ?]`` at the end into one value, and so a list within such a list."""
    start = len(out) - 2
    while start >= 0 and (out[start].part is Part.VALUE or out[start].text == ","):
        start -= 1
    if start < 1 or out[start].text != "[" or out[start].part is not Part.SYMBOL:
        return
    before = out[start - 1]
    if before.part is Part.KEYWORD and before.text == "ARRAY":
        start -= 1
    elif not (before.part is Part.SYMBOL and before.text in {"[", ","}):
        return
    del out[start:]
    out.append(Item(Part.VALUE, "?", "ARRAY[]"))
