"""What a replay knows of a statement, kept once for each fingerprint.

The exact lexer and the reading of the shape run once for each cheap key; after that a statement of the log costs a
lookup. What ends or opens a transaction is decided here too, by backend:
https://www.postgresql.org/docs/current/sql-begin.html
https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html
"""

import re
from enum import IntEnum
from functools import cached_property, lru_cache

from triage.sql.fingerprint import cheap_key, fingerprint
from triage.sql.lexer import Dialect
from triage.sql.shape import Shape, Verb, shape, values
from triage.sql.split import split


class Control(IntEnum):
    """What a statement does to its transaction."""

    NONE = 0
    """It works inside of one, and opens one where the backend opens them itself."""
    PLUMBING = 1
    """Pings, settings, savepoints, catalog lookups: nobody's work, and no reason to open a transaction."""
    BEGIN = 2
    COMMIT = 3
    ROLLBACK = 4
    COMMIT_AND_CHAIN = 5
    ROLLBACK_AND_CHAIN = 6
    PREPARE = 7
    """PREPARE TRANSACTION: the session is free, the transaction lives on without it."""
    AUTOCOMMIT_ON = 8
    AUTOCOMMIT_OFF = 9
    IMPLICIT_COMMIT = 10
    """DDL and the like on MySQL: what was open is committed, whether the statement succeeds or not."""
    SEVERAL = 11
    """Several statements in one message."""


class Statement:
    """One kind of statement: its fingerprint and what follows from it."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self.fingerprint = fingerprint(text, dialect)
        self.dialect = dialect
        self.parts = _parts(text, dialect)
        self.control = Control.SEVERAL if self.parts else _control(self.fingerprint, self.shape, dialect)
        self.sets_autocommit = self.shape.verb is Verb.SET and "autocommit" in self.fingerprint.lower()
        self.is_write = self.shape.verb in _WRITES and self.control is Control.NONE

    @cached_property
    def shape(self) -> Shape:
        """What the statement asks for; read from the fingerprint."""
        return shape(self.fingerprint, self.dialect)

    @cached_property
    def width(self) -> int:
        """How many values the statement has."""
        return len(values(self.fingerprint, self.dialect))

    def __reduce__(self) -> tuple[object, ...]:
        return statement_of, (self.fingerprint, self.dialect)


@lru_cache(maxsize=20_000)
def statement_of(text: str, dialect: Dialect) -> Statement:
    """The statement of this text; of a fingerprint, the same object each time."""
    return Statement(text, dialect)


class Vocabulary:
    """Statements by their bytes: a lookup for text that has no literals, the cheap key for the rest."""

    def __init__(self, dialect: Dialect, most: int = 50_000) -> None:
        self.dialect = dialect
        self._most = most
        self._exact: dict[bytes, Statement] = {}
        self._by_key: dict[bytes, Statement] = {}

    def __call__(self, sql: bytes) -> Statement:
        """Return what is known of this statement."""
        return self._exact.get(sql) or self._by_key.get(key := cheap_key(sql)) or self._read(key, sql)

    def _read(self, key: bytes, sql: bytes) -> Statement:
        if len(self._by_key) >= self._most:
            self._by_key.clear()
            self._exact.clear()
        found = statement_of(fingerprint(sql.decode(errors="replace"), self.dialect), self.dialect)
        self._by_key[key] = found
        if key == sql:
            self._exact[sql] = found
        return found


_WRITES = frozenset({Verb.INSERT, Verb.UPDATE, Verb.DELETE, Verb.MERGE})
_OF_VERB = {
    Verb.BEGIN: Control.BEGIN,
    Verb.PREPARE_TRANSACTION: Control.PREPARE,
    Verb.SAVEPOINT: Control.PLUMBING,
    Verb.RELEASE: Control.PLUMBING,
    Verb.ROLLBACK_TO: Control.PLUMBING,
    Verb.COMMIT_PREPARED: Control.PLUMBING,
    Verb.ROLLBACK_PREPARED: Control.PLUMBING,
    Verb.SET: Control.PLUMBING,
    Verb.SHOW: Control.PLUMBING,
    Verb.FETCH: Control.PLUMBING,
    Verb.CLOSE: Control.PLUMBING,
    Verb.EXPLAIN: Control.PLUMBING,
}
_AUTOCOMMIT = re.compile(r"SET (?:SESSION |@@(?:SESSION\.|LOCAL\.)?)?AUTOCOMMIT (?::?=) (\S+)", re.IGNORECASE)
_ON = frozenset({"1", "ON", "TRUE"})
_CATALOGS = ("pg_catalog", "information_schema", "performance_schema", "mysql", "sys")


def _parts(text: str, dialect: Dialect) -> tuple[Statement, ...]:
    if ";" not in text.rstrip().rstrip(";"):
        return ()
    parts = split(text, dialect)
    return tuple(statement_of(fingerprint(part, dialect), dialect) for part in parts) if len(parts) > 1 else ()


def _control(text: str, read: Shape, dialect: Dialect) -> Control:
    words = text.upper().split(None, 2)
    if read.verb in {Verb.COMMIT, Verb.ROLLBACK}:
        if read.verb is Verb.COMMIT:
            return Control.COMMIT_AND_CHAIN if read.chain else Control.COMMIT
        return Control.ROLLBACK_AND_CHAIN if read.chain else Control.ROLLBACK
    if control := _OF_VERB.get(read.verb):
        return control
    if dialect is Dialect.MYSQL and (read.verb in {Verb.DDL, Verb.LOCK} or words[:1] in _COMMITTING):
        return Control.NONE if words[1:2] == ["TEMPORARY"] else Control.IMPLICIT_COMMIT
    if read.verb is Verb.OTHER and (not words or words[0] in _HANDLES):
        return Control.PLUMBING
    return Control.PLUMBING if _is_plumbing(read) else Control.NONE


_COMMITTING = (["UNLOCK"], ["ANALYZE"], ["OPTIMIZE"], ["REPAIR"], ["FLUSH"])
_HANDLES = frozenset({"DEALLOCATE", "DISCARD", "LISTEN", "UNLISTEN", "PREPARE", "XA", ";"})


def _is_plumbing(read: Shape) -> bool:
    """Say whether it reads no table of the application: SELECT 1, version(), the catalog."""
    if read.verb is not Verb.SELECT:
        return False
    return all(_is_catalog(table.name) for table in read.tables)


def _is_catalog(name: str) -> bool:
    schema, dot, table = name.lower().rpartition(".")
    return schema in _CATALOGS if dot else table.startswith("pg_")


def autocommit_of(sql: bytes) -> Control | None:
    """What ``SET autocommit = …`` says; the value is a literal, so the fingerprint does not have it."""
    found = _AUTOCOMMIT.match(sql.decode(errors="replace").strip().replace("=", " = ").replace("  ", " "))
    if not found:
        return None
    return Control.AUTOCOMMIT_ON if found[1].upper() in _ON else Control.AUTOCOMMIT_OFF
