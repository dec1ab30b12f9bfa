"""The slow log of MySQL and MariaDB: with ``long_query_time = 0``, every statement once it has ended.

A record is ``# Time:`` (optional), ``# User@Host:``, further ``# key: value`` lines, ``use db;``, ``SET timestamp=N;``,
and SQL up to a ``;`` before the next record. Lines of the SQL may begin with ``#``: a record begins after a ``;`` at the
end of a line, or with the pair of ``# Time:`` and ``# User@Host:``. The session is the ``Id:`` of MySQL and Percona
since 5.6, or the ``Thread_id:`` of MariaDB and older Percona; MySQL before that names none.

The time is when the statement ended. ISO ``# Time:`` (MySQL 5.7.2 and later) says that. The older ``# Time:`` has no
zone and is left out while it is the same second, so there the timestamp counts, in seconds since 1970: it is the end in
MySQL before 8.0.14, and in MariaDB the start, to which a duration of a second or more is added here. A ``# Time:``
beside it that shows the same second says that it was the end after all.

At threshold 0 both servers show BEGIN, COMMIT, ROLLBACK, SAVEPOINT and SET, and statements that failed, without saying
so. An SQL-level EXECUTE appears as the SQL that it ran, with its values; MariaDB shows EXECUTE IMMEDIATE a second time
as itself. MySQL writes its other commands as ``# administrator command: Quit``; MariaDB leaves them out, so that its
sessions have no end here. Both log the parts of a multi-statement one by one. The ``Errno`` of ``log_slow_extra`` is
not read. Tried on MySQL 9.7 and MariaDB 10.11.

Other programs write slow logs too, such as those that listen to the network, and old patches of MySQL did: their
records have no ``# User@Host:``, or have it behind the time on one line. Where such records explain a file better, one
begins with any of the known lines, if a ``# Query_time:`` is among them or follows.

https://dev.mysql.com/doc/refman/8.4/en/slow-query-log.html
https://mariadb.com/kb/en/slow-query-log-overview/
"""

import re
from collections.abc import Iterator

from triage.evidence import Backend
from triage.querylogs.formats.base import SAMPLED, Data, Sniffed, Tally
from triage.querylogs.formats.mysql_banner import BANNER, BANNER_AHEAD
from triage.querylogs.rows import Mark, Row
from triage.sql.lexer import Dialect

name = "mysql-slow"
backend = Backend.MYSQL
duration_unit = 1000.0

STAMPED = "stamped"
"""The variant of a log whose records have ISO times: all of them begin with one."""
ANONYMOUS = "anonymous"
"""The variant of a log that names no session."""
FOREIGN = "foreign"
"""The variant of a log whose records lack a line ``# User@Host:``."""
FOREIGN_ANONYMOUS = "foreign, anonymous"
"""Both."""

_ISO = rb"\d{4}-\d\d-\d\d[T ][\d:.]{8,16}+(?:Z|[+-]\d\d:\d\d)?"
_SHORT = rb"\d{6} [ \d]\d:\d\d:\d\d"
# Percona's first patches have both on one line.
_PAIR = rb"Time: (?:%b |[^\n;]*+\n)# User@Host: " % _SHORT
_AFTER_SEMICOLON = rb"(?:(?<=;\n# User@Host: )|(?<=;\r\n# User@Host: ))"
_BEGINS = rb"# (?:%b|User@Host: %b)" % (_PAIR, _AFTER_SEMICOLON)

_TIME = rb"(?:# Time: (?:(%b)(?=[\r\n])|(%b))?+(?: |[^\n;]*+\n)(?=# User@Host: ))?+" % (_ISO, _SHORT)
# The user, in front of the last bracket, may be called anything.
_USER = rb"# User@Host: (?:(?:[^\n\]]*+\])*+ *+(?:Id: ++|\r?\n# Thread_id: )(\d++))?+[^\n]*+\n"
_MORE = rb"#(?! (?:Time|User@Host|administrator command): )"
# Some durations are garbage: more than a hundred days is none.
_TOOK = rb"(?:# Query_time: (?:(\d{1,7}+(?:\.\d++)?+)(?=[ \r\n]))?+[^\n]*+\n)?+"
_LINES = rb"(?:(?!# Query_time: )%b[^\n]*+\n)*+%b(?:%b[^\n]*+\n)*+" % (_MORE, _TOOK, _MORE)
_SET = rb"(?:use [^\n]*+(?<=[;\r])\r?\n)?+(?:SET (?:last_insert_id=\d++,)?+(?:insert_id=\d++,)?+timestamp=(\d++)[^\n]*+\n)?+"
_AGAIN = rb"(?i:prepare|execute immediate)\s"
_HEAD = _TIME + _USER + _LINES + _SET

