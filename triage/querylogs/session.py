"""One session's transactions, from what it runs.

PostgreSQL says BEGIN. MySQL with autocommit off, as SQLAlchemy has it, does not: there the first statement opens a
transaction, and whether autocommit is off is told by ``SET autocommit``, or by a COMMIT that no BEGIN preceded.
What began before the log, and what the log ends in, is neither a leak nor a repetition by itself.

https://www.postgresql.org/docs/current/sql-start-transaction.html
https://dev.mysql.com/doc/refman/8.4/en/commit.html
"""

from triage.querylogs.chain import MOST_STATEMENTS, Chain, Link, is_pause
from triage.querylogs.groups import Episode, Event
from triage.querylogs.pauses import pauses_in
from triage.querylogs.repetition import FEWEST, Scope, of_episode, tags_of
from triage.querylogs.statement import Control, Statement, autocommit_of
from triage.querylogs.totals import Totals, Unfinished, WriteKey, Writes
from triage.sql.lexer import Dialect

MOST_EVENTS = 20_000
"""From here on an episode is kept as groups only."""
_MOST_PREVIOUS = 8
_COMMITS = frozenset({Control.COMMIT, Control.COMMIT_AND_CHAIN})
_CHAINS = frozenset({Control.COMMIT_AND_CHAIN, Control.ROLLBACK_AND_CHAIN})
_ENDS = _COMMITS | _CHAINS | {Control.ROLLBACK}


