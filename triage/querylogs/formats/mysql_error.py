"""The deadlocks that InnoDB describes: in the error log (``innodb_print_all_deadlocks``) or SHOW ENGINE INNODB STATUS.

Each transaction of a deadlock is a line ``TRANSACTION N, ACTIVE …``, one with ``thread id N``, which is the session,
and the statement, cut off by the server where it is long; then come its locks. ``WE ROLL BACK TRANSACTION (2)`` names
the victim, but not on MariaDB, which counted from another one than it printed first (seen on 10.11.18, not on
10.11.19): there no victim is told. MySQL writes that line, the headings and the time as notes, and leaves them out at its default
``log_error_verbosity``, 2: such a deadlock has no time and no victim (its key is empty, and the tally has a note), and
ends with the transaction that waits for what the first one holds. Tried on MySQL 9.7 and MariaDB 10.11.

SHOW ENGINE INNODB STATUS has the last deadlock only; saved by a client that escapes newlines it is not read. All lines
behind the first one of an error log or of a monitor's output are the format's own. Transactions that a monitor merely
lists have dashes in front, and are no deadlock.

https://dev.mysql.com/doc/refman/8.4/en/innodb-deadlocks.html
https://mariadb.com/kb/en/innodb-system-variables/#innodb_print_all_deadlocks
https://github.com/MariaDB/server/pull/4679
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from triage.evidence import Backend
from triage.querylogs.formats.base import Data, Sniffed, Tally
from triage.querylogs.rows import Mark, Row
from triage.sql.lexer import Dialect

name = "mysql-innodb"
backend = Backend.MYSQL
duration_unit = 1000.0
holds_statements = False
"""Deadlocks are all that there is to be read."""

NO_VICTIM = "deadlocks without their victim and time, as log_error_verbosity below 3 writes them"

_TIME = rb"(?:\d{4}-\d\d-\d\d[T ][ \d]\d:\d\d:\d\d(?:\.\d{6})?(?:Z|[+-]\d\d:\d\d)?|\d{6} [ \d]\d:\d\d:\d\d)"
# A thread's number stands in front of the level, except in MySQL 5.5 and older.
_OWN = (
    rb"%b(?: *+\d++ (?:\[(?:Note|Warning|System|ERROR)\]|InnoDB:)| (?:\[(?:Note|Warning|ERROR)\]| ?InnoDB:)) " % _TIME
)
_DETECTED = rb"%b[^\n]*?ransactions deadlock detected" % _OWN
_MONITOR = rb"%b [^\n]*?INNODB MONITOR OUTPUT" % _TIME
_TRANSACTION = rb"TRANSACTION \w++(?: \w++)?, ACTIVE "
_KNOWN = rb"^(?:%b|%b|LATEST DETECTED DEADLOCK\r?\n-|%b" % (_OWN, _MONITOR, _TRANSACTION)
# Applications' logs have [ERROR] as well, and no other of these words in this case.
_KNOWN_LINE = re.compile(_KNOWN.replace(b"|ERROR", b"") + rb")", re.MULTILINE)
# The rule above a monitor's output is its own as well, but others rule lines too.
_BEGINNING = re.compile(_KNOWN + rb"|={30})", re.MULTILINE)
_APART = re.compile(rb"\n(?=%b|%b)" % (_DETECTED, _MONITOR))
_IS_APART = re.compile(rb"%b|%b" % (_DETECTED, _MONITOR))
_LINE = re.compile(rb"[^\n]*+\n|[^\n]++\Z")
_STAMP = re.compile(_TIME)
_THREAD = re.compile(rb"(\w++) thread id (\d++),")
_VICTIM = re.compile(rb"[^\n]{0,100}?\*\*\* WE ROLL BACK TRANSACTION \((\d{1,4})\)")
_PLACE = re.compile(rb"RECORD LOCKS (space id \d++ page no \d++) |TABLE LOCK table (\S++) ")
_BEHIND = re.compile(
    rb"(?:%b)?[^\n]{0,4}?\*\*\* (?:\(\d++\) )?(?:WAITING FOR THIS|HOLDS THE|CONFLICTING WITH|WE ROLL BACK)"
    rb"|%b|RECORD LOCKS space id |TABLE LOCK table |Trx read view " % (_OWN, _OWN)
)
_LONGEST = 16_000
"""A statement is cut off by the server long before; what is longer has lost its end."""


@dataclass(slots=True)
class _Transaction:
    key: bytes = b""
    statement: bytes = b""
    holds: set[tuple[bytes, bytes]] = field(default_factory=set)
    awaits: set[tuple[bytes, bytes]] = field(default_factory=set)


class _Deadlock:
    """What has been read of one deadlock."""

    def __init__(self, time: bytes = b"") -> None:
        self.time = time
        self._transactions: list[_Transaction] = []
        self._reads_statement = False
        self._place = b""
        self._waits = False
        self._tells_victim = True

    def row(self, victim: int = 0) -> Row | None:
        """The deadlock as it is known now; None if it is none. Victims count from 1."""
        if not self._tells_victim:
            victim = 0
        if len(self._transactions) < 2 or victim > len(self._transactions):
            return None
        order = self._transactions
        if victim:
            order = [order[victim - 1], *order[: victim - 1], *order[victim:]]
        text = b"\0".join(each.statement.strip().replace(b"\0", b" ") for each in order)
        return Mark.DEADLOCK, order[0].key if victim else b"", self.time, text, None, None

    def read(self, line: bytes) -> None:
        """Read a line of one of its transactions."""
        if line.startswith(b"TRANSACTION ") and not self._reads_statement:
            self._transactions.append(_Transaction())
            self._place = b""
        elif self._transactions:
            self._read_of(self._transactions[-1], line)

    def _read_of(self, transaction: _Transaction, line: bytes) -> None:
        if self._reads_statement and not _BEHIND.match(line):
            if len(transaction.statement) < _LONGEST:
                transaction.statement += line
        elif found := _PLACE.match(line):
            self._reads_statement = False
            self._place, self._waits = found[1] or found[2], line.rstrip().endswith(b" waiting")
            if found[2]:
                self._lock(transaction, b"")
        elif line.startswith(b"Record lock, heap no "):
            self._lock(transaction, line.split(b" ", 5)[4])
        elif not transaction.key and (found := _THREAD.match(line)):
            transaction.key, self._reads_statement = found[2], True
            self._tells_victim = found[1] != b"MariaDB"
        else:
            self._reads_statement = False

    def _lock(self, transaction: _Transaction, heap: bytes) -> None:
        locks = transaction.awaits if self._waits else transaction.holds
        locks.add((self._place, heap))

    def is_over(self, line: bytes) -> bool:
        """Whether the line begins another: the last transaction waits for what the first one holds."""
        ends = self._transactions
        if len(ends) < 2 or self._reads_statement or not line.startswith(b"TRANSACTION "):
            return False
        return not ends[0].holds.isdisjoint(ends[-1].awaits)


def dialect(variant: str | None) -> Dialect:  # noqa: ARG001 - the same for every log of InnoDB
    """MariaDB's SQL is cut as MySQL's."""
    return Dialect.MYSQL


def sniff(sample: bytes, variant: str | None = None) -> Sniffed | None:
    """Count the bytes behind the first line that is of an error log or of InnoDB's monitor."""
    found = _KNOWN_LINE.search(sample)
    if not found:
        return None
    score = 1 - found.start() / len(sample)
    return Sniffed(score=score, why="lines of an error log or of InnoDB's monitor", variant=variant)


