"""What a replay knows of a statement, kept once for each fingerprint.

What ends or opens a transaction is decided here, by backend:
https://www.postgresql.org/docs/current/sql-begin.html
https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html
"""

import re
from enum import IntEnum, auto
from functools import cached_property, lru_cache

from triage.querylogs.rows import Mark
from triage.sql.fingerprint import fingerprint
from triage.sql.lexer import Dialect
from triage.sql.shape import Shape, Verb, shape, values
from triage.sql.split import split

MOST_READ = 65_536
"""Of a longer statement only so many bytes are read; what it is, and of which table, has been said by then."""


class Control(IntEnum):
    """What a statement, or a mark of the log, does to its session's transaction."""

    WORK = 0
    """It works inside of one, and opens one where the backend opens them itself."""
    PLUMBING = auto()
    """Pings, settings, savepoints, catalog lookups: nobody's work, and no reason to open a transaction."""
    RECOVER = auto()
    """ROLLBACK TO SAVEPOINT: a failed transaction can go on."""
    BEGIN = auto()
    DURATION = auto()
    FAILED = auto()
    COMMIT = auto()
    ROLLBACK = auto()
    COMMIT_AND_CHAIN = auto()
    ROLLBACK_AND_CHAIN = auto()
    PREPARE = auto()
    """PREPARE TRANSACTION: the session is free, the transaction lives on without it."""
    FINISH_PREPARED = auto()
    AUTOCOMMIT_ON = auto()
    AUTOCOMMIT_OFF = auto()
    IMPLICIT_COMMIT = auto()
    """DDL and the like on MySQL: what was open is committed, whether the statement succeeds or not."""
    SEVERAL = auto()
    """Several statements in one message."""
    DEADLOCK = auto()
    CONNECTED = auto()
    DISCONNECTED = auto()
    DROPPED = auto()
    REFUSED = auto()
    """COMMIT or PREPARE TRANSACTION failed, and so rolled back. It may itself be in the log, before this."""


COMMITS = frozenset({Control.COMMIT, Control.COMMIT_AND_CHAIN, Control.IMPLICIT_COMMIT, Control.AUTOCOMMIT_ON})
CHAINS = frozenset({Control.COMMIT_AND_CHAIN, Control.ROLLBACK_AND_CHAIN})
LEAVES = frozenset({Control.CONNECTED, Control.DISCONNECTED, Control.DROPPED})
ENDS = frozenset({Control.COMMIT, Control.ROLLBACK, Control.PREPARE, Control.REFUSED}) | CHAINS | LEAVES
"""After these the session's state is known, whatever came before."""
_BOUNDARIES = ENDS | {
    Control.FINISH_PREPARED,
    Control.AUTOCOMMIT_ON,
    Control.AUTOCOMMIT_OFF,
    Control.IMPLICIT_COMMIT,
    Control.SEVERAL,
    Control.DEADLOCK,
}


class Statement:
    """One kind of statement: its fingerprint and what follows from it."""

    def __init__(self, text: str, dialect: Dialect, *, named: bool = False) -> None:
        self.dialect = dialect
        self.named = named
        """Whether it ran under a prepared name of psycopg 3."""
        self.parts = _parts(text, dialect)
        self.fingerprint = fingerprint(text, dialect)
        self.control = Control.SEVERAL if self.parts else _control(self.fingerprint, self.shape, dialect)
        self.is_boundary = self.control in _BOUNDARIES
        self.is_write = self.shape.verb in _WRITES and self.control is Control.WORK

    @cached_property
    def shape(self) -> Shape:
        """What the statement asks for; read from the fingerprint."""
        return shape(self.fingerprint, self.dialect)

    @cached_property
    def width(self) -> int:
        """How many values the statement has."""
        return len(values(self.fingerprint, self.dialect))

    @cached_property
    def plain(self) -> "Statement":
        """The statement, under whatever name it ran."""
        return statement_of(self.fingerprint, self.dialect) if self.named else self

    def __reduce__(self) -> tuple[object, ...]:
        return _known, (self.fingerprint, self.dialect, self.named)


class MarkedStatement(Statement):
    """What stands for a mark among a session's statements."""

    def __init__(self, control: Control) -> None:
        self.dialect = Dialect.POSTGRESQL
        self.named = False
        self.parts = ()
        self.fingerprint = ""
        self.control = control
        self.is_boundary = control in _BOUNDARIES
        self.is_write = False

    def __reduce__(self) -> tuple[object, ...]:
        return _marked, (self.control,)


def _marked(control: Control) -> Statement:
    return _MARKED[control]


_MARKED: dict[Control, Statement] = {
    control: MarkedStatement(control)
    for control in (
        *(Control.DURATION, Control.FAILED, Control.REFUSED, Control.DEADLOCK),
        *(Control.CONNECTED, Control.DISCONNECTED, Control.DROPPED, Control.PLUMBING),
    )
}
REFUSED = _MARKED[Control.REFUSED]
MARKED: dict[Mark, Statement] = {
    mark: _MARKED[Control.PLUMBING if mark is Mark.LOST else Control[mark.name]]
    for mark in Mark
    if mark not in {Mark.NAMED, Mark.STARTED}
}


def statement_of(text: str, dialect: Dialect, *, named: bool = False) -> Statement:
    """The statement of this text; of a fingerprint, the same object each time, and in each process."""
    return _known(text, dialect, named)