class Session:
    """What a session is in the middle of."""

    __slots__ = (
        "chain",
        "dialect",
        "episode",
        "events",
        "explicit",
        "failed",
        "implicit",
        "is_work",
        "key",
        "last_time",
        "opened_at",
        "previous",
        "statements",
        "totals",
        "written",
    )

    def __init__(self, key: bytes, dialect: Dialect, totals: Totals, *, connected: bool, rooted: bool = True) -> None:
        self.key = key
        self.dialect = dialect
        self.totals = totals
        self.chain = Chain(rooted=rooted)
        self.opened_at: bytes | None = None
        """When the open transaction began; None outside of one."""
        self.explicit = False
        self.implicit = dialect is Dialect.MYSQL and not connected
        """Whether any statement opens a transaction."""
        self.events: list[Event] = []
        self.episode: Episode | None = None
        self.statements = 0
        self.written: dict[str, Event] = {}
        self.failed = False
        self.is_work = False
        """Whether the last statement is among the events: a duration, parameters or an error would be of it."""
        self.last_time = b""
        self.previous: tuple[str, ...] = ()

    def execute(  # noqa: PLR0917 - called for each record
        self,
        statement: Statement,
        sql: bytes,
        time: bytes,
        duration: float | None = None,
        parameters: bytes | None = None,
        named: bool = False,
    ) -> None:
        """Take a statement that ran."""
        control = statement.control
        if control:
            self._control(control, statement, sql, time, duration)
            return
        self.totals.executions += 1
        self.is_work = True
        if self.opened_at is None:
            if self.implicit:
                self._open(time)
            elif self.events and is_pause(self.last_time, time):
                self._end_burst()
        self.events.append(Event(statement, sql, time, duration, parameters, named, duration is not None))
        self.last_time = time
        if statement.is_write and self.opened_at is not None:
            self.written.setdefault(statement.fingerprint, self.events[-1])
        if len(self.events) >= MOST_EVENTS:
            self._fold()

    def finish(self, duration: float) -> None:
        """Take the duration of the last statement, which the log has on a line of its own."""
        if self.is_work and self.events and self.events[-1].duration is None:
            self.events[-1] = self.events[-1]._replace(duration=duration)

    def bind(self, parameters: bytes) -> None:
        """Take the parameters of the last statement."""
        if self.is_work and self.events and self.events[-1].parameters is None:
            self.events[-1] = self.events[-1]._replace(parameters=parameters)

    def fail(self, time: bytes) -> None:
        """Take an error: the last statement, if it is under way, did nothing."""
        self.totals.errors += 1
        self.last_time = time
        if self.opened_at is not None:
            self.failed = self.dialect is Dialect.POSTGRESQL
        if self.is_work and self.events and self.events[-1].duration is None:
            event = self.events.pop()
            if self.written.get(event.statement.fingerprint) is event:
                del self.written[event.statement.fingerprint]

    def recover(self) -> None:
        """Take a ROLLBACK TO SAVEPOINT: the transaction can go on."""
        self.failed = False

    def drop(self, time: bytes) -> None:
        """Take the loss of the client, or a FATAL: what is open is rolled back."""
        if self.opened_at is not None:
            self._leave("disconnected", time)
            self._reduce(Scope.TRANSACTION)
            self.totals.rolled_back += 1
            self._forget_transaction()

    def disconnect(self, time: bytes) -> None:
        """Take the end of the session."""
        self.drop(time)
        self._end_burst()
        self.chain.close(self.totals)

    def end_of_log(self) -> None:
        """Take the end of the log: what is open stays open."""
        if self.opened_at is not None:
            self.totals.open_at_end += 1
            self._leave("open-at-end", self.last_time)
            self._reduce(Scope.TRANSACTION)
        self._end_burst()
        self.chain.close(self.totals)

    def _control(self, control: Control, statement: Statement, sql: bytes, time: bytes, duration: float | None) -> None:
        if control is Control.SEVERAL:
            for part in statement.parts:
                self.execute(part, sql, time, duration)
            return
        self.totals.executions += 1
        self.is_work = False
        if control is Control.PLUMBING:
            self._plumbing(statement, sql, time)
        elif control is Control.BEGIN:
            self._begin(time)
        elif control in _ENDS:
            self._end(time, committed=control in _COMMITS)
            if control in _CHAINS:
                self._open(time)
                self.explicit = True
        elif self.opened_at is not None:  # PREPARE TRANSACTION, or what commits implicitly
            self._close(time, committed=True)
        self.last_time = time

    def _begin(self, time: bytes) -> None:
        if self.opened_at is not None and self.dialect is Dialect.MYSQL:
            self._close(time, committed=True)
        if self.opened_at is None:
            self._end_burst()
            self._open(time)
        self.explicit = True

    def _plumbing(self, statement: Statement, sql: bytes, time: bytes) -> None:
        if statement.sets_autocommit and (said := autocommit_of(sql)):
            if said is Control.AUTOCOMMIT_ON and self.opened_at is not None:
                self._close(time, committed=True)
            self.implicit = said is Control.AUTOCOMMIT_OFF
        elif self.failed and statement.fingerprint.startswith("ROLLBACK"):
            self.recover()

    def _open(self, time: bytes) -> None:
        self.opened_at = time
        self.explicit = False
        self.totals.begun += 1

    def _end(self, time: bytes, *, committed: bool) -> None:
        """Close what COMMIT or ROLLBACK ends, which may have begun before the log."""
        if self.opened_at is None:
            if not self.events:
                return
            self.opened_at = self.events[0].time
            self.totals.begun += 1
        self._close(time, committed=committed)

    def _close(self, time: bytes, *, committed: bool) -> None:
        if self.opened_at is None:
            return
        is_lost = committed and self.failed
        if committed and not is_lost:
            self.totals.committed += 1
        else:
            self.totals.rolled_back += 1
        if self.written:
            self._count_writes(committed=committed)
        if self.dialect is Dialect.MYSQL:
            self.implicit = not self.explicit
        self._find_pauses(time)
        self._link(time)
        ran = self._reduce(Scope.TRANSACTION)
        if ran:
            self.previous = ran if committed else ()
        self._forget_transaction()

    def _forget_transaction(self) -> None:
        self.opened_at, self.explicit, self.failed, self.statements, self.episode = None, False, False, 0, None
        self.written = {}
        self.events = []

    def _count_writes(self, *, committed: bool) -> None:
        for name, event in self.written.items():
            writes = self.totals.writes.setdefault(WriteKey(name, self.dialect), Writes())
            if committed and not self.failed:
                writes.committed += 1
            elif committed:
                writes.lost += 1
            elif not self.failed:
                writes.rolled_back += 1
            writes.tags = writes.tags or tags_of(event)

    def _find_pauses(self, time: bytes) -> None:
        if self.opened_at is not None and is_pause(self.opened_at, time):
            for key, pauses in pauses_in(self.opened_at, self.events, time, self.dialect):
                if key in self.totals.pauses:
                    self.totals.pauses[key].add(pauses)
                else:
                    self.totals.pauses[key] = pauses

    def _link(self, time: bytes) -> None:
        events = self.events
        if not events or self.opened_at is None:
            return
        is_link = len(events) <= MOST_STATEMENTS and self.episode is None
        signature = tuple([event[0].fingerprint for event in events]) if is_link else ()
        self.chain.feed(Link(signature, tuple(events[:8]), self.opened_at, time), self.totals)

    def _reduce(self, scope: Scope) -> tuple[str, ...]:
        """Find what repeats in the episode; return what it ran first, as far as it ran little."""
        events = self.events
        if self.episode is None and len(events) < FEWEST:
            return tuple([event[0].fingerprint for event in events])
        episode = self.episode or Episode()
        episode.add(events)
        for key, repetition in of_episode(episode, scope, self.previous):
            self.totals.repeat(key, repetition)
        return tuple(episode.groups)[:_MOST_PREVIOUS]

    def _fold(self) -> None:
        self.episode = self.episode or Episode()
        self.episode.add(self.events)
        self.statements += len(self.events)
        self.events = []

    def _end_burst(self) -> None:
        if self.events:
            self._reduce(Scope.BURST)
            self.events = []
        self.episode = None

    def _leave(self, ended: str, time: bytes) -> None:
        assert self.opened_at is not None
        last = self.events[-1] if self.events else None
        self.totals.unfinished.append(
            Unfinished(
                session=self.key.decode(errors="replace"),
                opened_at=self.opened_at,
                last_at=self.last_time or time,
                statement=last.statement.fingerprint if last else None,
                dialect=self.dialect,
                statements=self.statements + len(self.events),
                writes=len(self.written),
                ended=ended,
                tags=tags_of(last) if last else {},
            )
        )
