r"""SQLAlchemy's echo: what the engine logs of its statements, under whatever prefix the application's logging prints.

A statement is a record of the engine's logger, its lines, and then a record with the parameters:
``[generated in 0.00012s] (7,)``. The number in the brackets is the age of a cache entry, never a duration.

There is no connection id. A prefix that prints thread, task, process or token tells sessions apart; otherwise the
whole file is one stream.

https://docs.sqlalchemy.org/en/21/core/engines.html#configuring-logging
"""

import re

from triage.evidence import Backend
from triage.querylogs.formats.base import Data, Sniffed
from triage.querylogs.ledger import Ledger
from triage.querylogs.statement import Vocabulary, statement_of
from triage.sql.lexer import Dialect

name = "sqlalchemy-echo"
backend: Backend | None = None
dialect = Dialect.POSTGRESQL

_VERBS = (
    rb"SELECT|INSERT|UPDATE|DELETE|WITH|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|CREATE|ALTER|DROP|TRUNCATE|SET|SHOW|"
    rb"PRAGMA|DESCRIBE|EXPLAIN|CALL|REPLACE|MERGE|LOCK|PREPARE|XA|VALUES|DECLARE|FETCH|select|insert|update|delete|show"
)
_LOGGER = rb"sqlalchemy\.engine(?:\.base)?\.(?:Engine|OptionEngine|AsyncEngine)(?:\.[\w.-]+)?"
_HEAD = rb"^([^\n]{0,200}?)%b([^\n\w\[]{0,12}(?:INFO|DEBUG)?[^\n\w\[]{0,12})" % _LOGGER
_STATS = (
    rb"\[(?:raw sql|generated in [^\]\n]*|cached since [^\]\n]*|no key [^\]\n]*|caching disabled[^\]\n]*|"
    rb"dialect [^\]\n]*does not support caching[^\]\n]*|no stats)[^\]\n]*\]"
)
_RECORD = re.compile(
    rb"%b(?:(%b)(?: \(insertmanyvalues\) \d+/\d+ \([^()\n]*\))? ?)?([^\n]*+(?:\n(?!%b|[^\n]{0,200}?%b|\Z)[^\n]*+)*+)\n?"
    % (_HEAD, _STATS, rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d", _LOGGER),
    re.MULTILINE,
)
_START = re.compile(_HEAD, re.MULTILINE)
_TIME = re.compile(rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_IDENTITY = re.compile(rb"(?:thread|task|process|Thread|Task|pid|MainThread|ThreadPoolExecutor)[-:=_ ]*[\w-]+")
_TOKEN = re.compile(rb"\[([\w.-]{1,64})\] ")
_ROW = (b"Col (", b"Row (")
_HIDDEN = b"[SQL parameters hidden"


def sniff(sample: bytes, variant: str | None = None) -> Sniffed | None:
    """Count the bytes in records of the engine's logger; MySQL's parameters look otherwise than PostgreSQL's."""
    covered = sum(found.end() - found.start() for found in _RECORD.finditer(sample))
    score = covered / max(len(sample), 1)
    return (
        Sniffed(score=score, why=f"records of the engine's logger cover {score:.0%}", variant=variant)
        if covered
        else None
    )


def identity(variant: str | None) -> str:  # noqa: ARG001
    """Echo names no connection."""
    return "none"


def first_record(data: Data, position: int, variant: str | None) -> int:  # noqa: ARG001
    """The first record that is no parameters: those belong to the statement before."""
    if position > 0:
        position = data.find(b"\n", position - 1) + 1 or len(data)
    for found in _RECORD.finditer(data, position):
        if found[3] is None and not found[4].startswith(_ROW):
            return found.start()
    return len(data)


def parse(data: Data, start: int, end: int, variant: str | None, ledger: Ledger) -> None:  # noqa: ARG001
    """Read the records that start in the range."""
    reader = _Reader(ledger)
    position, unparsed = start, 0
    for found in _RECORD.finditer(data, start, end):
        begin = found.start()
        if begin != position:
            unparsed += begin - position
        position = found.end()
        head, _, stats, text = found.groups()
        ledger.records += 1
        if stats is not None:
            reader.parameters(head, text)
        elif not text.startswith(_ROW):
            reader.statement(head, text)
    reader.flush()
    ledger.last = reader.time or ledger.last
    ledger.bytes += end - start
    ledger.unparsed_bytes += unparsed + end - position


class _Reader:
    """Joins a statement with its parameters, and leaves out what is printed a second time."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.vocabulary = Vocabulary(dialect)
        self.time = b""
        self._held: tuple[bytes, bytes, bytes] | None = None
        self._is_bound = False
        self._last: bytes | None = None
        self._shape = b""

    def statement(self, head: bytes, text: bytes) -> None:
        """Take a record that is a statement, or the beginning or end of a transaction."""
        if self._is_repeated(head, text):
            return
        self.flush()
        if found := _TIME.search(head):
            self.time = found[0]
            self.ledger.first = self.ledger.first or self.time
        key = _key(head)
        if token := _TOKEN.match(text):
            key, text = key + token[1], text[token.end() :]
        self._held, self._is_bound = (key, self.time, text), False
        if text.startswith((b"BEGIN", b"COMMIT", b"ROLLBACK")) and b"\n" not in text:
            self.flush()

    def parameters(self, head: bytes, text: bytes) -> None:
        """Take the record with the parameters: now the statement is whole."""
        if self._is_repeated(head, text) or not self._held:
            return
        key, time, sql = self._held
        self._held = None
        given = None if text.startswith(_HIDDEN) else text
        self.ledger.session(key).execute(self.vocabulary(sql), sql, time, None, given)

    def flush(self) -> None:
        """End a record that has no parameters."""
        if self._held is None:
            return
        key, time, text = self._held
        self._held = None
        session = self.ledger.session(key)
        for word in (b"BEGIN", b"COMMIT", b"ROLLBACK"):
            if text.startswith(word) and b"no effect due to autocommit" not in text:
                if b"DBAPI should not BEGIN" not in text and not text.startswith(b"ROLLBACK TO"):
                    session.execute(statement_of(word.decode(), dialect), word, time)
                return
        session.execute(self.vocabulary(text), text, time)

    def _is_repeated(self, head: bytes, text: bytes) -> bool:
        """Say whether this is the line before once more, in another prefix: echo and a handler of the root logger."""
        shape = re.sub(rb"[\d.,:]+", b"0", head)
        if self._last == text and self._shape != shape:
            self._last = None
            return True
        self._last, self._shape = text, shape
        return False


def _key(head: bytes) -> bytes:
    found = _IDENTITY.search(head)
    return found[0] if found else b""
