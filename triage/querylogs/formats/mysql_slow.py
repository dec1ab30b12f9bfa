"""The slow log of MySQL and MariaDB: with ``long_query_time = 0``, every statement when it has ended.

A record is a run of ``# key: value`` lines, ``use db;`` and ``SET timestamp=N;``, and the SQL up to the next such run.
Lines of the SQL may begin with ``#`` as well: only ``# Time:`` and ``# User@Host:`` begin a record. The timestamp is
the statement's end before MySQL 8.0.14 and in MariaDB, its start since; ``# Time:`` is its end.

https://dev.mysql.com/doc/refman/8.4/en/slow-query-log.html
https://mariadb.com/kb/en/slow-query-log-overview/
"""

import re

from triage.evidence import Backend
from triage.querylogs.formats.base import Data, Sniffed
from triage.querylogs.ledger import Ledger
from triage.querylogs.statement import Vocabulary
from triage.sql.lexer import Dialect

name = "mysql-slow"
backend = Backend.MYSQL
dialect = Dialect.MYSQL

_BANNER = rb"[^\n]{1,300}, Version: [^\n]{1,300}started with:\r?\n"
_RECORD = re.compile(
    rb"^(?:\# Time: ([^\n]*)\n)?\# User@Host: ([^\n]*)\n((?:\# [^\n]*\n)*+)"
    rb"(?:use [^\n]*;\r?\n)?(?:SET timestamp=(\d+(?:\.\d+)?);\r?\n)?"
    rb"([^\n]*+(?:\n(?!\# Time: |\# User@Host: |%b|\Z)[^\n]*+)*+)\n?" % _BANNER,
    re.MULTILINE,
)
_START = re.compile(rb"^\# (?:Time|User@Host): ", re.MULTILINE)
_ID = re.compile(rb"\bId: +(\d+)")
_THREAD = re.compile(rb"Thread_id: (\d+)")
_TOOK = re.compile(rb"Query_time: (\d+\.\d+)")
_QUIT = (b"# administrator command: Quit", b"# administrator command: Reset connection")


def sniff(sample: bytes, variant: str | None = None) -> Sniffed | None:
    """Count the bytes in records."""
    covered = sum(found.end() - found.start() for found in _RECORD.finditer(sample))
    score = covered / max(len(sample), 1)
    return Sniffed(score=score, why=f"records of the slow log cover {score:.0%}", variant=variant) if covered else None


def identity(variant: str | None) -> str:  # noqa: ARG001 - the same for every slow log
    """A connection id is used once in the life of a server."""
    return "session"


def first_record(data: Data, position: int, variant: str | None) -> int:  # noqa: ARG001
    """The first record that has its time; what follows without belongs to it."""
    if position > 0:
        position = data.find(b"\n", position - 1) + 1 or len(data)
    for found in _START.finditer(data, position):
        before = data.rfind(b"\n", 0, max(found.start() - 1, 0)) + 1
        is_second = data[found.start() : found.start() + 8] == b"# User@H" and data[before : before + 8] == b"# Time: "
        if not is_second:
            return found.start()
    return len(data)


def parse(data: Data, start: int, end: int, variant: str | None, ledger: Ledger) -> None:  # noqa: ARG001
    """Read the records that start in the range."""
    vocabulary, session_of = Vocabulary(dialect), ledger.session
    position, records, unparsed = start, 0, 0
    time = b""
    for found in _RECORD.finditer(data, start, end):
        begin = found.start()
        if begin != position:
            unparsed += begin - position
        position = found.end()
        records += 1
        stamp, user, head, timestamp, sql = found.groups()
        time = (stamp if stamp and stamp[:2] == b"20" and b"T" in stamp else timestamp) or stamp or time
        if ledger.first is None:
            ledger.first = time
        owner = _ID.search(user) or _THREAD.search(head)
        key = owner[1] if owner else b""
        took = _TOOK.search(head)
        milliseconds = float(took[1]) * 1000 if took and len(took[1]) < 16 else None
        if sql.startswith(b"#"):
            if sql.startswith(_QUIT):
                ledger.disconnect(key, time)
            continue
        if milliseconds is not None:
            ledger.took(milliseconds)
        sql = sql.rstrip().removesuffix(b";")
        session_of(key).execute(vocabulary(sql), sql, time, milliseconds)
    ledger.last = time or ledger.last
    ledger.records += records
    ledger.bytes += end - start
    ledger.unparsed_bytes += unparsed + end - position