@lru_cache(maxsize=20_000)
def _known(text: str, dialect: Dialect, named: bool, /) -> Statement:
    # The cache takes a default that is left out for another argument: who asks has to name all three.
    return Statement(text, dialect, named=named)


_WRITES = frozenset({Verb.INSERT, Verb.UPDATE, Verb.DELETE, Verb.MERGE})
_OF_VERB = {
    Verb.BEGIN: Control.BEGIN,
    Verb.PREPARE_TRANSACTION: Control.PREPARE,
    Verb.SAVEPOINT: Control.PLUMBING,
    Verb.RELEASE: Control.PLUMBING,
    Verb.ROLLBACK_TO: Control.RECOVER,
    Verb.COMMIT_PREPARED: Control.FINISH_PREPARED,
    Verb.ROLLBACK_PREPARED: Control.FINISH_PREPARED,
    Verb.SET: Control.PLUMBING,
    Verb.SHOW: Control.PLUMBING,
    Verb.FETCH: Control.PLUMBING,
    Verb.CLOSE: Control.PLUMBING,
    Verb.EXPLAIN: Control.PLUMBING,
}
_AUTOCOMMIT = re.compile(
    r"""(?:\bSET|,)\s*+(?:SESSION\s++|LOCAL\s++|@@(?:SESSION\.|LOCAL\.)?)?`?AUTOCOMMIT`?\s*+:?=\s*+['"]?(\w++)""",
    re.IGNORECASE,
)
_ON = frozenset({"1", "ON", "TRUE", "DEFAULT"})
_CATALOGS = frozenset({"pg_catalog", "information_schema", "performance_schema", "mysql", "sys"})
_COMMITTING = frozenset({"UNLOCK", "ANALYZE", "CACHE", "CHECK", "OPTIMIZE", "REPAIR", "FLUSH", "INSTALL", "UNINSTALL"})
_HANDLES = frozenset({"DEALLOCATE", "DISCARD", "LISTEN", "UNLISTEN", "PREPARE", ";"})
_OF_XA = {
    "START": Control.BEGIN,
    "BEGIN": Control.BEGIN,
    "PREPARE": Control.PREPARE,
    "COMMIT": Control.FINISH_PREPARED,
    "ROLLBACK": Control.FINISH_PREPARED,
}
"""MySQL's transactions of two phases: https://dev.mysql.com/doc/refman/8.4/en/xa-statements.html"""


_PLAIN = rb"""(?:[^'"`\\$#/;-]++|'[^'\\]*+'|"[^"\\]*+"|-(?!-)|/(?!\*))++"""
"""What both dialects read alike, as far as it goes: no semicolon in it ends a statement."""
_ALL_PLAIN = re.compile(rb"(?:%b|;)*+" % _PLAIN)
_BETWEEN = re.compile(_PLAIN)


def _parts(text: str, dialect: Dialect) -> tuple[Statement, ...]:
    if ";" not in text.rstrip().rstrip(";"):
        return ()
    parts = split(text, dialect)
    return tuple(statement_of(fingerprint(part, dialect), dialect) for part in parts) if len(parts) > 1 else ()


def texts_of(message: Statement, text: bytes) -> list[bytes]:
    """The statements of one message as they are written, each for one of its parts."""
    text = text[:MOST_READ]
    if _ALL_PLAIN.fullmatch(text):
        texts = [each for between in _BETWEEN.findall(text) if (each := between.strip())]
        if len(texts) == len(message.parts):
            return texts
    return [each.encode() for each in split(text.decode(errors="replace"), message.dialect)]


def _control(text: str, read: Shape, dialect: Dialect) -> Control:
    words = text.upper().split(None, 4)
    if read.verb is Verb.COMMIT:
        return Control.COMMIT_AND_CHAIN if read.chain else Control.COMMIT
    if read.verb is Verb.ROLLBACK:
        return Control.ROLLBACK_AND_CHAIN if read.chain else Control.ROLLBACK
    if control := _OF_VERB.get(read.verb):
        return control
    first = words[0] if words else ";"
    if dialect is Dialect.MYSQL:
        if first == "XA":
            return Control.COMMIT if "ONE PHASE" in text.upper() else _OF_XA.get("".join(words[1:2]), Control.PLUMBING)
        if read.verb in {Verb.DDL, Verb.LOCK} or first in _COMMITTING:
            return Control.WORK if "TEMPORARY" in words[1:4] else Control.IMPLICIT_COMMIT
    is_handle = read.verb is Verb.OTHER and first in _HANDLES
    return Control.PLUMBING if is_handle or _is_plumbing(read) else Control.WORK


def _is_plumbing(read: Shape) -> bool:
    """Say whether it reads no table of the application: SELECT 1, version(), the catalog."""
    return read.verb is Verb.SELECT and all(_is_catalog(table.name) for table in read.tables)


def _is_catalog(name: str) -> bool:
    schema, dot, table = name.lower().rpartition(".")
    return schema in _CATALOGS if dot else table.startswith("pg_")


def autocommit_of(text: str) -> Control | None:
    """What a SET of MySQL says of autocommit; the value is a literal, so the fingerprint does not have it."""
    said = _AUTOCOMMIT.findall(text)
    if not said:
        return None
    return Control.AUTOCOMMIT_ON if said[-1].upper() in _ON else Control.AUTOCOMMIT_OFF
