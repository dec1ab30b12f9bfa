"""Items written out as SQL for people to read, with the same spaces however the statement was laid out."""

from triage.sql.items import Item, Part
from triage.sql.lexer import Dialect


def written(read: list[Item], dialect: Dialect) -> str:
    """Join the items; reading the text again gives items of the same text."""
    parts: list[str] = []
    for index, item in enumerate(read):
        if index and _is_spaced(read, index):
            parts.append(" ")
        # MySQL has names of tables that differ by case alone, but no such functions.
        is_folded = dialect is Dialect.MYSQL and item.text[0] != "`" and _is_function(read, index)
        parts.append(item.text.lower() if is_folded else item.text)
    return "".join(parts)


_TIGHT_BEFORE = frozenset({")", "]", ",", ";", ".", "::"})
_TIGHT_AFTER = frozenset({"(", "[", ".", "::"})


def _is_spaced(read: list[Item], index: int) -> bool:
    """Say whether a space stands before the item."""
    last, item = read[index - 1], read[index]
    # Two symbols must not become one, nor a name that begins with digits (MySQL) become a number.
    would_merge = last.text[-1] + item.text[0] in {"..", "::"} or (last.text == "." and item.text[0].isdigit())
    if last.part is Part.SYMBOL and last.text in _TIGHT_AFTER:
        return would_merge
    if item.part is not Part.SYMBOL:
        return True
    if item.text == "(":
        return not (_is_function(read, index - 1) or last.text in {"CAST", "LEFT", "RIGHT"})
    if item.text == "[":
        return not (last.part is Part.NAME or last.text in {"?", "ARRAY", ")", "]"})
    return would_merge or item.text not in _TIGHT_BEFORE


def _is_function(read: list[Item], index: int) -> bool:
    """Say whether this is the name of a function, a ``(`` behind it, and not that of a table: INTO books (…)."""
    if read[index].part is not Part.NAME or index + 1 == len(read) or read[index + 1].text != "(":
        return False
    while index > 1 and read[index - 1].text == "." and read[index - 2].part is Part.NAME:
        index -= 2
    return index == 0 or read[index - 1].text != "INTO"
