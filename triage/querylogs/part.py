"""A part of a log: what its rows add up to, and what every session is in the middle of at its end.

Parts that follow each other merge into what one reading of the whole would have come to, wherever the cuts are. So
the same code serves several processes, several files and several machines.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from triage.querylogs.ending import Ending, prepared_name
from triage.querylogs.episode import Event
from triage.querylogs.formats.base import Tally
from triage.querylogs.instant import is_pause
from triage.querylogs.rows import Mark, Row
from triage.querylogs.session import MOST_OPERATIONS, Session
from triage.querylogs.standstill import tagged_by
from triage.querylogs.statement import MARKED, REFUSED, Control, Statement
from triage.querylogs.totals import (
    MOST_DEADLOCKS,
    Deadlock,
    Repetition,
    RepetitionKey,
    Totals,
    Writes,
    first_of,
)
from triage.querylogs.transaction import Operation, Plan
from triage.querylogs.vocabulary import Vocabulary
from triage.sql.lexer import Dialect

MOST_PLANS = 20_000
LONGEST_PLAN = 60
"""Longer sequences are seldom the same twice."""
MOST_SESSIONS = 5_000
"""From here on sessions that are idle are let go of."""
MOST_KNOWN = 100_000
"""From here on even those of which something is known that later records may depend on, or that no transaction is in."""
MOST_GONE = 200_000
TIDY_EVERY = 50_000
_MAY_BE_REFUSED = frozenset({Control.COMMIT, Control.COMMIT_AND_CHAIN, Control.PREPARE})


@cache
def _learned(dialect: Dialect) -> tuple[Vocabulary, dict[tuple[Statement, ...], Plan]]:
    """What this process knows of statements and sequences; it holds for every part of every log."""
    return Vocabulary(dialect), {}


class Part:
    """What was read of one part of one stream of logs."""

    def __init__(self, dialect: Dialect, unit: float, *, is_root: bool, unsure: frozenset[bytes] = frozenset()) -> None:
        self.dialect = dialect
        self.unit = unit
        """What one of the log's durations is in milliseconds."""
        self.is_root = is_root
        """Whether the log begins here."""
        self.unsure = unsure
        """Sessions of MySQL of which nothing may be assumed: they switch autocommit on somewhere."""
        self.totals = Totals()
        self.tally = Tally()
        self.started: tuple[bytes, frozenset[bytes]] | None = None
        """When the server first started in this part, and which sessions of the part there were."""
        self.sessions: dict[bytes, Session] = {}
        self._gone: set[bytes] = set()
        """Keys of sessions that were let go of, to count none twice."""
        self._vocabulary, self._plans = _learned(dialect)

    def read(self, rows: Iterable[Row]) -> None:
        """Take what a format yields."""
        vocabulary, sessions, totals = self._vocabulary, self.sessions, self.totals
        exact = vocabulary.exact.get
        named, started = Mark.NAMED, Mark.STARTED
        ran = timed = countdown = 0
        is_fast = totals.fast
        for mark, key, time, text, duration, parameters in rows:
            if mark is None:
                statement = exact(text) or vocabulary(text)
                ran += 1
            elif mark is named:
                statement = vocabulary.named(text)
                ran += 1
            elif mark is started:
                self._start(time)
                continue
            else:
                statement = self._marked(mark, time, text)
            try:
                session = sessions[key]
            except KeyError:
                session = self._open(key)
            operations = session.operations
            operations.append((statement, time, text, duration, parameters))
            if statement.is_boundary:
                session.boundary(self)
            if duration is not None:
                timed += 1
                if not is_fast:
                    is_fast = float(duration) * self.unit < 1.0
            countdown += 1
            if countdown == TIDY_EVERY:
                countdown = 0
                self.tidy(time)
        totals.executions += ran
        totals.timed += timed
        totals.fast = is_fast

    def _start(self, time: bytes) -> None:
        """Take a start of the server: nothing of before goes on."""
        if self.started is None:
            self.started = time, frozenset(self.sessions)
        for session in list(self.sessions.values()):
            session.drop(time, self)

    def _marked(self, mark: Mark, time: bytes, text: bytes) -> Statement:
        if mark is Mark.FAILED:
            self.totals.errors += 1
            control = self._vocabulary(text).control if text else None
            if control is Control.PREPARE:
                self.totals.finished.append((time, prepared_name(text, self.dialect)))
            if control in _MAY_BE_REFUSED:
                return REFUSED
        elif mark is Mark.DEADLOCK and len(self.totals.deadlocks) < MOST_DEADLOCKS:
            names = tuple(self._vocabulary(each).fingerprint for each in text.split(b"\0") if each)
            self.totals.deadlocks.append(Deadlock(time, names))
        elif mark is Mark.LOST:
            self.totals.executions += 1
        return MARKED[mark]

    def _open(self, key: bytes) -> Session:
        is_seen = key in self._gone
        session = self.sessions[key] = Session(key, is_rooted=self.is_root, is_seen=is_seen)
        self.totals.sessions += self.is_root and not is_seen
        return session

    def tidy(self, now: bytes) -> None:
        """Keep memory bounded: fold what is long, let go of sessions nothing can go on with."""
        for session in self.sessions.values():
            if len(session.operations) > MOST_OPERATIONS and session.is_rooted:
                session.fold(self)
        if len(self.sessions) <= MOST_SESSIONS or not self.is_root:
            return
        idle = [each for each in self.sessions.values() if each.is_idle]
        for session in idle:
            if session.history.is_over or is_pause(session.history.ended, now):
                session.history.cut(self)
                self.gone(session)
        if len(self.sessions) > MOST_KNOWN:
            for session in list(self.sessions.values()):
                if session.rests(now, self):
                    session.end_of_log(self)
                    self.gone(session)

    def gone(self, session: Session) -> None:
        """Let go of a session, where nothing that comes later could be about it."""
        is_known = session.is_known or not session.is_seen
        is_needed = session.operations or (is_known and len(self.sessions) < MOST_KNOWN)
        if self.is_root and not is_needed and self.sessions.get(session.key) is session:
            del self.sessions[session.key]
            if len(self._gone) < MOST_GONE:
                self._gone.add(session.key)

    def plan(self, operations: Sequence[Operation]) -> Plan:
        """What follows from the sequence."""
        signature = tuple([each[0] for each in operations])
        plan = self._plans.get(signature)
        if plan is None:
            plan = Plan(operations, self.dialect)
            if len(signature) <= LONGEST_PLAN and not plan.fails:
                if len(self._plans) >= MOST_PLANS:
                    self._plans.clear()
                self._plans[signature] = plan
        return plan

    def count(self, ending: Ending, *, is_committed: bool, is_prepared: bool) -> None:
        """Count a transaction that has ended, and what it wrote."""
        totals = self.totals
        totals.begun += 1
        if is_prepared:
            name = ending.prepared_name
            unfinished = ending.unfinished(f"prepared {name}", "open-at-end", b"")
            totals.prepared.append((unfinished.last_at, name, unfinished))
            return
        is_failed = ending.is_failed
        if is_committed and not is_failed:
            totals.committed += 1
        else:
            totals.rolled_back += 1
        if not ending.plan.writes and ending.folded is None:
            return
        for statement, operation in ending.writes:
            try:
                writes = totals.writes[statement.fingerprint]
            except KeyError:
                writes = totals.writes[statement.fingerprint] = Writes()
            if is_committed and not is_failed:
                writes.committed += 1
            elif is_committed:
                writes.lost += 1
            elif not is_failed:
                writes.rolled_back += 1
                writes.guessed += ending.is_guessed
            if b"/*" in operation[2] and (writes.tagged is None or operation[1] < writes.tagged[0]):
                writes.tagged = first_of(writes.tagged, tagged_by(operation))

    def leave(self, key: bytes, ending: Ending, ended: str, time: bytes) -> None:
        """Count a transaction that nobody ended."""
        totals = self.totals
        totals.begun += 1
        if ended == "open-at-end":
            totals.open_at_end += 1
        else:
            totals.rolled_back += 1
        totals.leave(ending.unfinished(key.decode(errors="replace"), ended, time))

    def finish_prepared(self, operation: Operation) -> None:
        """Take COMMIT PREPARED, ROLLBACK PREPARED and what XA has for them."""
        is_commit = "COMMIT" in operation[0].fingerprint.upper().split()
        self.totals.committed += is_commit
        self.totals.rolled_back += not is_commit
        self.totals.finished.append((operation[1], prepared_name(operation[2], self.dialect)))

    def repeat(self, key: RepetitionKey, repetition: Repetition, first: Event) -> None:
        """Count a repetition; its tags are read only where none of an earlier one are known yet."""
        known = self.totals.repetitions.get(key)
        is_first = known is None or known.tagged is None or first.time < known.tagged[0]
        if is_first and (tags := first.tags):
            repetition.tagged = (first.time, tags)
        self.totals.repeat(key, repetition)

    def refuted(self, right: "Part") -> frozenset[bytes]:
        """The sessions of which the next part assumed what is known here to be wrong: it has to be read again."""
        assumed = (key for key, theirs in right.sessions.items() if theirs.is_assumed)
        return frozenset(key for key in assumed if key in self.sessions and self.sessions[key].autocommit)

    def then(self, right: "Part") -> None:
        """Take in the next part of the log."""
        if right.started is not None:
            time, known = right.started
            if self.started is None:
                self.started = time, known.union(self.sessions)
            for key in self.sessions.keys() - known:
                self.sessions[key].drop(time, self)
        self.totals.add(right.totals)
        self.tally.add(right.tally)
        for key, theirs in right.sessions.items():
            mine = self.sessions.get(key) or self._open(key)
            mine.then(theirs, self)
            if mine.operations or mine.is_known or not (mine.is_gone and mine.history.is_over):
                self.sessions[key] = mine
        if self.is_root:
            self.totals.settle()
        if right.tally.last:
            self.tidy(right.tally.last)

    def close(self) -> None:
        """Take the end of the log."""
        for session in list(self.sessions.values()):
            session.end_of_log(self)
        self.totals.settle()
        for _, _, unfinished in self.totals.prepared:
            self.totals.open_at_end += 1
            self.totals.leave(unfinished)
        self.totals.prepared.clear()
        self.sessions.clear()

    def __getstate__(self) -> Mapping[str, object]:
        for session in self.sessions.values():
            session.history.freeze()
        kept = ("dialect", "unit", "is_root", "unsure", "totals", "tally", "started", "sessions", "_gone")
        return {name: getattr(self, name) for name in kept}

    def __setstate__(self, state: Mapping[str, object]) -> None:
        self.__dict__.update(state)
        self._vocabulary, self._plans = _learned(self.dialect)
