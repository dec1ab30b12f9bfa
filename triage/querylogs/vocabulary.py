r"""From the bytes of a statement to what is known of it, as cheaply as can be: this runs for each record.

Text without literals is looked up as it is. Otherwise only a part is reduced to a key: what SQLAlchemy writes before
WHERE, SET or VALUES is the same each time and without literals, mostly, so it is looked up as it is; where a join has
a value of its own, that is so before FROM. In the rest every number becomes zeros, every plain string a mark, and
lists of any length one value. That two statements with one such key have
one fingerprint is found out once for each beginning and once for each key, because all that could speak against it
(digits in names, comments, other quotes, backslashes, exponents) stays in the key. What fails goes the slower way, by
the cheap key.
"""

import re

from triage.querylogs.statement import MOST_READ, Control, Statement, autocommit_of, statement_of
from triage.sql.fingerprint import cheap_key
from triage.sql.lexer import Dialect
from triage.sql.shape import Verb

_MOST_BYTES = 32 * 1024 * 1024
_LONGEST = 2000
"""A longer key is none: it is not worth its memory."""
_LONGEST_WHOLE = 1 << 20
"""Of a longer statement the beginning has to do: each of the steps below would copy it."""
_MOST_HEADS = 10_000
_MOST_ALIASES = 500
_LONGEST_ALIAS = 200
_FROM, _WHERE = b"FROM ", b"WHERE "
_CUTS = {b"SELECT": (_WHERE, _FROM), b"INSERT": (b"VALUES ",), b"UPDATE": (b" SET ",)}
"""Before which word there is no value yet, mostly; the next is tried where there is one."""
_OTHER_CUTS = (_WHERE,)
_NO_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_STRING = re.compile(rb"'[^'\\]*+(?:''[^'\\]*+)*+'")
"""One with a backslash stays as it is: the dialects do not agree on where it ends."""
_MARK = b"'\0"
_QUOTED_NAME = {
    Dialect.POSTGRESQL: re.compile(rb'"[A-Za-z_ ]{1,64}"(?!")'),
    Dialect.MYSQL: re.compile(rb"`[A-Za-z_ ]{1,64}`(?!`)"),
}
# Literals, comments, dollar quotes, names in quotes that are not plain, digits that are a part of an exponent.
_UNSAFE_HEAD = re.compile(rb"""['"`\\\0\x80-\xff#]|/\*|--|\$(?![0-9])|[0-9]\$""")
_UNSAFE_KEY = re.compile(
    rb"""'(?!\0)|(?<!')\0|["`\\\x80-\xff#]|/\*|--|\$(?!0)|(?<![\w$])0[A-Za-z_$.]|(?<![\w"])\.0|\), ?\("""
)
_VALUE_OF_JOIN = re.compile(rb"(?<![\w$])[0-9]")
_NAME_WITH_DIGITS = re.compile(rb"[A-Za-z_$@][0-9]")
_ZEROS = re.compile(rb"0+(?:\.0+)?")
_NUMBER = re.compile(rb"(?<![\w$@])[0-9]+(?:\.[0-9]+)?")
_VALUE = rb"(?:-?0|'\0|NULL)"
_LIST = re.compile(rb"""(?<=[\w"`)] IN \()(?:0|'\0)(?:, ?(?:0|'\0))*(?=\))""")
_ROW = rb"(\(%b(?:, ?%b)*\))(?:, ?\1)+" % (_VALUE, _VALUE)
# Rows only where they certainly are those of one list: at once behind an INSERT's VALUES, and IN ((1, 2), (3, 4)).
_ROWS_OF_INSERT = re.compile(rb"\A" + _ROW)
_ROWS = re.compile(rb"""(?<=[\w"`)] IN \()""" + _ROW)


