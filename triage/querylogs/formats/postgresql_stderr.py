"""PostgreSQL's log on stderr, with any ``log_line_prefix``.

A record is a line with the prefix and a level; what follows without them continues it, with a tab in front as
PostgreSQL writes it, or without one as other writers leave it. DETAIL, STATEMENT and the like belong to the record
before them. A line that begins with a time and is no record is somebody else's, or of another prefix: it is unparsed.

One pattern cuts the whole log: what ran is one branch of it, with its parameters; all other records are the second,
and are looked at again; every other line is the third.

https://www.postgresql.org/docs/current/runtime-config-logging.html
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from triage.evidence import Backend
from triage.evidence.query_logs import Identity
from triage.querylogs.formats.base import Data, Sniffed, Tally, first_line, score_of
from triage.querylogs.formats.postgresql_gaps import has_gaps
from triage.querylogs.formats.postgresql_known_prefixes import best_prefix
from triage.querylogs.formats.postgresql_languages import ATTACHED, PRIMARY
from triage.querylogs.formats.postgresql_languages import level as english_level
from triage.querylogs.formats.postgresql_messages import DURATION, PREPARED, RAN, row
from triage.querylogs.formats.postgresql_prefix import letters_of, prefix_of
from triage.querylogs.rows import Mark, Row
from triage.sql.lexer import Dialect

name = "postgresql-stderr"
backend = Backend.POSTGRESQL
duration_unit = 1.0


class _Patterns(NamedTuple):
    token: re.Pattern[bytes]
    start: re.Pattern[bytes]
    """A line that begins a record."""
    attached: re.Pattern[bytes]
    """A line that goes on with one."""
    guard: re.Pattern[bytes]
    """Any line that does not go on with the one before."""
    head: re.Pattern[bytes]
    """Time, key and level of a record."""


@lru_cache(maxsize=64)
def patterns(prefix: str) -> _Patterns:
    """Return the patterns that read a log with the prefix."""
    p = prefix_of(prefix)
    text = rb"[^\n]*+(?:\n(?:\t|(?!%b|\Z))[^\n]*+)*+" % p.guard
    state = rb"(?:[0-9A-Z]{5}: )?"  # log_error_verbosity = verbose
    detail = rb"(?:\n%bDETAIL:  [Pp]arameters: " % p.again
    common = rb"%bLOG:  %b(?:%b(%b)%b(%b))?|%b|%b%b%b%b)?)" % (
        *(p.fast, state, RAN, text, detail, text),
        *(DURATION, PREPARED, text, detail, text),
    )
    other = rb"(%b(?:%b):  %b(?:\n%b(?:%b):  %b)*+)" % (p.general_bare, PRIMARY, text, p.general_bare, ATTACHED, text)
    return _Patterns(
        token=re.compile(rb"(?:%b|%b)\r?(?:\n|\Z)|[^\n]*+\n|[^\n]++" % (common, other)),
        start=re.compile(rb"%b(?:%b):  " % (p.general_bare, PRIMARY)),
        attached=re.compile(rb"(?:\A|\n)%b(%b):  %b" % (p.general_bare, ATTACHED, state)),
        guard=re.compile(p.guard),
        head=re.compile(rb"%b(?P<level>%b):  %b" % (p.general, PRIMARY, state)),
    )


def sniff(sample: bytes, variant: str | None = None) -> Sniffed | None:
    """Try the given prefix, or those that the sample suggests and those that are in use."""
    prefix = variant if variant is not None else best_prefix(sample)
    if prefix is None:
        return None
    score = score_of(rows, sample, prefix)
    why = f"lines of the prefix {prefix!r} cover {score:.0%}"
    return Sniffed(score=score, why=why, variant=prefix) if score > 0 else None


def dialect(variant: str | None) -> Dialect:  # noqa: ARG001 - the same for every prefix
    """PostgreSQL's."""
    return Dialect.POSTGRESQL