_FOREIGN = rb"# (?:Query_time: \d|(?=(?:[^\n;]*+\n#){1,4} Query_time: \d)(?:Time|User(?:@Host)?|Client|Thread_id): )"
_FOREIGN_MORE = rb"#(?! (?:Time|Query_time|administrator command): )"
_FOREIGN_KEY = rb"# (?:Thread_id: |User@Host: (?:[^\n\]]*+\])*+ *+Id: ++)"
_FOREIGN_HEAD = (
    rb"(?:# Time: (?:(%b)|(%b))?+[^\n;]*+\n)?+" % (_ISO, _SHORT)
    + rb"(?:(?!%b\d)%b[^\n]*+\n)*+(?:%b(\d++)[^\n]*+\n)?+(?:%b[^\n]*+\n)*+"
    % (_FOREIGN_KEY, _FOREIGN_MORE, _FOREIGN_KEY, _FOREIGN_MORE)
    + rb"%b(?:%b[^\n]*+\n)*+" % (_TOOK, _FOREIGN_MORE)
    + _SET
)


def _body(begins: bytes) -> bytes:
    return rb"[^\n]*+(?:\n(?!(?=#)%b|%b|\Z)[^\n]*+)*+\n?+" % (begins, BANNER_AHEAD)


def _compile(begins: bytes, anyhow: bytes, head: bytes = _HEAD) -> re.Pattern[bytes]:
    """One pattern, whose matches are all bytes: records, then banners, then what is neither.

    What begins a record behind another one must be told from SQL; ``anyhow`` is enough where there is no SQL.
    """
    short = rb"(?!%b)([^;#]++);\r?\n(?=%b|\Z)" % (_AGAIN, begins)
    long = rb"((?:(?!%b|%b)%b)?+)" % (anyhow, BANNER_AHEAD, _body(begins))
    record = rb"(?=%b)%b(?:%b|%b)" % (anyhow, head, short, long)
    return re.compile(rb"%b|%b|((?!\Z)%b)" % (record, BANNER, _body(anyhow)))


_RECORD = {
    STAMPED: _compile(rb"# %b" % _PAIR, rb"# %b" % _PAIR),
    None: _compile(_BEGINS, rb"# (?:%b|User@Host: )" % _PAIR),
    FOREIGN: _compile(rb"(?:(?<=;\n)|(?<=;\r\n))%b" % _FOREIGN, _FOREIGN, _FOREIGN_HEAD),
}
_RECORD[FOREIGN_ANONYMOUS] = _RECORD[FOREIGN]
_BEGINNING = {
    STAMPED: re.compile(rb"\n(?=# %b)" % _PAIR),
    None: re.compile(rb"\n(?=%b)" % _BEGINS),
    FOREIGN: re.compile(rb"\n(?=(?:(?<=;\n)|(?<=;\r\n))%b)" % _FOREIGN),
}
_BEGINNING[FOREIGN_ANONYMOUS] = _BEGINNING[FOREIGN]
_DATED = re.compile(rb"^# Time: (?:(%b)|\d{6} )[^\n;]*+\n# User@Host: " % _ISO, re.MULTILINE)
_ANY = re.compile(rb"^# User@Host: ", re.MULTILINE)
_HEADED = re.compile(_HEAD)
_FOREIGN_HEADED = re.compile(_FOREIGN_HEAD)
_NO_STATEMENT = re.compile(rb"\s*(?:;|\Z|#[^\n]*+\s*\Z|%b)" % _AGAIN)
_LIMITED = re.compile(rb"^# Log_slow_rate_type: \w++ ++Log_slow_rate_limit: (?!1\D)\d", re.MULTILINE)
_COMMAND = re.compile(rb"# administrator command: ([^;\n]*)")
_ENDS = frozenset({b"Quit", b"Change user", b"Reset Connection", b"Reset connection"})


def dialect(variant: str | None) -> Dialect:  # noqa: ARG001 - the same for every slow log
    """MariaDB's SQL is cut as MySQL's."""
    return Dialect.MYSQL


_MARIADB = re.compile(rb"QC_hit: |-MariaDB")


