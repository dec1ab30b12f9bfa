"""PostgreSQL's jsonlog (15 and newer): one object a line; keys that have no value are absent.

Operators of PostgreSQL on Kubernetes write csvlog's columns as JSON, all values strings, inside of an object of their
own: ``{"logger": "postgres", "record": {"log_time": …}}``. Log platforms nest either once more.

One pattern reads the server's own order of keys, as long as a text is what ran; every other line is parsed as JSON.
Its ends of texts are read by what follows them: a quote behind a backslash is taken for escaped, so a text that ends
in a backslash is left to the parser.

https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-JSONLOG
https://cloudnative-pg.io/documentation/current/logging/
"""

import re
from collections.abc import Iterator

from triage.evidence import Backend
from triage.evidence.query_logs import Identity
from triage.querylogs.formats.base import Data, Sniffed, Tally, first_line, score_of
from triage.querylogs.formats.postgresql_gaps import has_gaps
from triage.querylogs.formats.postgresql_json import read, unescaped
from triage.querylogs.formats.postgresql_messages import DURATION, PREPARED, RAN, row
from triage.querylogs.rows import Mark, Row
from triage.sql.lexer import Dialect

name = "postgresql-jsonlog"
backend = Backend.POSTGRESQL
duration_unit = 1.0

# [^"] may run into the next line, but no text ends there: the first quote of a line is that of a key
_HEAD = (
    rb'\{"timestamp":"(\d{4}-[^"]*+)",(?:"user":"[^"]*+",)?(?:"dbname":"[^"]*+",)?"pid":\d++,'
    rb'(?:"remote_host":"[^"]*+",)?(?:"remote_port":\d++,)?"session_id":"([^"]*+)","line_num":\d++,'
    rb'(?:"ps":"[^"]*+",)?"session_start":"[^"]*+",(?:"vxid":"[^"]*+",)?"txid":\d++,"error_severity":"LOG",'
    rb'"message":"'
)
_TEXT = rb'[^"]*+(?:(?<=\\)"[^"]*+)*+'
_END = rb'"(?=[,}])'
_RAN, _PREPARED = (pattern.replace(rb"[^:\n]", rb'[^:"\n]') for pattern in (RAN, PREPARED))
_DURATION = DURATION[: DURATION.index(rb"(?=")]
_COMMON = rb'%b(?:%b(%b)%b(?:,"detail":"[Pp]arameters: (%b)%b)?|%b%b|%b%b%b)' % (
    *(_HEAD, _RAN, _TEXT, _END, _TEXT, _END),
    *(_DURATION, _END, _PREPARED, _TEXT, _END),
)
_TOKEN = re.compile(rb"%b[^\n]*+(?:\n|\Z)|([^\n]*+\n|[^\n]++)" % _COMMON)
_START = re.compile(rb'[ \t]{0,8}\{[ \t]{0,8}"\w')


def sniff(sample: bytes, variant: str | None = None) -> Sniffed | None:
    """Count the bytes in lines that are records."""
    score = score_of(rows, sample, variant, first_record(sample, 0, variant))
    return Sniffed(score=score, why=f"records of jsonlog cover {score:.0%}", variant=variant) if score > 0 else None


def dialect(variant: str | None) -> Dialect:  # noqa: ARG001 - the same for every jsonlog
    """PostgreSQL's."""
    return Dialect.POSTGRESQL


def identity(variant: str | None) -> str:  # noqa: ARG001 - the same for every jsonlog
    """Jsonlog always names the session."""
    return Identity.SESSION


def first_record(data: Data, position: int, variant: str | None) -> int:  # noqa: ARG001
    """Return the next line that is an object: a newline inside of a value is escaped."""
    return first_line(data, position, _START.match)


def rows(data: Data, start: int, end: int, variant: str | None, tally: Tally) -> Iterator[Row]:  # noqa: ARG001
    """Read the lines that start in the range."""
    records = 0
    first: bytes | None = None
    last: bytes | None = None
    for found in _TOKEN.finditer(data, start, end):
        time, key, duration, named, text, parameters, alone, line = found.groups()
        if text is not None:
            if b"\\" in text:
                text = unescaped(text)
            if parameters and b"\\" in parameters:
                parameters = unescaped(parameters)
            yield Mark.NAMED if named else None, key, time, text, duration, parameters
        elif alone is not None:
            yield Mark.DURATION, key, time, b"", alone, None
        elif line is not None:
            record = read(line)
            if record is None:
                tally.unparsed(*found.span())
                continue
            time = record.time
            said = row(record.level, record.key, time, record.text, record.attached)
            if said:
                yield said
        records += 1
        last = time or last
        first = first or time
    tally.complete(end - start, records, first, last)


def is_gappy(sample: bytes, variant: str | None) -> bool:  # noqa: ARG001 - the same for every jsonlog
    """Say whether records are missing, by the number that each has in its session."""
    records = [record for record in map(read, sample.splitlines()) if record and record.number is not None]
    return has_gaps((record.key, record.number or 0) for record in records)
