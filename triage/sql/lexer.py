"""The exact lexer: a statement's tokens, as the server that it was written for would cut it.

Everything that must not guess where a literal ends stands on this module. What differs between the servers is
lexical: MySQL has backslash escapes in every string, ``"…"`` strings, ``#`` comments and ``/*! … */`` code;
PostgreSQL has ``E'…'``, ``$tag$…$tag$``, nested comments and operators made of any symbols.

The tokens of any text at all, joined, are that text. Servers cut long statements off, so a literal or a comment
that never ends is a token to the end of the text. Each character is looked at a bounded number of times: every
repetition is possessive, and no two neighbouring repetitions can match the same character.

Assumed: ``standard_conforming_strings`` is on (PostgreSQL's default since 9.1), and ``sql_mode`` holds neither
``ANSI_QUOTES`` nor ``NO_BACKSLASH_ESCAPES`` (MySQL's default).

https://www.postgresql.org/docs/current/sql-syntax-lexical.html
https://dev.mysql.com/doc/refman/8.4/en/language-structure.html
"""

import re
from collections.abc import Iterator
from enum import Enum, StrEnum
from functools import cache
from typing import NamedTuple

from triage.sql.words import KEYWORDS, OPERAND_WORDS, folded


class Dialect(StrEnum):
    """The two ways to cut SQL into tokens; MariaDB's is MySQL's."""

    POSTGRESQL = "postgresql"
    MYSQL = "mysql"


class Kind(Enum):
    """What a token is."""

    WHITESPACE = "whitespace"
    COMMENT = "comment"
    """A comment, or one of the two ends of a MySQL ``/*! … */``, whose content is code."""
    NAME = "name"
    """A bare word: an identifier or a keyword, or a MySQL ``@variable``."""
    QUOTED = "quoted"
    """An identifier in quotes."""
    STRING = "string"
    NUMBER = "number"
    BIND = "bind"
    """A place for a parameter: ``$1``, ``?``, ``%s``, ``%(name)s``, ``:name``."""
    OPERATOR = "operator"
    PUNCTUATION = "punctuation"


class Token(NamedTuple):
    """A piece of a statement, as it is written."""

    kind: Kind
    text: str


def tokens(sql: str, dialect: Dialect) -> Iterator[Token]:
    """Yield the tokens of a statement, or of several; joined, they are ``sql``."""
    grammar = _grammar(dialect)
    match, kinds = grammar.pattern.match, grammar.kinds
    position, in_code_comment, before, last = 0, False, _START, _START
    while found := match(sql, position):
        index = found.lastindex or 0
        end = found.end()
        kind = kinds[index]
        if kind is None:
            # t.values is a name, whatever the word.
            kind, end = _read_special(index, found, _OPERAND if before.text == "." else last)
            in_code_comment = in_code_comment or index == _CODE_COMMENT
        elif in_code_comment and kind is Kind.OPERATOR and sql.startswith("*/", position):
            kind, end, in_code_comment = Kind.COMMENT, position + 2, False
        token = Token(kind, sql[position:end])
        if kind is not Kind.WHITESPACE and kind is not Kind.COMMENT:
            before, last = last, token
        yield token
        position = end


def wants_operand(last: Token) -> bool:
    """Say whether an operand must follow this token, so that a sign or a ``?`` belongs to it."""
    if last.kind is Kind.NAME:
        word = folded(last.text)
        return word in KEYWORDS and word not in OPERAND_WORDS
    return last.kind is Kind.OPERATOR or (last.kind is Kind.PUNCTUATION and last.text not in {")", "]"})


def _read_special(index: int, found: re.Match[str], last: Token) -> tuple[Kind, int]:
    """Return kind and end of a token whose end, or whose kind, no pattern can tell."""
    sql, start, end = found.string, found.start(), found.end()
    if index == _NESTED_COMMENT:
        return Kind.COMMENT, _end_of_nested_comment(sql, end)
    if index == _DOLLAR_STRING:
        close = sql.find(found.group(), end)
        return Kind.STRING, len(sql) if close < 0 else close + end - start
    if index == _QUESTION_MARK:
        # After an operand it is JSONB's operator, as ?| and ?& always are.
        return Kind.BIND if wants_operand(last) else Kind.OPERATOR, end
    return Kind.COMMENT, end


def _end_of_nested_comment(sql: str, position: int) -> int:
    depth = 1
    for edge in _COMMENT_EDGE.finditer(sql, position):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(sql)


class _Grammar(NamedTuple):
    pattern: re.Pattern[str]
    kinds: tuple[Kind | None, ...]
    """The kind for each group of the pattern; None where the end or the kind must be looked for."""


@cache
def _grammar(dialect: Dialect) -> _Grammar:
    """Compile a dialect's rules when they are first needed: importing costs nothing."""
    pattern = "|".join(f"({pattern})" for _, pattern in _RULES[dialect])
    return _Grammar(re.compile(pattern, re.DOTALL), (None, *(kind for kind, _ in _RULES[dialect])))


# The rules without a kind come first for both dialects, so that the numbers of their groups are the same.
_NESTED_COMMENT, _DOLLAR_STRING, _QUESTION_MARK, _CODE_COMMENT = 1, 2, 3, 4


def _letter_or(characters: str) -> str:
    """Return a class of the letters of identifiers, any character beyond ASCII being one, and of these characters.

    It is written by what is not in it, for thus it compiles in no time.
    """
    others = [chr(code) for code in range(128) if not chr(code).isalpha() and chr(code) not in f"_{characters}"]
    return f"[^{re.escape(''.join(others))}]"


