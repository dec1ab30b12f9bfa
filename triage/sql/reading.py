"""A statement as items: comments and spaces gone, words folded, and every value reduced to one ``?``.

A value is a literal, a bind parameter, or what only dresses one up: its sign, its cast (``$1::INTEGER``), an
``ARRAY[…]`` of values. ``IS NULL`` compares with nothing and stays; NULL, TRUE and FALSE where an operand stands
are values like any other. Operands are never reordered: SQLAlchemy writes the bind of a lazy load on the left, and
that is the one sign of it.
"""

from triage.sql.casts import without_casts_and_arrays
from triage.sql.cut import before_cut, with_dots
from triage.sql.items import Item, Part, unquoted
from triage.sql.lexer import Dialect, Kind, tokens
from triage.sql.words import AFTER, KEYWORDS, OPERAND_WORDS, folded


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
    return without_casts_and_arrays(read)


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


_START = Item(Part.SYMBOL, "", "")
