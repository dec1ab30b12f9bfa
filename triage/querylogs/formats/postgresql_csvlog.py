"""PostgreSQL's csvlog: 23 columns up to 12, 24 in 13, 26 since 14.

A field with a newline, a comma or a quote is in quotes, and its quotes are doubled, so no line inside of a message
can look like the beginning of a record: its own quotes would be doubled. So the file can be read from any place on.

https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG
"""

import re

from triage.evidence import Backend
from triage.querylogs.formats.base import Data, Sniffed
from triage.querylogs.formats.postgresql_messages import DURATION, STATEMENT, Messages
from triage.querylogs.ledger import Ledger
from triage.sql.lexer import Dialect

name = "postgresql-csvlog"
backend = Backend.POSTGRESQL
dialect = Dialect.POSTGRESQL

_QUOTED = rb'"[^"]*+(?:""[^"]*+)*+"'
_FIELD = rb'(?:%b|[^",\n]*+)' % _QUOTED
_HEAD = (
    rb"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [^,\n\"]{1,10}),(?:%b,){4}([0-9a-f]+\.[0-9a-f]+),(\d+)," % _FIELD
    + rb"(?:%b,){4}([A-Z0-9]+),([0-9A-Z]{5})," % _FIELD
)
_MESSAGE = rb'(?:"(?:%b)?(?:%b)?([^"]*+(?:""[^"]*+)*+)"|[^",\n]*+)' % (DURATION, STATEMENT)
_RECORD = re.compile(
    _HEAD + _MESSAGE + rb",(%b),(?:%b,){4}(%b),(?:%b,){2}%b(?:,%b){0,3}\r?(?:\n|\Z)" % ((_FIELD,) * 6), re.MULTILINE
)
_START = re.compile(_HEAD + rb'(?:"(?!"(?!"))|[^",\n]*+,)', re.MULTILINE)
_ERRORS = frozenset({b"ERROR", b"FATAL", b"PANIC"})


def sniff(sample: bytes, variant: str | None = None) -> Sniffed | None:
    """Count the bytes in whole records."""
    covered = sum(found.end() - found.start() for found in _RECORD.finditer(sample))
    score = covered / max(len(sample), 1)
    return Sniffed(score=score, why=f"records of csvlog cover {score:.0%}", variant=variant) if covered else None


def identity(variant: str | None) -> str:  # noqa: ARG001 - the same for every csvlog
    """Csvlog always names the session."""
    return "session"


def first_record(data: Data, position: int, variant: str | None) -> int:  # noqa: ARG001
    """The first line that is the beginning of a record."""
    if position > 0:
        position = data.find(b"\n", position - 1) + 1 or len(data)
    found = _START.search(data, position)
    return found.start() if found else len(data)


def parse(data: Data, start: int, end: int, variant: str | None, ledger: Ledger) -> None:  # noqa: ARG001
    """Read the records that start in the range."""
    messages = Messages(ledger)
    position, records, unparsed = start, 0, 0
    time = b""
    for found in _RECORD.finditer(data, start, end):
        begin = found.start()
        if begin != position:
            unparsed += begin - position
        position = found.end()
        records += 1
        time, key, _, level, _, duration, verb, called, text, detail, statement = found.groups()
        if ledger.first is None:
            ledger.first = time
        if level == b"LOG":
            plain = text.replace(b'""', b'"') if text and b'""' in text else text or b""
            messages.say(key, time, duration, verb, called, plain, _parameters(detail) if detail else None)
        elif level in _ERRORS:
            messages.error(key, time, text or b"", _plain(detail), _plain(statement) or None)
    ledger.last = time or ledger.last
    ledger.records += records
    ledger.bytes += end - start
    ledger.unparsed_bytes += unparsed + end - position


def _plain(field: bytes) -> bytes:
    return field[1:-1].replace(b'""', b'"') if field[:1] == b'"' else field


def _parameters(detail: bytes) -> bytes | None:
    text = _plain(detail)
    return text[12:] if text[:12].lower() == b"parameters: " else None
