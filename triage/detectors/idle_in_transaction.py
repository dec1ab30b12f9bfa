"""Sessions that sit idle with a transaction open.

Each holds a connection of the pool, its locks and, on PostgreSQL, often the xmin horizon. A session
that only read under READ COMMITTED has neither a transaction id nor a snapshot and holds its
connection all the same, so neither is asked for.

How long the session has been idle decides, not how long its transaction has been open: a busy long
transaction is :mod:`triage.detectors.long_transaction`. A sleeping connection without a transaction
is a healthy pool. A person at psql is not the app, and somebody who holds an advisory lock is
waiting on purpose: both are worth an info, unless they keep somebody waiting.

Source: https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from triage.detectors import idle_causes
from triage.detectors.end_session import end_sessions
from triage.detectors.scope import engines_of, is_person, of_app, pool_room, processes_known, server_limit, watched
from triage.detectors.wording import count, duration, owner, shortened, verb
from triage.evidence import Evidence, SessionSnapshot, SessionState
from triage.findings import Confidence, Finding, Measurement, Severity, make_key

_HELD_STATES = frozenset({SessionState.IDLE_IN_TRANSACTION, SessionState.IDLE_IN_TRANSACTION_ABORTED})
_NOTHING = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much of the room for connections is held by sessions that are idle in transaction."""

    held: int
    room: int
    name: str
    certain: bool

    @property
    def share(self) -> float:
        """The part of the room that is held."""
        return self.held / self.room if self.room else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleInTransaction:
    """App sessions idle in transaction for longer than a statement's pause can explain.

    Info, warning and critical by how long they are idle; critical at once where they block somebody,
    or where those that have been idle for ``held_after`` fill ``full`` of the pool or the server.
    """

    notice: timedelta = timedelta(seconds=5)
    warning: timedelta = timedelta(seconds=60)
    critical: timedelta = timedelta(minutes=5)
    held_after: timedelta = timedelta(milliseconds=200)
    """An idle spell shorter than this is a pause between two statements, whatever else is true."""
    full: float = 0.8

    id: ClassVar[str] = "idle-in-transaction"
    runbooks: ClassVar[tuple[str, ...]] = ("session-leak", "slow-work-in-transaction")
    needs: ClassVar[tuple[str, ...]] = ("activity",)
    state: ClassVar[SessionState] = SessionState.IDLE_IN_TRANSACTION

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each application and statement."""
        assert evidence.activity
        blocked = blocked_by_each(evidence.activity.sessions)
        room = self._fullest(evidence)
        is_full = room is not None and room.share >= self.full
        groups: dict[tuple[str | None, ...], list[SessionSnapshot]] = defaultdict(list)
        for session in watched(evidence):
            idle = session.state_for or _NOTHING
            if session.state is not self.state or idle < self.held_after:
                continue
            if idle >= self.notice or session.pid in blocked or (is_full and not is_person(session)):
                groups[session.application_name, session.user, session.database, session.fingerprint].append(session)
        for cause, sessions in groups.items():
            yield self._finding(evidence, cause, sessions, blocked, room if is_full else None)

    def _fullest(self, evidence: Evidence) -> Room | None:
        held = sum(s.state in _HELD_STATES and (s.state_for or _NOTHING) >= self.held_after for s in of_app(evidence))
        rooms = []
        pool = pool_room(evidence)
        if pool:
            rooms.append(Room(held=held, room=pool, name="pool", certain=processes_known(engines_of(evidence))))
        server = server_limit(evidence)
        if server and server.available:
            rooms.append(Room(held=held, room=server.available, name="server", certain=True))
        return max(rooms, key=lambda room: room.share, default=None)

    def _severity(self, sessions: Sequence[SessionSnapshot], *, blocks: bool, is_full: bool) -> Severity:
        if blocks:
            return Severity.CRITICAL
        if is_person(sessions[0]) or all(s.holds_advisory_lock for s in sessions):
            return Severity.INFO
        if is_full or longest(sessions) >= self.critical:
            return Severity.CRITICAL
        return Severity.WARNING if longest(sessions) >= self.warning else Severity.INFO

    def _finding(
        self,
        evidence: Evidence,
        cause: tuple[str | None, ...],
        sessions: list[SessionSnapshot],
        blocked: dict[int, list[int]],
        full: Room | None,
    ) -> Finding:
        assert evidence.activity
        sessions = sorted(sessions, key=lambda s: s.state_for or _NOTHING, reverse=True)
        waiting = waiting_behind({s.pid for s in sessions}, blocked)
        severity = self._severity(sessions, blocks=bool(waiting), is_full=full is not None)
        idle = longest(sessions)
        inferred = any(w.blockers_inferred for w in evidence.activity.sessions if w.pid in waiting)
        sure = idle >= self.warning or (bool(waiting) and not inferred) or (full is not None and full.certain)
        explained = idle_causes.explain(evidence, sessions)
        backend = evidence.database.backend if evidence.database else None
        return Finding(
            id=self.id,
            key=make_key(self.id, *cause),
            severity=severity,
            confidence=Confidence.HIGH if sure else Confidence.MEDIUM,
            subject=f"{owner(sessions[0])} in {sessions[0].database}",
            summary=" ".join(self._sentences(sessions, waiting, full, explained)),
            remediation=self._remediation(sessions, severity),
            runbook=explained.runbook if explained and explained.runbook else self.runbooks[0],
            measurements=self._measurements(sessions, idle, full),
            details={
                "sessions": [session_details(s, blocked) for s in sessions],
                "cause": explained.sentence if explained else None,
            },
            next_steps=() if severity is Severity.INFO else end_sessions(backend, sessions),
            impact=len(waiting) * 1000 + len(sessions),
        )

    def _sentences(
        self,
        sessions: Sequence[SessionSnapshot],
        waiting: set[int],
        full: Room | None,
        explained: idle_causes.Cause | None,
    ) -> Iterator[str]:
        first = sessions[0]
        number = len(sessions)
        who = "A person's session" if number == 1 else f"{number} sessions of a person"
        start = (
            f"{who} at {first.application_name}"
            if is_person(first)
            else f"{count(number, 'session')} of {owner(first)}"
        )
        spell = duration(longest(sessions))
        how_long = f"idle for {spell}" if number == 1 else f"the longest idle for {spell}"
        held = ""
        if full:
            of = "the pool's" if full.name == "pool" else "the server's"
            held = f"; sessions held like this fill {full.held} of {of} {full.room} connections"
        kept = f"; {count(len(waiting), 'session')} {verb(len(waiting), 'waits', 'wait')} behind {verb(number, 'it', 'them')}"
        yield (f"{start} {verb(number, 'sits', 'sit')} {self.state}, {how_long}{held}{kept if waiting else ''}.")
        if not is_person(first) and all(s.holds_advisory_lock for s in sessions):
            yield "They hold an advisory lock, so they may wait on purpose."
        if first.statement:
            yield f"Last statement: {shortened(first.statement)}"
        if explained:
            yield explained.sentence

    def _remediation(self, sessions: Sequence[SessionSnapshot], severity: Severity) -> str:
        if is_person(sessions[0]):
            return f"Ask whoever sits at {sessions[0].application_name} to commit or roll back."
        if severity is Severity.INFO:
            return "Leave it if it holds its lock on purpose; ending it would drop the lock."
        return (
            "End these sessions to free their connections and locks, then find the code that leaves the session open: "
            "every Session needs a with block or a close in a finally."
        )

    def _measurements(
        self, sessions: Sequence[SessionSnapshot], idle: timedelta, full: Room | None
    ) -> tuple[Measurement, ...]:
        found = [
            Measurement(name="sessions", value=len(sessions), unit="sessions"),
            Measurement(
                name="idle",
                value=round(idle.total_seconds(), 3),
                unit="seconds",
                threshold=(self.critical if idle >= self.critical else self.warning).total_seconds(),
            ),
        ]
        if full:
            found.append(
                Measurement(name=f"{full.name}_held", value=round(full.share, 3), unit="ratio", threshold=self.full)
            )
        return tuple(found)


def longest(sessions: Sequence[SessionSnapshot]) -> timedelta:
    """The longest idle spell among them."""
    return max((s.state_for or _NOTHING for s in sessions), default=_NOTHING)


def blocked_by_each(sessions: Sequence[SessionSnapshot]) -> dict[int, list[int]]:
    """By pid, the sessions that wait directly for it."""
    found: dict[int, list[int]] = defaultdict(list)
    for session in sessions:
        for blocker in session.blocked_by:
            found[blocker].append(session.pid)
    return dict(found)


def waiting_behind(pids: set[int], blocked: dict[int, list[int]]) -> set[int]:
    """All sessions that wait for these, directly or behind another waiter."""
    found: set[int] = set()
    level = pids
    while level:
        level = {waiter for pid in level for waiter in blocked.get(pid, ())} - found
        found |= level
    return found


def session_details(session: SessionSnapshot, blocked: dict[int, list[int]]) -> dict[str, object]:
    """One entry of ``details.sessions``, as the contract has it."""
    return {
        "pid": session.pid,
        "application_name": session.application_name,
        "user": session.user,
        "database": session.database,
        "client": session.client,
        "idle_seconds": _rounded(session.state_for),
        "transaction_seconds": _rounded(session.transaction_for),
        "last_statement": session.statement,
        "fingerprint": session.fingerprint,
        "holds_locks": session.holds_locks,
        "blocks": blocked.get(session.pid, []),
    }


def _rounded(value: timedelta | None) -> float | None:
    return None if value is None else round(value.total_seconds(), 3)
