"""The general log of MySQL and MariaDB: every command of every connection, before it runs.

``time<tab>thread command<tab>argument``. Up to MySQL 5.7, and in MariaDB, a time that is the same as the line's
before is left blank. Only the known commands begin a record, or a wrapped line of SQL would forge one.

https://dev.mysql.com/doc/refman/8.4/en/query-log.html
https://mariadb.com/kb/en/general-query-log/
"""

import re

from triage.evidence import Backend
from triage.querylogs.formats.base import Data, Sniffed
from triage.querylogs.ledger import Ledger
from triage.querylogs.statement import Vocabulary
from triage.sql.lexer import Dialect

name = "mysql-general"
backend = Backend.MYSQL
dialect = Dialect.MYSQL

_TIME = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d)|\d{6} +\d?\d:\d\d:\d\d"
_COMMANDS = (
    rb"Query|Execute|Prepare|Close stmt|Connect|Quit|Init DB|Change user|Reset stmt|Reset connection|Field List|"
    rb"Long Data|Fetch|Ping|Statistics|Processlist|Kill|Debug|Refresh|Shutdown|Daemon|Binlog Dump|"
    rb"Binlog Dump GTID|Register Slave|Set option|Sleep|Delayed insert|Create DB|Drop DB|Time|Error"
)
_HEAD = rb"^(?:(%b)[\t ]|\t)(?:[ ]*|\t[ ]*)(\d+) (%b)(?:[\t ]|(?=\r?$))" % (_TIME, _COMMANDS)
_BANNER = rb"[^\n]{1,300}, Version: [^\n]{1,300}started with:\r?\n[^\n]*\n[^\n]*Argument\r?\n"
_RECORD = re.compile(
    rb"%b([^\n]*+(?:\n(?!%b|%b|\Z)[^\n]*+)*+)\n?"
    % (_HEAD, rb"(?:(?:%b)[\t ]|\t)[ \t]*\d+ (?:%b)(?:[\t ]|\r?$)" % (_TIME, _COMMANDS), _BANNER),
    re.MULTILINE,
)
_START = re.compile(_HEAD, re.MULTILINE)
_RAN = frozenset({b"Query", b"Execute"})
_ENDS = frozenset({b"Quit", b"Change user", b"Reset connection"})


def sniff(sample: bytes, variant: str | None = None) -> Sniffed | None:
    """Count the bytes in records of known commands."""
    covered = sum(found.end() - found.start() for found in _RECORD.finditer(sample))
    score = covered / max(len(sample), 1)
    if not covered:
        return None
    return Sniffed(score=score, why=f"commands of the general log cover {score:.0%}", variant=variant)


def identity(variant: str | None) -> str:  # noqa: ARG001 - the same for every general log
    """A connection id is used once in the life of a server."""
    return "session"


def first_record(data: Data, position: int, variant: str | None) -> int:  # noqa: ARG001
    """The first line of a known command that has its time; those without belong to the second before."""
    if position > 0:
        position = data.find(b"\n", position - 1) + 1 or len(data)
    for found in _START.finditer(data, position):
        if found[1] is not None:
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
        given, key, command, text = found.groups()
        if given is not None:
            time = given
            if ledger.first is None:
                ledger.first = time
        if command in _RAN:
            session_of(key).execute(vocabulary(text), text, time)
        elif command == b"Connect":
            if text.startswith(b"Access denied"):
                session_of(key).fail(time)
            else:
                ledger.connect(key, time)
        elif command in _ENDS:
            ledger.disconnect(key, time)
            if command != b"Quit":
                ledger.connect(key, time)
    ledger.last = time or ledger.last
    ledger.records += records
    ledger.bytes += end - start
    ledger.unparsed_bytes += unparsed + end - position
