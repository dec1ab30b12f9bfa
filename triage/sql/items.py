"""A statement as items: comments and spaces gone, words folded, and every value reduced to one ``?``.

A value is a literal, a bind parameter, or what only dresses one up: its sign, its cast (``$1::INTEGER``), an ``ARRAY[…]`` of values. ``IS NULL`` compares with nothing and stays; NULL, TRUE and FALSE
where an operand stands are values like any other. Operands are never reordered: SQLAlchemy writes the bind of a
lazy load on the left, and that is the one sign of it.
"""

from enum import Enum
from typing import NamedTuple

from triage.sql.cut import before_cut, with_dots
from triage.sql.lexer import Dialect, Kind, tokens
from triage.sql.words import AFTER, KEYWORDS, OPERAND_WORDS, folded


class Part(Enum):
    """What an item is."""

    KEYWORD = "keyword"
    NAME = "name"
    VALUE = "value"
    SYMBOL = "symbol"


class Item(NamedTuple):
    """A part of a statement; two statements of one shape have the same parts and texts."""

    part: Part
    text: str
    """Keywords in upper case, names with quotes only where they need them, ``?`` for a value."""
    written: str
    """As it stands in the statement; of a value, with its sign and without its cast."""

    @property
    def bind(self) -> str:
        """Of a value, the parameter as it is written, ``$1`` or ``%(name)s``; ``?`` for a literal."""
        is_bind = self.written[:1] in {"%", ":"} or (self.written[:1] == "$" and self.written[1:].isdecimal())
        return self.written if is_bind else "?"


def items(sql: str, dialect: Dialect) -> list[Item]:
    """Read a statement into its items; never raises, whatever the text."""
    read: list[Item] = []
    for kind, text in tokens(with_dots(before_cut(sql)), dialect):
        if kind is Kind.WHITESPACE or kind is Kind.COMMENT:
            continue
        if kind is Kind.NAME:
            _add_word(read, text, dialect)
        elif kind is Kind.STRING or kind is Kind.NUMBER or kind is Kind.BIND:
            _add_value(read, text)
        elif kind is Kind.QUOTED:
            read.append(Item(Part.NAME, _without_needless_quotes(text, read, dialect), text))
        else:
            read.append(Item(Part.SYMBOL, text, text))
    return _without_casts_and_arrays(read)


def closing(read: list[Item]) -> dict[int, int]:
    """Map the index of each ``(`` to that of its ``)``; one that is never closed, to the end."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for index, item in enumerate(read):
        if item.part is Part.SYMBOL:
            if item.text == "(":
                opened.append(index)
                pairs[index] = len(read)
            elif item.text == ")" and opened:
                pairs[opened.pop()] = index
    return pairs


def name_at(read: list[Item], index: int) -> tuple[list[str], int]:
    """Return the parts of the name that begins at ``index``, ``public.books.id``, without quotes, and its end."""
    parts: list[str] = []
    while index < len(read) and (read[index].part is Part.NAME or (parts and read[index].text == "*")):
        parts.append(unquoted(read[index].text))
        index += 1
        if index + 1 < len(read) and read[index].text == "." and read[index].part is Part.SYMBOL:
            index += 1
        else:
            break
    return parts, index


def unquoted(name: str) -> str:
    """Return an identifier as the catalog has it."""
    quote = name[:1]
    if quote in {'"', "`"} and len(name) > 1 and name.endswith(quote):
        return name[1:-1].replace(quote * 2, quote)
    return name


def _add_word(read: list[Item], text: str, dialect: Dialect) -> None:
    """Add a bare word: a constant, a keyword or a name."""
    last = read[-1] if read else _START
    if last.text not in {".", "::"}:
        word = folded(text)
        if word in {"NULL", "TRUE", "FALSE"} and _is_operand_after(last):
            _add_value(read, text)
            return
        is_keyword = word in KEYWORDS or last.text == ";" or last is _START
        if is_keyword or (last.part is Part.KEYWORD and last.text in AFTER.get(word, ())):
            read.append(Item(Part.KEYWORD, word, text))
            return
    # PostgreSQL folds names; on MySQL those of tables may differ by case alone.
    name = text.lower() if dialect is Dialect.POSTGRESQL and text.isascii() else text
    read.append(Item(Part.NAME, name, text))


def _is_operand_after(last: Item) -> bool:
    """Say whether NULL is a value after this: ``= NULL`` and ``(NULL`` are, ``IS NULL`` and ``NOT NULL`` are not."""
    if last.part is Part.KEYWORD:
        return last.text in {"THEN", "ELSE", "SELECT", "LIMIT", "OFFSET"}
    return last.part is Part.SYMBOL and last.text not in {")", "]", ".", ";", "?", ""}


def _add_value(read: list[Item], text: str) -> None:
    """Add a value, and take off the signs before it."""
    while read and read[-1].part is Part.SYMBOL and read[-1].text in {"-", "+"} and _is_sign(read):
        sign = read.pop().text
        text = text if sign == "+" else f"-{text}"
    if not (read and read[-1].part is Part.VALUE):  # 'a' 'b' is one string
        read.append(Item(Part.VALUE, "?", text))


def _is_sign(read: list[Item]) -> bool:
    """Say whether the + or - at the end is a sign: nothing stands before it that it could be subtracted from."""
    if len(read) == 1:
        return True
    last = read[-2]
    if last.part is Part.KEYWORD:
        return last.text not in OPERAND_WORDS
    return last.part is Part.SYMBOL and last.text not in {")", "]", "?"}


def _without_needless_quotes(text: str, before: list[Item], dialect: Dialect) -> str:
    """Return ``"books"`` as ``books``, unless it would then be another name, or a keyword."""
    inner = unquoted(text)
    is_simple = text[0] in {'"', "`"} and inner.isascii() and inner.isidentifier() and text[1:-1] == inner
    is_folded = dialect is Dialect.MYSQL or inner == inner.lower()
    is_first_word = not before or before[-1].text == ";"
    is_keyword = folded(inner) in KEYWORDS or folded(inner) in AFTER
    return inner if is_simple and is_folded and not is_first_word and not is_keyword else text


def _without_casts_and_arrays(read: list[Item]) -> list[Item]:
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
            index = _end_of_modifier(read, index)
            if read[index - 1].text not in {")", "]"}:
                break
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
    if start < 0 or out[start].text != "[" or out[start].part is not Part.SYMBOL:
        return
    before = out[start - 1] if start else _START
    if before.part is Part.KEYWORD and before.text == "ARRAY":
        start -= 1
    elif not (before.part is Part.SYMBOL and before.text in {"[", ","}):
        return
    del out[start:]
    out.append(Item(Part.VALUE, "?", "ARRAY[]"))


_START = Item(Part.SYMBOL, "", "")
