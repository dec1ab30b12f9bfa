"""PostgreSQL's log on stderr, line by line inside of a hosted platform's JSON.

Google Cloud SQL has the line as ``textPayload``, with a record's DETAIL and STATEMENT in entries of their own; Azure
Database for PostgreSQL has it as ``properties.message``, with the rest in ``properties.detail``. Exports are an object
a line, or one array over many lines; either way the line that has the text is the record, and the others around it
are its envelope. An export with the newest entry first has a DETAIL before its record: then it is not read. Cloud SQL's
prefix has no time; it is the entry's, where that is on the same line.

https://cloud.google.com/sql/docs/postgres/logging
https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-logging
"""

import re
from collections.abc import Iterator

from triage.evidence import Backend
from triage.querylogs.formats import postgresql_stderr
from triage.querylogs.formats.base import Data, Sniffed, Tally, first_line, score_of
from triage.querylogs.formats.postgresql_json import unescaped
from triage.querylogs.formats.postgresql_known_prefixes import best_prefix
from triage.querylogs.formats.postgresql_stderr import assembled, patterns
from triage.querylogs.rows import Row
from triage.sql.lexer import Dialect

name = "postgresql-cloud"
backend = Backend.POSTGRESQL
duration_unit = 1.0

_STRING = rb'"((?:[^"\\\n]++|\\[^\n])*+)"'
_LINE = re.compile(rb"[^\n]*+\n|[^\n]++")
_TEXT = re.compile(rb'"textPayload" ?: ?%b' % _STRING)
_MESSAGE = re.compile(rb'"message" ?: ?%b' % _STRING)
_DETAIL = re.compile(rb'"detail" ?: ?%b' % _STRING)
_TIMESTAMP = re.compile(rb'"(?:timestamp|time)" ?: ?"(\d{4}-[^"\n]{6,40})"')
_ENVELOPE = re.compile(rb'\s*+(?:"[^"\n]*+" ?:|[\]\[}{,])[^\n]*+')


def sniff(sample: bytes, variant: str | None = None) -> Sniffed | None:
    """Find the prefix of the texts, and count the lines that have one."""
    texts = b"\n".join(text for text in map(_text, _LINE.findall(sample)) if text)
    prefix = variant if variant is not None else best_prefix(texts)
    if not texts or prefix is None:
        return None
    score = score_of(rows, sample, prefix)
    why = f"texts in JSON with lines of the prefix {prefix!r} cover {score:.0%}"
    return Sniffed(score=score, why=why, variant=prefix) if score > 0 else None


def dialect(variant: str | None) -> Dialect:  # noqa: ARG001 - the same for every prefix
    """PostgreSQL's."""
    return Dialect.POSTGRESQL


def identity(variant: str | None) -> str:
    """Return what the prefix says of the session."""
    return postgresql_stderr.identity(variant)


def first_record(data: Data, position: int, variant: str | None) -> int:
    """Return the first line whose text has prefix and level."""
    starts = patterns(variant or "").start.match

    def is_start(data: Data, position: int) -> bool:
        text = _text(data[position : data.find(b"\n", position) + 1 or len(data)])
        return text is not None and starts(text) is not None

    return first_line(data, position, is_start)


def rows(data: Data, start: int, end: int, variant: str | None, tally: Tally) -> Iterator[Row]:
    """Read the records that start in the range."""
    starts = patterns(variant or "").start.match
    record: list[bytes] = []
    beside = b""
    for found in _LINE.finditer(data, start, end):
        line = found[0]
        text = _text(line)
        if text and starts(text):
            if record:
                yield from assembled(b"\n".join(record), variant, tally, beside)
            record = [text]
            stamp = _TIMESTAMP.search(line)
            beside = stamp[1] if stamp else b""
        elif text and record:
            record.append(text)
        elif text or line.startswith(b'{"') or not _ENVELOPE.fullmatch(line.rstrip(b"\r\n")):
            tally.unparsed(*found.span())
    if record:
        yield from assembled(b"\n".join(record), variant, tally, beside)
    tally.length += end - start


def is_gappy(sample: bytes, variant: str | None) -> bool:
    """Say whether lines are missing, by the numbers that the prefix has."""
    texts = b"\n".join(text for text in map(_text, _LINE.findall(sample)) if text)
    return postgresql_stderr.is_gappy(texts, variant)


def _text(line: bytes) -> bytes | None:
    """Return the text that the line wraps, with Azure's detail as a line of its own."""
    found = _TEXT.search(line)
    if not found and b'"properties"' in line:
        found = _MESSAGE.search(line)
    return unescaped(found[1]).rstrip(b"\n") if found else None