class Vocabulary:
    """The statements of one part of a log."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.exact: dict[bytes, Statement] = {}
        """By text that has no literal; looked up by who calls, to save the call."""
        self._by_key: dict[bytes, Statement] = {}
        self._tails: dict[bytes, dict[bytes, Statement]] = {}
        """By beginning, and then by the rest: as it is without digits, and by its keys, which a control byte precedes."""
        self._named: dict[Statement, Statement] = {}
        self._bytes = 0

    def __call__(self, sql: bytes) -> Statement:
        """Return what is known of a statement that is not among the exact ones."""
        if len(sql) > _LONGEST_WHOLE:
            return self._slowly(sql)
        for cut in _CUTS.get(sql[:6], _OTHER_CUTS):
            head, word, tail = sql.partition(cut)
            try:
                tails = self._tails[head]
                break
            except KeyError:
                if word and (begun := self._begun(head, cut)) is not None:
                    tails = begun
                    break
        else:
            return self._slowly(sql)
        if b"'" in tail:
            if b"\0" in tail:
                return self._slowly(sql)
            tail = _STRING.sub(_MARK, tail)
        key = tail.translate(_NO_DIGITS)
        found = tails.get(key)
        if found is None:
            return self._squeezed(tails, key, tail, sql)
        if found is _NAMES_HAVE_DIGITS:
            return self._by_names(tails, tail, sql)
        return found

    def named(self, sql: bytes) -> Statement:
        """Return what is known of a statement that ran under a prepared name of psycopg 3."""
        plain = self.exact.get(sql) or self(sql)
        found = self._named.get(plain)
        if found is None:
            found = plain
            if plain.control is Control.WORK:
                found = statement_of(plain.fingerprint, self.dialect, named=True)
            self._named[plain] = found
        return found

    def _slowly(self, sql: bytes) -> Statement:
        sql = sql[:MOST_READ]
        key = cheap_key(sql)
        return self._by_key.get(key) or self._learn(self._by_key, key, sql)

    def _begun(self, head: bytes, cut: bytes) -> dict[bytes, Statement] | None:
        """Decide whether what follows this beginning, which ends before a word, can be read by itself."""
        if len(self._tails) >= _MOST_HEADS or _UNSAFE_HEAD.search(self._without_names(head)):
            return None
        if cut is _WHERE and _VALUE_OF_JOIN.search(head.partition(_FROM)[2]):
            return None
        self._remember(len(head))
        return self._tails.setdefault(head, {})

    def _squeezed(self, tails: dict[bytes, Statement], exact: bytes, tail: bytes, sql: bytes) -> Statement:
        """Look a statement up by its key without the numbers of digits, or learn it; where that is a key."""
        squeezed = _without_lists(_ZEROS.sub(b"0", exact), sql)
        key = b"\2" + squeezed
        found = tails.get(key)
        if found is None:
            if len(squeezed) > _LONGEST:
                return self._slowly(sql)
            plain = self._without_names(squeezed)
            if _UNSAFE_KEY.search(plain):
                return self._slowly(sql)
            if _NAME_WITH_DIGITS.search(plain):
                found = tails[key] = _NAMES_HAVE_DIGITS
            else:
                found = self._learn(tails, key, self._shortened(sql, squeezed))
        if len(tails) < _MOST_ALIASES and len(exact) < _LONGEST_ALIAS and found.control not in AUTOCOMMIT:
            self._remember(len(exact))
            tails[exact] = found
        return self._by_names(tails, tail, sql) if found is _NAMES_HAVE_DIGITS else found

    def _by_names(self, tails: dict[bytes, Statement], tail: bytes, sql: bytes) -> Statement:
        """Look a statement up by its key with the digits that names have."""
        squeezed = _without_lists(_NUMBER.sub(b"0", tail), sql)
        key = b"\1" + squeezed
        return tails.get(key) or self._learn(tails, key, self._shortened(sql, squeezed))

    def _without_names(self, text: bytes) -> bytes:
        return _QUOTED_NAME[self.dialect].sub(b"n", text)

    def _learn(self, known: dict[bytes, Statement], key: bytes, sql: bytes) -> Statement:
        text = sql.decode(errors="replace")
        read = Statement(text, self.dialect)
        if (
            self.dialect is Dialect.MYSQL
            and not read.parts
            and read.shape.verb is Verb.SET
            and (said := autocommit_of(text))
        ):
            return AUTOCOMMIT[said]  # its value decides, and no key has it
        # Of a fingerprint there is one statement; several in one message have no fingerprint of their own.
        found = read if read.parts else statement_of(read.fingerprint, self.dialect)
        self._remember(len(key) + len(sql))
        known[key] = found
        if cheap_key(sql) == sql:
            self.exact[sql] = found
        return found

    def _shortened(self, sql: bytes, key: bytes) -> bytes:
        """A statement of the same fingerprint that is not too long to be read whole: lists and rows have one value."""
        if len(sql) <= MOST_READ:
            return sql
        cuts = (sql.partition(cut) for cut in _CUTS.get(sql[:6], _OTHER_CUTS))
        head, word, _ = next(each for each in cuts if each[0] in self._tails)
        return head + word + key.replace(_MARK, b"''")

    def _remember(self, size: int) -> None:
        self._bytes += size + 300
        if self._bytes > _MOST_BYTES:
            for known in (self._by_key, self._tails, self.exact, self._named):
                known.clear()
            self._bytes = 0


def _without_lists(key: bytes, sql: bytes) -> bytes:
    """The key with lists and rows of any number as one of one."""
    if b" IN (" in key:
        key = _LIST.sub(b"0", key)
    if b"), (" in key or b"),(" in key:
        key = (_ROWS_OF_INSERT if sql.startswith(b"INSERT") else _ROWS).sub(rb"\1", key)
    return key


class _SetAutocommit(Statement):
    """``SET autocommit``, whose value is not in its fingerprint."""

    def __init__(self, control: Control) -> None:
        super().__init__("SET autocommit = ?", Dialect.MYSQL)
        self.control = control
        self.is_boundary = True

    def __reduce__(self) -> tuple[object, ...]:
        return _autocommit, (self.control,)


_NAMES_HAVE_DIGITS = Statement("", Dialect.POSTGRESQL)
"""Stands for every statement of a key in which digits of names are lost as well."""
AUTOCOMMIT: dict[Control, Statement] = {
    control: _SetAutocommit(control) for control in (Control.AUTOCOMMIT_ON, Control.AUTOCOMMIT_OFF)
}


def _autocommit(control: Control) -> Statement:
    return AUTOCOMMIT[control]
