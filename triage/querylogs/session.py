"""What one session is in the middle of, and what its transactions come to.

PostgreSQL says BEGIN. MySQL with autocommit off, as SQLAlchemy has it, does not: there the first statement opens a
transaction, and whether autocommit is off is told by ``SET autocommit``, or else by a COMMIT that no BEGIN preceded.
What began before the log, and what the log ends in, is neither a leak nor a repetition by itself.

A session in the middle of a log does not know what came before. It keeps what it did up to its first certain end, for
the part on the left to take in; from there on nothing depends on the past.

https://www.postgresql.org/docs/current/sql-start-transaction.html
https://dev.mysql.com/doc/refman/8.4/en/commit.html
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from triage.evidence import EpisodeScope
from triage.querylogs.ending import Burst, Ending, Folded
from triage.querylogs.episode import FEWEST, Episode, Event
from triage.querylogs.history import History
from triage.querylogs.instant import is_pause
from triage.querylogs.rows import Mark
from triage.querylogs.standstill import Standstill
from triage.querylogs.statement import CHAINS, COMMITS, ENDS, LEAVES, MARKED, Control, Statement, statement_of, texts_of
from triage.querylogs.transaction import Operation, Plan
from triage.sql.lexer import Dialect

if TYPE_CHECKING:
    from triage.querylogs.part import Part

# Python 3.11 looks a member of an enum up in a way that costs as much as a dozen comparisons; these are asked for at
# each transaction's end.
_PREPARE = Control.PREPARE
_MYSQL = Dialect.MYSQL
_OF_A_TRANSACTION = ENDS - LEAVES
_SAYS = frozenset({Control.AUTOCOMMIT_ON, Control.AUTOCOMMIT_OFF})
_ABOUT_THE_LAST = frozenset({Control.DURATION, Control.FAILED, Control.DEADLOCK})
MOST_OPERATIONS = 20_000
"""From here on an open episode is kept as counts."""
BRIEF = 3
"""Transactions that a session carries at the most which is not reused. SQLAlchemy gets to know a server in up to two of
them: what psycopg2 has to ask on each connection, and what the first connection of an engine is asked."""


class Session:
    """One session of a part of a log."""

    __slots__ = (
        "autocommit",
        "burst",
        "ended",
        "folded",
        "habit",
        "head",
        "history",
        "is_apart",
        "is_assumed",
        "is_connected",
        "is_gone",
        "is_rooted",
        "is_seen",
        "key",
        "left_after",
        "operations",
        "transactions",
    )

    def __init__(self, key: bytes, *, is_rooted: bool, is_seen: bool = False) -> None:
        self.key = key
        self.is_rooted = is_rooted
        """Whether it is known what came before."""
        self.operations: list[Operation] = []
        """What it did since its last transaction ended."""
        self.head: list[Operation] = []
        """What it did until it was certain what state it is in, where it is not known what came before."""
        self.history = History(is_rooted=is_rooted)
        self.autocommit: bool | None = None
        """MySQL: whether every statement is a transaction of its own, as ``SET autocommit`` says it."""
        self.habit: bool | None = None
        """MySQL: the same, as far as its last transaction tells."""
        self.is_assumed = False
        """MySQL: whether autocommit is taken to be off because what came before, which may say so, is not known."""
        self.folded: Folded | None = None
        """The beginning of its transaction, if that is long, and below of what it runs outside of one."""
        self.burst: Burst | None = None
        self.transactions = 0
        """How many have ended since the session connected, or since it is known what came before."""
        self.is_apart = False
        """Whether it is known that another session of its key ended before."""
        self.is_connected = False
        """Whether the log shows when it connected."""
        self.ended: int | None = None
        """Where among the operations its last end is, as long as it is not known what came before."""
        self.left_after: int | None = None
        """After how many transactions it left, where it is not known when it connected."""
        self.is_gone = False
        self.is_seen = is_seen
        """Whether a session of this key has done something before: then the next to connect is another one."""

    def boundary(self, part: "Part") -> None:
        """Take it that the last operation may have ended something."""
        operation = self.operations[-1]
        control = operation[0].control
        if self.is_rooted and control in _OF_A_TRANSACTION:
            self._end(control, part)
            return
        if control is Control.AUTOCOMMIT_OFF:
            part.totals.switches_off = True
        if control is Control.SEVERAL:
            self._several(operation, part)
        elif control is Control.FINISH_PREPARED:
            part.finish_prepared(self.operations.pop())
        elif not self.is_rooted:
            if control in ENDS:
                self._root(part)
            elif control in _SAYS:
                self.autocommit = control is Control.AUTOCOMMIT_ON
        elif control in LEAVES:
            self._leave(control, part)
        elif part.dialect is Dialect.MYSQL:
            self._commit_implicitly(control, part)

    def drop(self, time: bytes, part: "Part") -> None:
        """Take the end of the server it was connected to."""
        self.operations.append((MARKED[Mark.DROPPED], time, b"", None, None))
        self.boundary(part)

    def _several(self, operation: Operation, part: "Part") -> None:
        """Take the statements of one message.

        It is one round trip, so of what it repeats, as ``execute_batch`` does, one is an operation; all are counted.
        What the message took is said of the first that works.
        """
        self.operations.pop()
        message, time, text, duration, parameters = operation
        part.totals.executions += len(message.parts) - 1
        seen: set[Statement] = set()
        for each, own in zip(message.parts, texts_of(message, text), strict=False):
            if each in seen:
                continue
            is_work = each.control is Control.WORK
            self.operations.append((each, time, own, duration if is_work else None, parameters))
            if is_work:
                seen.add(each)
                duration = duration and b"0"
            if each.is_boundary:
                seen.clear()
                self.boundary(part)

    def _root(self, part: "Part") -> None:
        """Go on without the past from the second end on: the transaction between them is whole, and known."""
        control = self.operations[-1][0].control
        if control in LEAVES:
            self.is_rooted = self.is_apart = True
            self.is_connected, self.is_gone = control is Control.CONNECTED, control is not Control.CONNECTED
            self.autocommit = None
        elif self.ended is not None:
            last = self.operations[self.ended + 1 :]
            plan = part.plan(last)
            is_sure = part.dialect is not Dialect.MYSQL or self.autocommit is not None
            if plan.ran and (is_sure or self.key not in part.unsure):
                self.is_rooted, self.is_assumed = True, not is_sure
                self.habit = plan.begin is not None or self.operations[self.ended][0].control in CHAINS
                self.history.committed = (plan.ran, last[-1][1]) if control in COMMITS else None
        self.ended = len(self.operations) - 1
        if self.is_rooted:
            self.head, self.operations, self.is_seen = self.operations, [], True
            self._chain(self.head[-1], part)

    def _chain(self, end: Operation, part: "Part") -> None:
        """Open the next transaction where the end of one does: AND CHAIN."""
        if end[0].control in CHAINS:
            self.operations.append((statement_of("BEGIN", part.dialect), end[1], b"BEGIN", None, None))

    def _commit_implicitly(self, control: Control, part: "Part") -> None:
        """MySQL: DDL, and what sets autocommit."""
        if control is Control.AUTOCOMMIT_OFF:
            self._give_up(part)
            self._outside(self.operations[:-1], part)
            self.operations, self.autocommit = [], False
        else:
            self._end(control, part)
            if control is Control.AUTOCOMMIT_ON:
                self.autocommit = True

    def _end(self, control: Control, part: "Part") -> None:
        """End the transaction, if there is one, with the last operation."""
        operations, self.operations = self.operations, []
        self.is_seen = True
        time = operations[-1][1]
        plan = part.plan(operations)
        if plan.begin is not None or self.burst is not None:
            self._begun(plan, operations, part)
        folded, self.folded = self.folded, None
        self._chain(operations[-1], part)
        if not plan.is_transaction and folded is None:
            return
        if part.dialect is _MYSQL:
            if self.autocommit and plan.begin is None:
                self._outside(operations[:-1], part)
                return
            self.habit = plan.begin is not None
        self.transactions += 1
        is_committed = control in COMMITS
        ending = Ending(plan, operations, folded)
        part.count(ending, is_committed=is_committed, is_prepared=control is _PREPARE)
        opened_at = folded.opened_at if folded else operations[plan.first][1]
        if folded:
            folded.feed(plan, operations)
            folded.standstill.end(time, folded.totals)
            part.totals.add(folded.totals)
            self._repeat(folded.episode, EpisodeScope.TRANSACTION, opened_at, part)
        else:
            if plan.repeats:
                self._reduce(plan.events(operations), EpisodeScope.TRANSACTION, part)
            if opened_at[:19] != time[:19] and is_pause(opened_at, time):
                standstill = Standstill(opened_at, part.unit)
                standstill.feed(operations[plan.first :], part.totals)
                standstill.end(time, part.totals)
        if plan.ran:
            link = () if folded else plan.link
            self.history.add(link, (plan, operations, opened_at, time), part)
            self.history.committed = (plan.ran, time) if is_committed else None

    def _leave(self, control: Control, part: "Part") -> None:
        """Take the end of the session, or the beginning of another of the same key."""
        time = self.operations.pop()[1]
        is_another = self.is_seen or bool(self.operations) or self.folded is not None
        self.is_seen = True
        self._abandon("disconnected", time, part)
        self.history.cut(part)
        if control is not Control.CONNECTED:
            self._disconnect(part)
        else:
            part.totals.connected += 1
            part.totals.sessions += is_another
        self.transactions = 0
        self.is_connected, self.is_gone = control is Control.CONNECTED, control is not Control.CONNECTED
        self.autocommit = self.habit = None
        self.is_apart = True
        if self.is_gone:
            part.gone(self)

    def _disconnect(self, part: "Part") -> None:
        """Count the session if it was a brief one; where that is not known yet, remember what will tell."""
        if self.is_connected:
            part.totals.brief += self.transactions <= BRIEF
        elif not self.is_apart:
            self.left_after = self.transactions

    def end_of_log(self, part: "Part") -> None:
        """Take the end of the log: what is open stays open."""
        self._abandon("open-at-end", self.operations[-1][1] if self.operations else b"", part)
        self.history.cut(part)

    def _abandon(self, ended: str, time: bytes, part: "Part") -> None:
        """Take it that nothing more comes of what the session is in the middle of."""
        if self.is_idle:
            return
        operations, self.operations = self.operations, []
        plan = Plan(operations, part.dialect)
        if plan.begin is None and self.folded is None and not self._opens_by_itself(part):
            self._outside(operations, part)
            return
        self._begun(plan, operations, part)
        folded, self.folded = self.folded, None
        if not plan.is_transaction and folded is None:
            return
        part.leave(self.key, Ending(plan, operations, folded), ended, time)
        if folded:
            folded.feed(plan, operations)
            self._repeat(folded.episode, EpisodeScope.TRANSACTION, folded.opened_at, part)
        elif plan.repeats:
            self._reduce(plan.events(operations), EpisodeScope.TRANSACTION, part)

    def _begun(self, plan: Plan, operations: Sequence[Operation], part: "Part") -> None:
        """Take what the session did before it began its transaction, which may be one that it never ended."""
        if plan.begin is not None:
            self._give_up(part)
        if plan.begin or self.burst is not None:
            self._outside(operations[: plan.begin or 0], part)

    def _give_up(self, part: "Part") -> None:
        """Take it that what looked like the beginning of a long transaction was none, or has no end."""
        if self.folded is not None:
            self._repeat(self.folded.episode, EpisodeScope.BURST, self.folded.opened_at, part)
            self.folded = None

    def _opens_by_itself(self, part: "Part") -> bool:
        """Whether the first statement opens a transaction, without a BEGIN."""
        mode = self.habit if self.autocommit is None else self.autocommit
        return part.dialect is Dialect.MYSQL and mode is False

    def fold(self, part: "Part") -> None:
        """Keep a long episode as counts. The last statement stays, with its marks: what comes next may be about it."""
        end = len(self.operations) - 1
        while end > 0 and self.operations[end][0].control in _ABOUT_THE_LAST:
            end -= 1
        operations, self.operations = self.operations[:end], self.operations[end:]
        plan = Plan(operations, part.dialect)
        is_open = self.folded is not None or plan.begin is not None
        if not is_open and not self._opens_by_itself(part):
            self._outside(operations, part, is_over=False)
            return
        self._begun(plan, operations, part)
        if self.folded is None:
            self.folded = Folded(operations[plan.first][1], part.unit)
        self.folded.take(plan, operations)

    def _outside(self, operations: Sequence[Operation], part: "Part", *, is_over: bool = True) -> None:
        """Take statements that ran outside of a transaction: each burst of them is an episode.

        The last burst goes on with what comes next, unless it is over.
        """
        burst = self.burst
        if is_over and burst is None and len(operations) < FEWEST:
            return
        plan = Plan(operations, part.dialect)
        events = plan.events(operations)
        if is_over and burst is None:
            if plan.repeats:
                for each in _bursts(events):
                    self._reduce(each, EpisodeScope.BURST, part)
            return
        for each in _bursts(events):
            if burst is None or is_pause(burst.ended, each[0].time):
                self._end_burst(burst, part)
                burst = Burst(each[0].time, part.unit)
            burst.add(each)
        if burst is not None:
            burst.episode.length += plan.length
        self.burst = burst
        if is_over:
            self._end_burst(burst, part)

    def _end_burst(self, burst: Burst | None, part: "Part") -> None:
        self.burst = None
        if burst is not None:
            self._repeat(burst.episode, EpisodeScope.BURST, burst.opened_at, part)

    def _reduce(self, events: Sequence[Event], scope: EpisodeScope, part: "Part") -> None:
        """Count what repeats in a whole episode."""
        episode = Episode(part.unit)
        episode.add(events)
        self._repeat(episode, scope, events[0].time, part)

    def _repeat(self, episode: Episode, scope: EpisodeScope, started: bytes, part: "Part") -> None:
        previous: tuple[Statement, ...] = ()
        if self.history.committed and not is_pause(self.history.committed[1], started):
            previous = self.history.committed[0]
        for key, repetition, first in episode.repetitions(scope, previous):
            part.repeat(key, repetition, first)

    def then(self, right: "Session", part: "Part") -> None:
        """Take in what the same session did in the next part of the log."""
        for operation in right.head if right.is_rooted else right.operations:
            self.operations.append(operation)
            if operation[0].is_boundary:
                self.boundary(part)
        if right.is_rooted:
            self.operations, self.folded, self.burst = right.operations, right.folded, right.burst
            self.history.then(right.history, part)
            self._count_on(right, part)

    @property
    def is_idle(self) -> bool:
        """Whether it is in the middle of nothing."""
        return not self.operations and self.folded is None and self.burst is None

    def rests(self, now: bytes, part: "Part") -> bool:
        """Say whether it has done nothing for a while and has, as far as one can tell, no transaction open."""
        if self.folded is not None or not self.operations or not is_pause(self.operations[-1][1], now):
            return False
        return not self._opens_by_itself(part) and all(each[0].control is not Control.BEGIN for each in self.operations)

    @property
    def is_known(self) -> bool:
        """Whether something is known of it that later records depend on."""
        may_be_brief = self.is_connected and self.transactions <= BRIEF
        return self.autocommit is not None or self.habit is not None or may_be_brief

    def _count_on(self, right: "Session", part: "Part") -> None:
        """Go on counting the transactions of one connection."""
        if right.left_after is not None:
            self.transactions += right.left_after
            self._disconnect(part)
        if right.is_apart:
            self.transactions, self.is_connected, self.is_gone = right.transactions, right.is_connected, right.is_gone
            self.autocommit, self.habit = right.autocommit, right.habit
        else:
            self.transactions += right.transactions
            self.autocommit = self.autocommit if right.autocommit is None else right.autocommit
            self.habit = self.habit if right.habit is None else right.habit
        if self.is_gone:
            part.gone(self)


def _bursts(events: Sequence[Event]) -> Iterator[Sequence[Event]]:
    start = 0
    for at in range(1, len(events)):
        if is_pause(events[at - 1].time, events[at].time):
            yield events[start:at]
            start = at
    if events:
        yield events[start:]