_ASCII_DIGITS = "0123456789"
_ENDS = "$)]`\"'"
_LETTER = _letter_or("")
_LETTER_OR_DIGIT = _letter_or(_ASCII_DIGITS)
_LETTER_OR_DOLLAR = _letter_or("$")
_WORD = _letter_or(_ASCII_DIGITS + "$")
_NOT_AFTER_NAME = f"(?<!{_letter_or(_ASCII_DIGITS + _ENDS)})"
_NOT_AFTER_OPERAND = f"(?<!{_letter_or(_ASCII_DIGITS + _ENDS + '?:')})"

_PLAIN = r"'[^']*+(?:''[^']*+)*+'?"
_BODY = r"[^'\\]*+(?:(?:\\.?|'')[^'\\]*+)*+"
_ESCAPED = f"'{_BODY}'?"
_ESCAPED_DOUBLE = _ESCAPED.replace("'", '"')
# Two strings with a line break between are one, and the second is read as the first was.
_BREAK = r"(?:[ \t\f\v]++|--[^\n\r]*+)*+[\n\r](?:[ \t\f\v\n\r]++|--[^\n\r]*+[\n\r])*+"

_BINDS = rf"{_NOT_AFTER_OPERAND}%s(?!{_WORD})|%\([^()]*+\)[sbt](?!{_WORD})|{_NOT_AFTER_OPERAND}:{_LETTER}{_WORD}*+"
_BIND_AHEAD = rf"%s(?!{_WORD})|%\([^()]*+\)[sbt](?!{_WORD})"
_NO_MATCH = r"(?!)"
_DIGITS = "[0-9][0-9_]*+"

_RULES: dict[Dialect, tuple[tuple[Kind | None, str], ...]] = {
    Dialect.POSTGRESQL: (
        (None, r"/\*"),
        (None, rf"\$(?:{_LETTER}{_LETTER_OR_DIGIT}*+)?+\$"),
        (None, r"\?(?![|&](?![|&]))"),
        (None, _NO_MATCH),
        (Kind.WHITESPACE, r"[ \t\n\r\f\v]++"),
        # A word that a quote follows may be a prefix of a string: that is tried first.
        (Kind.NAME, rf"{_LETTER}{_WORD}*+(?!['&])"),
        (Kind.PUNCTUATION, r"[(),;\[\]]"),
        (Kind.QUOTED, r'(?:[uU]&)?"[^"]*+(?:""[^"]*+)*+"?'),
        (Kind.BIND, r"\$[0-9]++"),
        (Kind.STRING, rf"(?:[uU]&|[xXbBnN])?{_PLAIN}|[eE]'{_BODY}(?:'{_BREAK}'{_BODY})*+'?"),
        (Kind.NAME, rf"{_LETTER}{_WORD}*+"),
        (Kind.NUMBER, r"0[xX][0-9a-fA-F_]++|0[oO][0-7_]++|0[bB][01_]++"),
        (Kind.NUMBER, rf"(?:{_DIGITS}(?:\.(?!\.)[0-9_]*+)?|{_NOT_AFTER_NAME}\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?"),
        (Kind.COMMENT, r"--[^\n\r]*+"),
        (Kind.BIND, _BINDS),
        (Kind.PUNCTUATION, r"::|:=|\.\.\.|[.:]"),
        # Operators that hold a + or - are named: in any other run, a sign begins the next token.
        (Kind.OPERATOR, rf"->>?|-\|-|\?[|&]|@-@|@\?|<[-+]>|(?:(?!/\*|{_BIND_AHEAD})[*/<>=~!@#%^&|`])++"),
        (Kind.OPERATOR, r"."),
    ),
    Dialect.MYSQL: (
        (None, _NO_MATCH),
        (None, _NO_MATCH),
        (None, _NO_MATCH),
        (None, r"/\*M?![0-9]*+"),
        (Kind.WHITESPACE, r"[ \t\n\r\f\v]++"),
        (Kind.NAME, rf"""{_LETTER_OR_DOLLAR}{_WORD}*+(?!['"])"""),
        (Kind.PUNCTUATION, r"[(),;\[\]]"),
        (Kind.QUOTED, r"`[^`]*+(?:``[^`]*+)*+`?"),
        (Kind.STRING, rf"(?:_[A-Za-z0-9]++|[nNxXbB])?(?:{_ESCAPED}|{_ESCAPED_DOUBLE})"),
        (Kind.NAME, rf"{_LETTER_OR_DOLLAR}{_WORD}*+"),
        (Kind.NUMBER, rf"0[xX][0-9a-fA-F]++(?!{_WORD})|0[bB][01]++(?!{_WORD})"),
        (Kind.NUMBER, rf"(?:[0-9]++(?:\.[0-9]*+)?|{_NOT_AFTER_NAME}\.[0-9]++)[eE][+-]?[0-9]++"),
        (Kind.NUMBER, rf"[0-9]++\.[0-9]*+|{_NOT_AFTER_NAME}\.[0-9]++|[0-9]++(?!{_WORD})"),
        # Unlike PostgreSQL's, a name may begin with digits.
        (Kind.NAME, rf"[0-9]++{_WORD}++|@@?{_WORD}++(?:\.{_WORD}++)*+"),
        (Kind.COMMENT, r"--(?=[\x00-\x20]|\Z)[^\n]*+|#[^\n]*+|/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/)?"),
        (Kind.BIND, rf"\?|{_BINDS}"),
        (Kind.PUNCTUATION, r":=|\.\.\.|[.:]"),
        (Kind.OPERATOR, r"<=>|->>?|<<|>>|<>|<=|>=|!=|\|\||&&|."),
    ),
}

_COMMENT_EDGE = re.compile(r"/\*|\*/")
_START = Token(Kind.PUNCTUATION, "")
_OPERAND = Token(Kind.QUOTED, "")