def identity(variant: str | None) -> str:  # noqa: ARG001 - the same for every log of InnoDB
    """A connection id is used once in the life of a server."""
    return "session"


def first_record(data: Data, position: int, variant: str | None) -> int:  # noqa: ARG001 - as above
    """The first line that says that a deadlock was detected, or that a monitor's output begins."""
    if position == 0 and _KNOWN_LINE.match(data):
        return 0
    found = _APART.search(data, max(position - 1, 0))
    return found.end() if found else len(data)


def rows(data: Data, start: int, end: int, variant: str | None, tally: Tally) -> Iterator[Row]:  # noqa: ARG001
    """Yield the deadlocks."""
    tally.length += end - start
    begun = _BEGINNING.search(data, start, end)
    begin = begun.start() if begun else end
    tally.unparsed(start, begin)
    deadlock, is_latest = _Deadlock(), False
    for found in _LINE.finditer(data, begin, end):
        line = found[0]
        row = None
        if _IS_APART.match(line) or deadlock.is_over(line):
            row, deadlock, is_latest = deadlock.row(), _Deadlock(), False
        if stamp := _STAMP.match(line):
            tally.records += 1
            tally.first, tally.last = tally.first or stamp[0], stamp[0]
            if is_latest or b"ransactions deadlock detected" in line:
                deadlock.time = stamp[0]
        is_latest = line.rstrip() == b"LATEST DETECTED DEADLOCK" or (is_latest and line.startswith(b"---"))
        if victim := _VICTIM.match(line):
            row, deadlock = deadlock.row(int(victim[1])), _Deadlock()
        deadlock.read(line)
        if row:
            _count(row, tally)
            yield row
    if row := deadlock.row():
        _count(row, tally)
        yield row


def _count(row: Row, tally: Tally) -> None:
    tally.records += 1
    _, key, time, *_ = row
    if not key and not time:
        tally.notes[NO_VICTIM] = tally.notes.get(NO_VICTIM, 0) + 1
