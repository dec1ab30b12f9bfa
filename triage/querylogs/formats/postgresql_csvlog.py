"""PostgreSQL's csvlog: 23 columns up to 12, 24 in 13, 26 since 14.

A field with a text is in quotes, and its quotes are doubled, so no line inside of a message can look like the
beginning of a record: its own quotes would be doubled. So a record can be found from any place on, and one that was
cut off ends at the latest where the next begins.

One pattern cuts the whole log: what ran is one branch of it; all other records are the second, and are looked at
again, column by column; every other line is the third.

https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG
"""

import re
from collections.abc import Iterator

from triage.evidence import Backend
from triage.evidence.query_logs import Identity
from triage.querylogs.formats.base import Data, Sniffed, Tally, first_line, score_of
from triage.querylogs.formats.postgresql_gaps import has_gaps
from triage.querylogs.formats.postgresql_languages import level
from triage.querylogs.formats.postgresql_messages import DURATION, PREPARED, RAN, row
from triage.querylogs.rows import Mark, Row
from triage.sql.lexer import Dialect

name = "postgresql-csvlog"
backend = Backend.POSTGRESQL
duration_unit = 1.0

_SHORT = rb'(?:"(?:[^"\n]|"")*+"|[^",\n]{0,60}+)'
_TIME = rb'\d{4}-[-0-9:T ]{14}\.\d{3} [^,\n"]{1,10}+'
_HEAD = (
    rb"(%b),%b,%b,\d{0,10},%b,([0-9a-f]{1,16}\.[0-9a-f]{1,8}),(\d{1,18}),%b,[^,\n\"]{0,40}+,%b,\d{0,20},"
    rb"([A-Z]{2,7}[1-5]?),[0-9A-Z]{5},"
) % (_TIME, _SHORT, _SHORT, _SHORT, _SHORT, _SHORT)
"""The columns before the message; four groups: time, session, number of the line in the session, level."""
_ANY_HEAD = re.sub(rb"\((?!\?)", rb"(?:", _HEAD)
_START = re.compile(rb'(?=[^"\n]*+"[^",\r\n])' + _ANY_HEAD)
"""The beginning of a record whose first quote cannot be the end of a field: behind that stands a comma or a quote.

So nothing below reads across it: what is in quotes may hold any newline, but its end must look like one.
"""
_BODY = rb'[^"]*+(?:""[^"]*+)*+'
_REST = rb'(?:[^"\n]*+"[^"]*+"(?=[",\r\n]|\Z))*+[^"\n]*+(?:\n|\Z)'
"""The columns that are left; a doubled quote is the end of one quoted piece and the beginning of the next."""

# [^"] is one comparison for each byte where [^"\n] is a look into a set: twice as fast over the whole log
_COMMON_HEAD = rb'(%b),"[^"]*+","[^"]*+",\d++,"[^"]*+",([^,]*+),\d++,"[^"]*+",[^,]*+,[^,]*+,\d++,LOG,00000,"' % _TIME
_RAN, _PREPARED = (pattern.replace(rb"[^:\n]", rb'[^:"\n]') for pattern in (RAN, PREPARED))
_DURATION = DURATION[: DURATION.index(rb"(?=")]
_COMMON = rb'%b(?:%b(%b)",(?:"[Pp]arameters: (%b)")?|%b",|%b%b",)(?=[,"])' % (
    *(_COMMON_HEAD, _RAN, _BODY, _BODY),
    *(_DURATION, _PREPARED, _BODY),
)
_TOKEN = re.compile(rb"%b%b|(%b%b)|[^\n]*+\n|[^\n]++" % (_COMMON, _REST, _ANY_HEAD, _REST))
_FIELD = re.compile(rb'(?:"((?:[^"]++|"")*+)"|([^",\r\n]*+))(,|\r?\n?\Z)')
_NUMBERED = re.compile(rb"^" + _HEAD, re.MULTILINE)
_COLUMNS = range(23, 27)
_LEVEL, _MESSAGE, _DETAIL, _QUERY = 11, 13, 14, 19


def sniff(sample: bytes, variant: str | None = None) -> Sniffed | None:
    """Count the bytes in whole records."""
    score = score_of(rows, sample, variant, first_record(sample, 0, variant))
    return Sniffed(score=score, why=f"records of csvlog cover {score:.0%}", variant=variant) if score > 0 else None


def dialect(variant: str | None) -> Dialect:  # noqa: ARG001 - the same for every csvlog
    """PostgreSQL's."""
    return Dialect.POSTGRESQL


def identity(variant: str | None) -> str:  # noqa: ARG001 - the same for every csvlog
    """Csvlog always names the session."""
    return Identity.SESSION


def first_record(data: Data, position: int, variant: str | None) -> int:  # noqa: ARG001
    """Return the first line that is the beginning of a record."""
    return first_line(data, position, _START.match)


def rows(data: Data, start: int, end: int, variant: str | None, tally: Tally) -> Iterator[Row]:  # noqa: ARG001
    """Read the records that start in the range."""
    records = 0
    first: bytes | None = None
    last: bytes | None = None
    for found in _TOKEN.finditer(data, start, end):
        time, key, duration, named, text, parameters, alone, other = found.groups()
        if text is not None:
            if b'""' in text:
                text = text.replace(b'""', b'"')
            if parameters and b'""' in parameters:
                parameters = parameters.replace(b'""', b'"')
            yield Mark.NAMED if named else None, key, time, text, duration, parameters
        elif alone is not None:
            yield Mark.DURATION, key, time, b"", alone, None
        elif other is not None and (fields := _fields(other)):
            time, key = fields[0], fields[5]
            attached = {b"DETAIL": fields[_DETAIL], b"STATEMENT": fields[_QUERY]}
            said = row(level(fields[_LEVEL]), key, time, fields[_MESSAGE], attached)
            if said:
                yield said
        elif time is None:
            tally.unparsed(*found.span())
            continue
        records += 1
        last = time or last
        first = first or time
    tally.complete(end - start, records, first, last)


def _fields(record: bytes) -> list[bytes] | None:
    """Return the columns of a record; None if there are too few or too many."""
    fields: list[bytes] = []
    position = 0
    while position < len(record) and len(fields) < _COLUMNS.stop:
        found = _FIELD.match(record, position)
        if not found:
            return None
        quoted, plain, _ = found.groups()
        fields.append(plain if quoted is None else quoted.replace(b'""', b'"'))
        position = found.end()
    return fields if len(fields) in _COLUMNS and position == len(record) else None


def is_gappy(sample: bytes, variant: str | None) -> bool:  # noqa: ARG001 - the same for every csvlog
    """Say whether records are missing, by the number that each has in its session."""
    return has_gaps((found[2], int(found[3])) for found in _NUMBERED.finditer(sample))