def sniff(sample: bytes, variant: str | None = None) -> Sniffed | None:
    """Count the bytes of records that begin with ``# User@Host:``, or those of other programs' records."""
    times = [found[1] is not None for found in _DATED.finditer(sample)]
    # What looks like a record without a time is in some literal, if there are few of them.
    variant = STAMPED if all(times) and 2 * len(times) > len(_ANY.findall(sample)) else None
    own = _sniffed(sample, variant, ANONYMOUS)
    if own and own.score > _NEARLY_ALL:
        return own
    foreign = _sniffed(sample, FOREIGN, FOREIGN_ANONYMOUS) if b"# Query_time: " in sample else None
    return max(filter(None, (own, foreign)), key=lambda found: found.score, default=None)


_NEARLY_ALL = 0.9
"""The part of a sample from which on no other kind of records is tried."""


def _sniffed(sample: bytes, variant: str | None, anonymous: str) -> Sniffed | None:
    tally = Tally()
    keys = [row[1] for row in rows(sample, 0, len(sample), variant, tally)]
    if not tally.records:
        return None
    score = 1 - tally.unparsed_bytes / len(sample)
    variant = anonymous if keys and not any(keys) else variant
    why = f"records of the slow log cover {score:.0%}"
    return Sniffed(score=score, why=why, variant=variant, backend=Backend.MARIADB if _MARIADB.search(sample) else None)


def identity(variant: str | None) -> str:
    """A connection id is used once in the life of a server."""
    return "none" if variant in {ANONYMOUS, FOREIGN_ANONYMOUS} else "session"


def first_record(data: Data, position: int, variant: str | None) -> int:
    """The first record that has its time and whose beginning nothing puts in doubt."""
    is_foreign = variant in {FOREIGN, FOREIGN_ANONYMOUS}
    head = (_FOREIGN_HEADED if is_foreign else _HEADED).match
    if position == 0 and _has_time(head(data), is_foreign):
        return 0
    for begin in _BEGINNING.get(variant, _BEGINNING[None]).finditer(data, max(position - 1, 0)):
        if _has_time(head(data, begin.end()), is_foreign):
            return begin.end()
    return len(data)


def _has_time(found: re.Match[bytes] | None, is_foreign: bool) -> bool:
    return found is not None and bool(found[1] or found[5] or (is_foreign and found[2]))


def rows(data: Data, start: int, end: int, variant: str | None, tally: Tally) -> Iterator[Row]:
    """Yield the statements with their durations, and the sessions' ends where the log has them."""
    first, time, records = b"", b"", 0
    is_foreign = variant in {FOREIGN, FOREIGN_ANONYMOUS}
    for found in _RECORD.get(variant, _RECORD[None]).finditer(data, start, end):
        stamp, old, key, took, seconds, sql, text, junk = found.groups()
        if stamp:
            time = stamp
        elif seconds:
            time = _ended(found, old, seconds, took) if took and took >= b"1" else seconds
        elif old and is_foreign:
            time = old
        first = first or time
        if sql:
            records += 1
            yield None, key or b"", time, sql, took, None
        elif text is not None:
            records += 1
            if row := _row(text, key or b"", time, took):
                yield row
        elif junk is not None:
            tally.unparsed(found.start(), found.end())
    # It is a setting of the whole server, so the beginning shows it.
    if _LIMITED.search(data, start, min(end, start + 100_000)):
        tally.notes[SAMPLED] = tally.notes.get(SAMPLED, 0) + 1
    tally.complete(end - start, records, first, time)


def _row(text: bytes, key: bytes, time: bytes, took: bytes | None) -> Row | None:
    """What a record says that is not a plain statement: a command of the protocol, or SQL with ``;`` or ``#`` in it."""
    if command := _COMMAND.match(text):
        return (Mark.DISCONNECTED, key, time, b"", None, None) if command[1] in _ENDS else None
    if _NO_STATEMENT.match(text):
        return None
    return None, key, time, text.rstrip().removesuffix(b";"), took, None


def _ended(found: re.Match[bytes], old: bytes | None, seconds: bytes, took: bytes) -> bytes:
    """When a statement of a second or more ended: MariaDB's timestamp, which only it has beside QC_hit, is the start."""
    if b"QC_hit: " not in found[0][:1000] or len(seconds) > 12:
        return seconds
    if old and int(old[-2:]) == int(seconds) % 60:
        return seconds
    return b"%.6f" % (int(seconds) + float(took))
