"""A transaction at its end: what it opened with, what it wrote, whether it had failed."""

from collections.abc import Collection, Sequence

from triage.querylogs.episode import Episode, Event
from triage.querylogs.standstill import Standstill, tagged_by
from triage.querylogs.statement import Statement
from triage.querylogs.totals import Totals, Unfinished
from triage.querylogs.transaction import Operation, Plan
from triage.sql.lexer import Dialect
from triage.sql.shape import values


class Folded:
    """The beginning of a long transaction, as counts."""

    __slots__ = (
        "episode",
        "has_begin",
        "is_failed",
        "last",
        "opened_at",
        "standstill",
        "statements",
        "totals",
        "writes",
    )

    def __init__(self, opened_at: bytes, unit: float) -> None:
        self.opened_at = opened_at
        self.episode = Episode(unit)
        self.standstill = Standstill(opened_at, unit)
        self.totals = Totals()
        """Where it stood still; that counts only if it ends."""
        self.is_failed = False
        self.has_begin = False
        self.statements = 0
        self.writes: dict[Statement, Operation] = {}
        """The kinds of writes, each with its first execution."""
        self.last: Operation | None = None
        """The last statement."""

    def take(self, plan: Plan, operations: Sequence[Operation]) -> None:
        """Take the next operations."""
        for statement, at in plan.writes.items():
            self.writes.setdefault(statement, operations[at])
        if plan.work:
            self.last = operations[plan.work[-1]]
        self.is_failed = plan.is_failed_after(self.is_failed)
        self.has_begin = self.has_begin or plan.begin is not None
        self.feed(plan, operations)

    def feed(self, plan: Plan, operations: Sequence[Operation]) -> None:
        """Take the next statements."""
        events = plan.events(operations)
        self.statements += len(events)
        self.standstill.feed(operations[plan.begin or 0 :], self.totals)
        self.episode.add(events, plan.length)


class Burst:
    """The beginning of a long burst of statements outside of a transaction, as counts."""

    __slots__ = ("ended", "episode", "opened_at")

    def __init__(self, opened_at: bytes, unit: float) -> None:
        self.opened_at = opened_at
        self.episode = Episode(unit)
        self.ended = opened_at

    def add(self, events: Sequence[Event]) -> None:
        """Take the next statements, none of which a pause comes before."""
        self.episode.add(events)
        self.ended = events[-1].time


class Ending:
    """The operations that end with a transaction's end, and what went before them."""

    __slots__ = ("folded", "operations", "plan")

    def __init__(self, plan: Plan, operations: Sequence[Operation], folded: Folded | None) -> None:
        self.plan = plan
        self.operations = operations
        self.folded = folded

    @property
    def is_failed(self) -> bool:
        """Whether an error was in it that only a rollback ends."""
        return self.plan.is_failed_after(self.folded is not None and self.folded.is_failed)

    @property
    def is_guessed(self) -> bool:
        """Whether no BEGIN has opened it: MySQL, where the session had autocommit off, or there was no transaction."""
        return self.plan.begin is None and not (self.folded and self.folded.has_begin)

    @property
    def writes(self) -> Collection[tuple[Statement, Operation]]:
        """The kinds of writes, each with its first execution."""
        mine = [(statement, self.operations[at]) for statement, at in self.plan.writes.items()]
        return {**dict(mine), **self.folded.writes}.items() if self.folded else mine

    @property
    def prepared_name(self) -> str:
        """What PREPARE TRANSACTION calls it."""
        statement, _, text, _, _ = self.operations[-1]
        return prepared_name(text, statement.dialect)

    def unfinished(self, session: str, ended: str, time: bytes) -> Unfinished:
        """The transaction as one that nobody ended."""
        plan, folded = self.plan, self.folded
        last = self.operations[plan.work[-1]] if plan.work else folded.last if folded else None
        return Unfinished(
            session=session,
            opened_at=folded.opened_at if folded else self.operations[plan.first][1],
            last_at=self.operations[-1][1] if self.operations else time,
            statement=last[0].fingerprint if last else None,
            statements=len(plan.work) + (folded.statements if folded else 0),
            writes=len(self.writes),
            ended=ended,
            tags=tagged[1] if last and (tagged := tagged_by(last)) else {},
            is_untimed=last is not None and last[3] is None and (not self.operations or self.operations[-1] is last),
            is_guessed=self.is_guessed,
        )


def prepared_name(text: bytes, dialect: Dialect) -> str:
    """The name of a transaction of two phases."""
    return next(iter(values(text.decode(errors="replace"), dialect)), "")
