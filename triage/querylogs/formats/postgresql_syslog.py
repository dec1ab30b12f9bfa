"""PostgreSQL's log through syslog: the lines of stderr's format, in pieces that other sessions' lines may separate.

A record is put together from its pieces and stands where its first one does. Its time is the one that
``log_line_prefix`` prints, otherwise the line's, which in the old style has no year; its session is the prefix's,
otherwise the process that sent the line.

https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-WHERE
"""

import re
from collections import deque
from collections.abc import Callable, Iterator

from triage.evidence import Backend
from triage.evidence.query_logs import Identity
from triage.querylogs.formats.base import Data, Sniffed, Tally, line_from, score_of
from triage.querylogs.formats.postgresql_gaps import has_gaps
from triage.querylogs.formats.postgresql_known_prefixes import best_prefix
from triage.querylogs.formats.postgresql_prefix import letters_of
from triage.querylogs.formats.postgresql_stderr import assembled, patterns
from triage.querylogs.formats.postgresql_syslog_lines import NEAR, Piece, piece_of
from triage.querylogs.rows import Row
from triage.sql.lexer import Dialect

name = "postgresql-syslog"
backend = Backend.POSTGRESQL
duration_unit = 1.0

_LINE = re.compile(rb"[^\n]*+\n|[^\n]++")
_MOST_OPEN = 20_000
"""How many records may wait for the pieces of one."""


def sniff(sample: bytes, variant: str | None = None) -> Sniffed | None:
    """Find the prefix of the texts, and count the lines that belong to records."""
    texts = b"\n".join(piece.text for piece in map(piece_of, _LINE.findall(sample)) if piece)
    prefix = variant if variant is not None else best_prefix(texts, alone=False)
    if not texts or prefix is None:
        return None
    score = score_of(rows, sample, prefix)
    why = f"syslog lines with the prefix {prefix!r} cover {score:.0%}"
    return Sniffed(score=score, why=why, variant=prefix) if score > 0 else None


def dialect(variant: str | None) -> Dialect:  # noqa: ARG001 - the same for every prefix
    """PostgreSQL's."""
    return Dialect.POSTGRESQL


def identity(variant: str | None) -> str:
    """Return session where the prefix has it; the process is in every line."""
    return Identity.SESSION if "c" in letters_of(variant or "") else Identity.PID


def first_record(data: Data, position: int, variant: str | None) -> int:
    """Return the first line that begins a record and that no record before goes on behind.

    Without numbers any line of a process may go on with its last record; those of other programs are taken not to.
    """
    position = line_from(data, position)
    starts = patterns(variant or "").start.match
    last = _senders_before(data, position)
    found: tuple[int, int, bytes] | None = None
    at = 0
    while position < len(data) and (found is None or at < found[1] + NEAR):
        after = data.find(b"\n", position) + 1 or len(data)
        if piece := piece_of(data[position:after]):
            if _is_start(piece, starts):
                if found is None and starts(piece.text):
                    found = position, at, piece.sender[1]
            elif found and at - NEAR < last.get(piece.sender, -2 * NEAR) < found[1] and _may_go_on(piece, found[2]):
                found = None
            last[piece.sender] = at
        position, at = after, at + 1
    return found[0] if found else len(data)


def _may_go_on(piece: Piece, program: bytes) -> bool:
    return piece.number is not None or piece.sender[1] == program


def _senders_before(data: Data, position: int) -> dict[tuple[bytes, bytes, bytes], int]:
    """Return who sent the lines just before a position, each with how far back."""
    senders: dict[tuple[bytes, bytes, bytes], int] = {}
    for back in range(1, NEAR + 1):
        if position <= 0:
            break
        begin = data.rfind(b"\n", 0, position - 1) + 1
        if piece := piece_of(data[begin:position]):
            senders.setdefault(piece.sender, -back)
        position = begin
    return senders


def rows(data: Data, start: int, end: int, variant: str | None, tally: Tally) -> Iterator[Row]:
    """Read the records whose first piece is in the range."""
    starts = patterns(variant or "").start.match
    going_on: dict[tuple[bytes, bytes, bytes], _Message] = {}
    waiting: deque[_Message] = deque()
    for at, found in enumerate(_LINE.finditer(data, start, end)):
        piece = piece_of(found[0])
        if piece is None:
            tally.unparsed(*found.span())
        elif _is_start(piece, starts):
            if before := going_on.pop(piece.sender, None):
                before.is_complete = True
            if starts(piece.text):
                message = _Message(piece, at)
                going_on[piece.sender] = message
                waiting.append(message)
            else:
                tally.unparsed(*found.span())
        elif not (piece.sender in going_on and going_on[piece.sender].add(piece, at, variant)):
            tally.unparsed(*found.span())
        while waiting and (waiting[0].is_complete or at - waiting[0].at >= NEAR or len(waiting) > _MOST_OPEN):
            message = waiting.popleft()
            if going_on.get(message.sender) is message:
                del going_on[message.sender]
            yield from message.rows(variant, tally)
    for message in waiting:
        yield from message.rows(variant, tally)
    tally.length += end - start


class _Message:
    """A record of which pieces may still come."""

    __slots__ = ("at", "is_complete", "last", "sender", "texts", "time")

    def __init__(self, piece: Piece, at: int) -> None:
        self.sender, self.time, self.last, self.at = piece.sender, piece.time, piece, at
        self.texts = [piece.text]
        self.is_complete = False

    def add(self, piece: Piece, at: int, variant: str | None) -> bool:
        """Take the next piece, if it is that."""
        if piece.message != self.last.message or (piece.number and piece.number != (self.last.number or 0) + 1):
            return False
        is_line = piece.text.startswith(b"\t") or patterns(variant or "").attached.match(piece.text)
        self.texts += [b"\n", piece.text] if is_line else [piece.text]
        self.last, self.at = piece, at
        return True

    def rows(self, variant: str | None, tally: Tally) -> Iterator[Row]:
        """Yield what the record says."""
        return assembled(b"".join(self.texts), variant, tally, self.time, self.sender[2])


def is_gappy(sample: bytes, variant: str | None) -> bool:  # noqa: ARG001 - the line has the number
    """Say whether records are missing, by the numbers of each process's messages."""
    pieces = filter(None, map(piece_of, _LINE.findall(sample)))
    return has_gaps((b"\0".join(each.sender), each.message or 0) for each in pieces if each.number == 1)


def _is_start(piece: Piece, starts: Callable[[bytes], object]) -> bool:
    return bool(starts(piece.text)) if piece.number is None else piece.number == 1
