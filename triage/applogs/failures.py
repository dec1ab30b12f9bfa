"""From exceptions to failures: which of those in a chain it was that failed, and where in the app.

A driver's error, SQLAlchemy's around it and the app's own around that are one failure. Where an error was raised while
another was handled, the later one is the failure: the earlier may have been expected, as NoResultFound is before an
INSERT. It is the earlier one where the later only says that the session is no longer usable after it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from triage.applogs import frames
from triage.applogs.clues import AFTERMATH, Reading, bare, bounded, merged, read
from triage.applogs.names import CLASS, DRIVERS, IN_PARENTHESES, SQLALCHEMYS
from triage.applogs.tracebacks import Chain, Raised
from triage.evidence import AppFrame, ErrorClue

_ROOTS = frozenset(name.replace("\\", "") for name in DRIVERS.split("|")) | {"sqlalchemy", "mysql"}
_SHARED = frozenset(
    "InterfaceError DatabaseError OperationalError IntegrityError ProgrammingError InternalError DataError "
    "NotSupportedError InvalidRequestError ArgumentError TimeoutError CompileError NoSuchTableError "
    "DisconnectionError UnboundExecutionError".split()
)
"""Names that others give as well: it has to be SQLAlchemy or a driver that was at work."""
_UNWRAPPED = (
    "attached to a different loop",
    "readexactly() called while another coroutine is already waiting",
    "Event loop is closed",
    "Packet sequence number wrong",
    "another operation is in progress",
    "This session is provisioning a new connection",
    "SQLite objects created in a thread",
    "reentrant call inside <_io.Buffered",
)
"""What comes of a connection that two use, as an exception of Python's own."""
_AFTERMATH = ("PendingRollbackError", "InFailedSqlTransaction", "InFailedSQLTransactionError")


@dataclass(frozen=True, slots=True)
class Failure:
    """One error, as one place in a log shows it."""

    clue: ErrorClue
    frame: AppFrame | None
    said: str
    """The whole message with its values; it stays in this process."""
    statement: str | None = None
    original: ErrorClue | None = None
    is_autoflush: bool = False
    is_traced: bool = True
    """Whether there was a traceback."""


def of_chain(chain: Chain) -> Failure | None:
    """The failure that a chain of exceptions is; None where no database is in it."""
    chain = [replace(raised, message=bounded(raised.message)) for raised in chain]
    at = next((index for index in reversed(range(len(chain))) if _is_database(chain[index])), None)
    if at is None:
        return None
    reading, start = _with_causes(chain, at)
    while _is_aftermath(reading.clue) and start > 0:
        before = next((index for index in reversed(range(start)) if _is_database(chain[index])), None)
        if before is None:
            break
        at = before
        reading, start = _with_causes(chain, at)
    return _failure(reading, _frame(chain, start, at), chain[at].message)


def of_text(text: str, shown: Sequence[AppFrame] = ()) -> Failure:
    """The failure that a text without a traceback tells of, with the frames that stood below it."""
    reading = bare(text)
    return replace(_failure(reading, frames.own(shown) or _warned(text), text), is_traced=False)


def _failure(reading: Reading, frame: AppFrame | None, said: str) -> Failure:
    return Failure(
        reading.clue, frame, " ".join(said.split()), reading.statement, reading.original, reading.is_autoflush
    )


def _with_causes(chain: Chain, at: int) -> tuple[Reading, int]:
    """An error with those that are its direct cause, and where they begin."""
    outer = read(chain[at].message, (chain[at].name,))
    clue, start = outer.clue, at
    while start > 0 and chain[start].link == "cause" and _is_database(chain[start - 1]):
        start -= 1
        clue = merged(clue, read(chain[start].message, (chain[start].name,)).clue)
    return replace(outer, clue=clue), start


def _frame(chain: Chain, start: int, at: int) -> AppFrame | None:
    for raised in (chain[at], *reversed(chain[start:at]), *chain[at + 1 :], *reversed(chain[:start])):
        if found := frames.own(raised.frames):
            return found
    return None


def _is_aftermath(clue: ErrorClue) -> bool:
    return clue.code in AFTERMATH or any(name.endswith(_AFTERMATH) for name in clue.classes)


def _is_database(raised: Raised) -> bool:
    name = raised.name
    root, _, _ = name.partition(".")
    if root in _ROOTS and "." in name:
        return True
    if name in SQLALCHEMYS or ("sqlalche.me/e/" in raised.message and not CLASS.search(raised.message)):
        return True
    if (found := IN_PARENTHESES.match(raised.message)) and "." in found["name"]:
        return True
    if name in _SHARED or any(words in raised.message for words in _UNWRAPPED):
        return frames.touches_database(raised.frames)
    return False


def _warned(text: str) -> AppFrame | None:
    """Where a warning says that it comes from: ``/app/orders.py:12: SAWarning: …``."""
    head, found, _ = text.partition(": SAWarning:")
    if not found:
        return None
    file, _, line = head.rpartition(":")
    file = file.rpartition(" ")[2]
    return (
        frames.own((AppFrame(file=file, line=int(line)),))
        if file and line.isascii() and line.isdecimal() and len(line) < 9
        else None
    )


def of_chains(found: Sequence[Chain]) -> Iterator[Failure]:
    """The failures of several chains."""
    for chain in found:
        if failure := of_chain(chain):
            yield failure
