"""The general log of MySQL and MariaDB: every command of every connection, before it runs.

``time<tab>thread command<tab>argument``. A line that begins with no known command continues the SQL above it. MySQL
prints the time on every line since 5.7.2; MySQL before that and MariaDB leave it blank while it is the same second, so
it is carried forward, also over the banner that each start and each FLUSH LOGS writes: the first lines of a rotated
file may have no time at all. In a file whose lines have ISO times, one without is SQL, whatever it looks like.

Of a prepared statement only Execute counts, which shows the SQL with its values: Prepare runs nothing, and the Query
line of an SQL-level PREPARE, EXECUTE or EXECUTE IMMEDIATE is the same statement again. A refused login is a Connect and
a second line that says so; Change user ends a session and leaves its id to the next. Not in the log: durations, errors
(MariaDB logs even what it cannot parse, MySQL does not), clients that were lost or killed, and Reset Connection. MySQL
logs the parts of a multi-statement one by one, MariaDB as one. Tried on MySQL 9.7 and MariaDB 10.11.

Mistaken for a record: a line inside of a literal that looks exactly like one. Drivers escape the newlines of values,
so no value does that.

https://dev.mysql.com/doc/refman/8.4/en/query-log.html
https://mariadb.com/kb/en/general-query-log/
"""

import re
from collections.abc import Iterator

from triage.evidence import Backend
from triage.querylogs.formats.base import Data, Sniffed, Tally, score_of
from triage.querylogs.formats.mysql_banner import BANNER, BANNER_AHEAD
from triage.querylogs.rows import Mark, Row
from triage.sql.lexer import Dialect

name = "mysql-general"
backend = Backend.MYSQL
duration_unit = 1000.0

STAMPED = "stamped"
"""The variant of a file whose lines have ISO times: none of them is left blank."""

_ISO = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d)"
_TIME = rb"%b|\d{6} [ \d]\d:\d\d:\d\d" % _ISO
# Where tabs became spaces, a blank time is many of them.
_BLANK = rb"\t\t| {12}"
# The SQL of these is in an Execute line, or is no SQL.
_NO_SQL = rb"[\t ]++(?:(?i:prepare|execute)[\t\r\n ]|administrator command: )"
_RUN = rb"Query(?!%b)|Execute|Bulk_execute" % _NO_SQL
_SILENT = (
    rb"Connect Out|Prepare|Close stmt|Reset stmt|Field List|Long Data|Fetch|Ping|Statistics|Processlist|Kill|Debug|"
    rb"Refresh|Shutdown|Daemon|Binlog Dump GTID|Binlog Dump|Table Dump|Register Slave|Register Replica|Slave_worker|"
    rb"Slave_IO|Slave_SQL|Set option|Sleep|Delayed insert|Create DB|Drop DB|Time|Error|[Cc]lone|"
    rb"Group Replication Data Stream subscription|Query"
)
_MARKED = rb"Connect|Quit|Init DB|Change user|Reset [Cc]onnection"
_MARKS = {
    b"Connect": Mark.CONNECTED,
    b"Quit": Mark.DISCONNECTED,
    b"Change user": Mark.DISCONNECTED,
    b"Reset connection": Mark.DISCONNECTED,
    b"Reset Connection": Mark.DISCONNECTED,
}
_SLOW = rb"# (?:User@Host|Query_time): |# Time: [\d-]{6,10}[ T]"
"""How the lines of a slow log begin, which others may append to the same file."""
_END = rb"(?:[\t ]++|(?=\r?\n|\r?\Z))"


def _head(variant: str | None, group: bytes) -> bytes:
    if variant == STAMPED:
        return rb"%b%b)[\t ]++" % (group, _ISO)
    return rb"(?:%b%b)[\t ]|%b)[\t ]*+" % (group, _TIME, _BLANK)


def _compile(variant: str | None) -> re.Pattern[bytes]:
    """One pattern, whose matches are all bytes: records, then banners, then what is neither."""
    begins = rb"%b\d++ (?:%b|%b|%b)%b" % (_head(variant, b"(?:"), _RUN, _SILENT, _MARKED, _END)
    body = rb"[^\n]*+(?:\n(?!(?=[\d\t ])%b|%b|%b|\Z)[^\n]*+)*+" % (begins, BANNER_AHEAD, _SLOW)
    record = rb"%b(\d++) (?:%b|(%b|%b))%b(%b)\n?+" % (_head(variant, b"("), _RUN, _SILENT, _MARKED, _END, body)
    return re.compile(rb"%b|%b|((?!\Z)%b\n?+)" % (record, BANNER, body))


_RECORD = {variant: _compile(variant) for variant in (STAMPED, None)}
_DATED = re.compile(
    rb"^(?:(%b)|%b)[\t ]++\d++ (?:%b|%b|%b)%b" % (_ISO, _TIME, _RUN, _SILENT, _MARKED, _END), re.MULTILINE
)
_TIMED = {
    variant: re.compile(rb"\n(?=(?:%b)[\t ]++\d++ (?:%b|%b|%b)%b)" % (time, _RUN, _SILENT, _MARKED, _END))
    for variant, time in ((STAMPED, _ISO), (None, _TIME))
}


def dialect(variant: str | None) -> Dialect:  # noqa: ARG001 - the same for every general log
    """MariaDB's SQL is cut as MySQL's."""
    return Dialect.MYSQL


# MySQL before 5.7.2 wrote such times as well; where it did not say which it is, the one still in use is taken.
_MARIADB = re.compile(rb"^\d{6} [ \d]\d:\d\d:\d\d\t(?![^\n]{0,200}MySQL)|^[^\n]{1,200}-MariaDB", re.MULTILINE)


def sniff(sample: bytes, variant: str | None = None) -> Sniffed | None:
    """Count the bytes of records that begin with a known command."""
    times = {found[1] is not None for found in _DATED.finditer(sample)}
    variant = STAMPED if times == {True} else None
    score = score_of(rows, sample, variant)
    if not score:
        return None
    why = f"commands of the general log cover {score:.0%}"
    return Sniffed(score=score, why=why, variant=variant, backend=Backend.MARIADB if _MARIADB.search(sample) else None)


def identity(variant: str | None) -> str:  # noqa: ARG001 - the same for every general log
    """A connection id is used once in the life of a server."""
    return "session"


def first_record(data: Data, position: int, variant: str | None) -> int:
    """The first line of a known command that has its time: those without belong to the second before."""
    timed = _TIMED.get(variant, _TIMED[None])
    if position == 0 and timed.match(b"\n" + data[:200]):
        return 0
    found = timed.search(data, max(position - 1, 0))
    return found.end() if found else len(data)


def rows(data: Data, start: int, end: int, variant: str | None, tally: Tally) -> Iterator[Row]:
    """Yield what ran and how sessions came and went, with the time that each line has or shares."""
    first, time, records = None, b"", 0
    for found in _RECORD.get(variant, _RECORD[None]).finditer(data, start, end):
        stamp, key, command, text, junk = found.groups()
        if stamp:
            time = stamp
            if first is None:
                first = stamp
        if command is None:
            if text:
                records += 1
                yield None, key, time, text, None, None
            elif junk is not None:
                tally.unparsed(found.start(), found.end())
            elif text is not None:
                records += 1
        else:
            records += 1
            mark = _mark(command, text)
            if mark is not None:
                yield mark, key, time, b"", None, None
    tally.complete(end - start, records, first, time)


def _mark(command: bytes, text: bytes) -> Mark | None:
    if text.startswith(b"Access denied"):
        return Mark.DISCONNECTED
    return _MARKS.get(command)