def identity(variant: str | None) -> str:
    """Return what the prefix says of the session."""
    letters = letters_of(variant or "")
    return Identity.SESSION if "c" in letters else Identity.PID if "p" in letters else Identity.NONE


def first_record(data: Data, position: int, variant: str | None) -> int:
    """Return the first line with prefix and level at the position or behind it."""
    starts = patterns(variant or "").start.match
    return first_line(data, position, starts)


def rows(data: Data, start: int, end: int, variant: str | None, tally: Tally) -> Iterator[Row]:
    """Read the records that start in the range."""
    token, _, attached, guard, head = patterns(variant or "")
    is_key_first = token.groupindex["key"] < token.groupindex["time"]
    records, behind = 0, -1
    first: bytes | None = None
    last = b""
    for found in token.finditer(data, start, end):
        time, key, duration, named, text, parameters, alone, other = found.groups()
        if is_key_first:
            time, key = key, time
        if text is not None:
            if b"\n" in text or text[-1:] == b"\r" or (parameters and (b"\n" in parameters or b"\r" in parameters)):
                text, parameters = _plain(text), parameters and _plain(parameters)
            yield Mark.NAMED if named else None, key or b"", time, text, duration, parameters
        elif alone is not None:
            yield Mark.DURATION, key or b"", time, b"", alone, None
        elif other is not None:
            begins = head.match(other)
            assert begins
            time, key, level = begins.group("time", "key", "level")
            said = row(english_level(level), key or b"", time or b"", *split(other, begins.end(), attached))
            if said:
                yield said
        elif time is None:
            # such as the LOCATION of a statement, and what goes on with it: they belong to the record before
            if (records and attached.match(found[0])) or (behind == found.start() and not guard.match(found[0])):
                behind = found.end()
            else:
                tally.unparsed(*found.span())
            continue
        records += 1
        last = time or last
        first = first or time
    tally.complete(end - start, records, first, last)


def assembled(
    record: bytes, variant: str | None, tally: Tally, time_beside: bytes = b"", key_beside: bytes = b""
) -> Iterator[Row]:
    """Yield the row of a record that was put together, if it has one; ``beside`` is for what the prefix lacks."""
    _, _, attached, _, head = patterns(variant or "")
    begins = head.match(record)
    assert begins
    time, key, level = begins.group("time", "key", "level")
    time, key = time or time_beside, key or key_beside
    tally.records += 1
    tally.first = tally.first or time or None
    tally.last = time or tally.last
    said = row(english_level(level), key, time, *split(record, begins.end(), attached))
    if said:
        yield said


def split(record: bytes, position: int, attached: re.Pattern[bytes]) -> tuple[bytes, dict[bytes, bytes]]:
    """Return a record's message, and what is attached to it by its level."""
    if b"\n" not in record:
        return _plain(record[position:]), {}
    parts: dict[bytes, bytes] = {}
    level = b""
    for found in attached.finditer(record, position):
        parts.setdefault(level, _plain(record[position : found.start()]))
        level, position = english_level(found[1]), found.end()
    parts.setdefault(level, _plain(record[position:]))
    return parts.pop(b"", b""), parts


def _plain(text: bytes) -> bytes:
    """Return the text without the tabs that mark its lines, and without a Windows server's carriage returns."""
    if text[-1:] == b"\r":
        text = text[:-1].replace(b"\r\n", b"\n")
    return text.replace(b"\n\t", b"\n")


def is_gappy(sample: bytes, variant: str | None) -> bool:
    """Say whether lines are missing; every line with the prefix has a number of its own, a DETAIL as well."""
    if "l" not in letters_of(variant or ""):
        return False
    numbered = prefix_of(variant or "", numbered=True).general
    lines = re.finditer(rb"^%b(?:%b|%b):  " % (numbered, PRIMARY, ATTACHED), sample, re.MULTILINE)
    return has_gaps((found["key"] or b"", int(found["number"] or 0)) for found in lines)
