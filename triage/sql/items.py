"""Items: what a statement is made of once it is read, and a few ways to walk over them."""

from enum import Enum
from typing import NamedTuple


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
