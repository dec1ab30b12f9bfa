"""One transaction, from the sequence of what its session did.

Most transactions of an application are the same few sequences over and over. What follows from the sequence alone is
found out once for each: a ``Plan``. The values are looked at only where a plan says that something repeats.

A session's operations are plain tuples, ``(statement, time, text, duration, parameters)``, marks included.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from triage.querylogs.episode import FEWEST, Event
from triage.querylogs.runs import MOST_STATEMENTS
from triage.querylogs.statement import Control, Statement
from triage.sql.lexer import Dialect

Operation = tuple[Statement, bytes, bytes, bytes | None, bytes | None]

MOST_PREVIOUS = 8
STATEMENTS = frozenset({Control.WORK, Control.PLUMBING, Control.RECOVER})
FAILURES = frozenset({Control.FAILED, Control.DEADLOCK, Control.REFUSED})


class Plan:
    """What follows from a sequence of operations that ends a transaction."""

    __slots__ = (
        "begin",
        "fails",
        "first",
        "has_durations",
        "is_failed",
        "is_recovered",
        "is_transaction",
        "length",
        "link",
        "places",
        "ran",
        "repeats",
        "work",
        "writes",
    )

    def __init__(self, operations: Sequence[Operation], dialect: Dialect) -> None:
        controls = [each[0].control for each in operations]
        self.begin = len(controls) - 1 - controls[::-1].index(Control.BEGIN) if Control.BEGIN in controls else None
        """Where the transaction begins; what stands before it ran outside of one, or was of a session before."""
        self.fails = not FAILURES.isdisjoint(controls)
        """Whether an error is in it: then the sequence does not tell everything, and the plan is used once."""
        self.has_durations = Control.DURATION in controls
        work, self.is_failed = _worked(operations, self.begin or 0, dialect)
        self.is_recovered = Control.RECOVER in controls
        self.work = tuple(work)
        """Where in the sequence the statements are that did something."""
        self.places = _places(controls, self.work)
        self.length = sum(control in STATEMENTS for control in controls)
        """How many statements are in the sequence, marks left out."""
        self.is_transaction = self.begin is not None or bool(work)
        self.first = self.begin if self.begin is not None else work[0] if work else 0
        statements = [operations[at][0].plain for at in work]
        self.ran = tuple(dict.fromkeys(statements))[:MOST_PREVIOUS]
        self.link = tuple(statements) if 0 < len(statements) <= MOST_STATEMENTS and not self.fails else ()
        self.repeats = max(Counter(statements).values(), default=0) >= FEWEST
        self.writes: dict[Statement, int] = {}
        """The kinds of writes, and where each is first."""
        for at in work:
            if operations[at][0].is_write:
                self.writes.setdefault(operations[at][0].plain, at)

    def is_failed_after(self, is_failed: bool) -> bool:
        """Say whether the transaction is in the failed state at the end, by whether it was at the beginning."""
        return self.is_failed or (is_failed and not self.is_recovered)

    def events(self, operations: Sequence[Operation]) -> list[Event]:
        """The executions that did something, with their durations."""
        if not self.has_durations:
            return [Event(*operations[at], True, place) for at, place in zip(self.work, self.places, strict=True)]
        return list(_timed(operations, self.work, self.places))


def _worked(operations: Sequence[Operation], start: int, dialect: Dialect) -> tuple[list[int], bool]:
    """Where the statements are that did something, and whether the transaction is in the failed state at the end."""
    work: list[int] = []
    is_failed = False
    for at in range(start, len(operations)):
        control = operations[at][0].control
        if control is Control.WORK:
            work.append(at)
        elif control is Control.RECOVER:
            is_failed = False
        elif control in FAILURES:
            is_failed = is_failed or dialect is Dialect.POSTGRESQL
            if work and _is_of(operations[at], operations[work[-1]], at - work[-1]):
                work.pop()
    return work, is_failed


def _is_of(failure: Operation, last: Operation, distance: int) -> bool:
    """Say whether the statement that failed is the last one: it is the next record, and no duration has come for it."""
    return distance == 1 and last[3] is None and (not failure[2] or failure[2] == last[2] or b"\0" in failure[2])


def _places(controls: Sequence[Control], work: Sequence[int]) -> tuple[int, ...]:
    """Which statement of the sequence each is, marks left out."""
    places = [0]
    for control in controls:
        places.append(places[-1] + (control in STATEMENTS))
    return tuple(places[at] for at in work)


def _timed(operations: Sequence[Operation], work: Sequence[int], places: Sequence[int]) -> Iterator[Event]:
    """Give each statement the duration that the log has on a line of its own behind it."""
    for at, place in zip(work, places, strict=True):
        statement, time, text, duration, parameters = operations[at]
        following = operations[at + 1] if at + 1 < len(operations) else None
        if duration is None and following is not None and following[0].control is Control.DURATION:
            yield Event(statement, time, text, following[3], parameters, False, place)
        else:
            yield Event(statement, time, text, duration, parameters, True, place)
