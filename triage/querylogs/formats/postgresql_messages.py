r"""What a message of PostgreSQL says, whichever way the log wraps it.

``log_statement`` logs before execution, and the duration comes on a line of its own; ``log_min_duration_statement``
logs at the end, duration and statement together. With the extended protocol the latter logs parse and bind as well,
each with the SQL: only execute ran anything. ``execute fetch from`` reads on in a portal that was executed before, and
``duration: … plan:`` is auto_explain's, beside the statement's own line.

An ERROR names its STATEMENT, which is not always the one that was logged last: a syntax error is logged and its
statement is not, and neither is one that ``log_statement = mod`` leaves out. So a failure's row has that text, for
whoever knows what ran last.

https://www.postgresql.org/docs/current/runtime-config-logging.html
"""

import re

from triage.querylogs.formats.postgresql_languages import english
from triage.querylogs.rows import Mark, Row

_MILLISECONDS = rb"duration: ([0-9]++(?:\.[0-9]++)?+) ms"
"""One group."""
RAN = rb"(?:%b  )?(?:statement|execute (?!fetch from )(_pg3_)?[^:\n]{0,200}+): " % _MILLISECONDS
"""The beginning of a message that says a statement ran, with two groups: its duration, and psycopg 3's prefix."""
PREPARED = rb"duration: [0-9.]++ ms  (?:parse|bind|execute fetch from) [^:\n]{0,200}+: "
"""The beginning of a message that repeats the SQL of a statement that ran or will run."""
DURATION = _MILLISECONDS + rb"(?=\r?(?:\n|\Z))"
"""A whole message, with one group."""

_RAN = re.compile(RAN)
_DURATION = re.compile(DURATION)
_PARAMETERS = re.compile(rb"[Pp]arameters: ")
_DROPPED = re.compile(
    rb"unexpected EOF on client connection with an open transaction|connection to client lost|terminating connection"
)
_REFUSED = re.compile(
    rb"sorry, too many|too many connections|remaining connection slots|the database system is|no pg_hba|pg_hba"
    rb"|(?:role|database) \"|[^\n]{0,40}authentication failed|SSL|unsupported frontend protocol"
)
"""A FATAL that ends what never was a session."""
_FATAL = frozenset({b"FATAL", b"PANIC"})
_PROCESS = re.compile(rb"(?:^|\n)\s{0,3}Pro[cz]es[a-z]{0,3} \d{1,10} ?: ")
_NO_COMMAND = b"<command string not enabled>"


_HAPPENED = (
    (b"connection authorized", Mark.CONNECTED),
    (b"disconnection: ", Mark.DISCONNECTED),
    (b"database system is ready to accept", Mark.STARTED),
)


def row(level: bytes, key: bytes, time: bytes, text: bytes, attached: dict[bytes, bytes]) -> Row | None:
    """Return what a record says; None for what concerns no statement and no session."""
    if level == b"LOG":
        detail = attached.get(b"DETAIL", b"")
        return _log(key, time, text, detail) or _log(key, time, english(text), english(detail))
    if level == b"ERROR":
        statement = attached.get(b"STATEMENT", b"")
        # in other languages as well, but a function may raise an error that has the word
        waited = deadlocked(attached.get(b"DETAIL", b""), statement) if b"eadlock" in text else []
        if waited or text.startswith(b"deadlock detected"):
            return Mark.DEADLOCK, key, time, b"\0".join(waited), None, None
        return Mark.FAILED, key, time, statement, None, None
    if level in _FATAL and not _REFUSED.match(text):
        return Mark.DROPPED, key, time, b"", None, None
    # until 13 the log, too, has the WARNING to each session that another's crash ends
    if level == b"WARNING" and text.startswith(b"terminating connection"):
        return Mark.DROPPED, key, time, b"", None, None
    return None


def _log(key: bytes, time: bytes, text: bytes, detail: bytes) -> Row | None:
    if found := _RAN.match(text):
        duration, named = found.groups()
        return Mark.NAMED if named else None, key, time, text[found.end() :], duration, parameters(detail)
    if found := _DURATION.match(text):
        return Mark.DURATION, key, time, b"", found[1], None
    for beginning, mark in _HAPPENED:
        if text.startswith(beginning):
            return mark, key, time, b"", None, None
    return (Mark.DROPPED, key, time, b"", None, None) if _DROPPED.match(text) else None


def parameters(detail: bytes) -> bytes | None:
    """Return the values of a DETAIL that holds them; until 16 the word is small."""
    found = _PARAMETERS.match(detail)
    return detail[found.end() :] if found else None


def deadlocked(detail: bytes, statement: bytes) -> list[bytes]:
    """Return the statements that waited for each other, the victim's first.

    The DETAIL has them as pg_stat_activity has, cut off; the victim's own is also the STATEMENT, in full.
    """
    starts = list(_PROCESS.finditer(detail))
    if not starts:
        return []
    ends = [*(each.start() for each in starts[1:]), len(detail)]
    found = [detail[each.end() : end].strip() for each, end in zip(starts, ends, strict=False)]
    if statement:
        found[:1] = [statement]
    return [each for each in found if each != _NO_COMMAND]
