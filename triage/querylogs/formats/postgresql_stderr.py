"""PostgreSQL's log on stderr, with any ``log_line_prefix``.

A record is a line with the prefix and a level; what follows without them continues it, with a tab in front as
PostgreSQL writes it, or without one as other writers leave it. DETAIL, STATEMENT and the like belong to the record
before them.

https://www.postgresql.org/docs/current/runtime-config-logging.html
"""

import re
from functools import lru_cache

from triage.evidence import Backend
from triage.querylogs.formats.base import Data, Sniffed
from triage.querylogs.formats.postgresql_messages import DURATION, PARAMETERS, STATEMENT, Messages
from triage.querylogs.formats.postgresql_prefix import KNOWN, learned, pattern_of
from triage.querylogs.ledger import Ledger
from triage.sql.lexer import Dialect

name = "postgresql-stderr"
backend = Backend.POSTGRESQL
dialect = Dialect.POSTGRESQL

_PRIMARY = rb"DEBUG[1-5]?|INFO|NOTICE|WARNING|ERROR|LOG|FATAL|PANIC"
_ATTACHED = rb"DETAIL|HINT|QUERY|CONTEXT|STATEMENT|LOCATION|BACKTRACE"
_ERRORS = frozenset({b"ERROR", b"FATAL", b"PANIC"})
_FOREIGN = rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d"


@lru_cache(maxsize=64)
def _patterns(prefix: str) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """The pattern of a record's part, and that of a record's start."""
    head = pattern_of(prefix)
    anonymous = re.sub(rb"\(\?P<\w+>", b"(?:", head)
    rest = rb"[^\n]*+(?:\n(?:\t|(?!%b(?:%b|%b):  |%b|\Z))[^\n]*+)*+" % (anonymous, _PRIMARY, _ATTACHED, _FOREIGN)
    record = rb"^%b(?:(?P<level>%b)|(?P<part>%b)):  (?:%b)?(?:%b)?(?P<text>%b)\n?" % (
        head,
        _PRIMARY,
        _ATTACHED,
        DURATION.replace(b"([", b"(?P<duration>["),
        STATEMENT.replace(b"(statement", b"(?P<verb>statement").replace(b"([^", b"(?P<name>[^"),
        rest,
    )
    start = rb"^%b(?:%b):  " % (anonymous, _PRIMARY)
    return re.compile(record, re.MULTILINE), re.compile(start, re.MULTILINE)


def sniff(sample: bytes, variant: str | None = None) -> Sniffed | None:
    """Try the given prefix, or the known ones and those that the sample suggests."""
    best: Sniffed | None = None
    for prefix in [variant] if variant is not None else [*learned(sample), *KNOWN]:
        record, _ = _patterns(prefix)
        covered = sum(found.end() - found.start() for found in record.finditer(sample))
        named = sum(f"%{escape}" in prefix for escape in "cpmtn")
        score = covered / max(len(sample), 1)
        if score > 0.05 and (best is None or score + named / 50 > best.score + _named(best.variant) / 50):
            best = Sniffed(score=score, why=f"lines of the prefix {prefix!r} cover {score:.0%}", variant=prefix)
    return best


def _named(prefix: str | None) -> int:
    return sum(f"%{escape}" in (prefix or "") for escape in "cpmtn")


def identity(variant: str | None) -> str:
    """What the prefix says of the session."""
    return "session" if "%c" in (variant or "") else "pid" if "%p" in (variant or "") else "none"


def first_record(data: Data, position: int, variant: str | None) -> int:
    """The first line with prefix and level at the position or behind it."""
    if position > 0:
        position = data.find(b"\n", position - 1) + 1 or len(data)
    found = _patterns(variant or "")[1].search(data, position)
    return found.start() if found else len(data)


def parse(data: Data, start: int, end: int, variant: str | None, ledger: Ledger) -> None:
    """Read the records that start in the range."""
    messages = Messages(ledger)
    record = _patterns(variant or "")[0]
    groups = record.groupindex
    time_at, key_at = groups.get("time"), groups.get("session") or groups.get("pid")
    picks = [groups[each] for each in ("level", "part", "duration", "verb", "name", "text")]
    position, records, unparsed = start, 0, 0
    time = key = b""
    ran = False
    held: _Held | None = None
    for found in record.finditer(data, start, end):
        begin = found.start()
        if begin != position:
            unparsed += begin - position
        position = found.end()
        level, part, duration, verb, called, text = found.group(*picks)
        if part is not None:
            if held:
                held.attach(part, text)
            elif ran and part == b"DETAIL":
                _bind(ledger, key, text)
            elif not records:  # its record is in an older file
                unparsed += position - begin
            continue
        records += 1
        if held:
            held.release(messages)
            held = None
        time, key = _of(found, time_at, time), _of(found, key_at, b"")
        ledger.first = ledger.first or time
        ran = level == b"LOG" and messages.say(key, time, duration, verb, called, text)
        if level in _ERRORS:
            held = _Held(key, time, text)
    if held:
        held.release(messages)
    ledger.last = time or ledger.last
    ledger.records += records
    ledger.bytes += end - start
    ledger.unparsed_bytes += unparsed + end - position


def _of(found: re.Match[bytes], group: int | None, otherwise: bytes) -> bytes:
    return (found.group(group) or otherwise) if group else otherwise


def _bind(ledger: Ledger, key: bytes, text: bytes) -> None:
    if given := PARAMETERS.match(text):
        ledger.session(key).bind(text[given.end() :])


class _Held:
    """An error that waits for its DETAIL and STATEMENT."""

    def __init__(self, key: bytes, time: bytes, text: bytes) -> None:
        self._key, self._time, self._text = key, time, text
        self._parts: dict[bytes, bytes] = {}

    def attach(self, part: bytes, text: bytes) -> None:
        self._parts.setdefault(part, text)

    def release(self, messages: Messages) -> None:
        parts = self._parts
        messages.error(self._key, self._time, self._text, parts.get(b"DETAIL"), parts.get(b"STATEMENT"))
