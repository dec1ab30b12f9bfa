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

from triage.detectors.end_session import end_sessions
from triage.detectors.held_room import HeldRoom, fullest
from triage.detectors.idle_causes import Cause, explain
from triage.detectors.scope import is_person, watched
from triage.detectors.session_details import session_details
from triage.detectors.waits import blocked_by_each, waiting_behind, waits_by_design
from triage.detectors.wording import count, duration, owner, shortened, subject, verb
from triage.evidence import Evidence, SessionSnapshot, SessionState
from triage.findings import Confidence, Finding, Measurement, Severity, make_key

_NOTHING = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Sessions with one cause: the same application, user, database and statement; the longest idle first.

    Those that hold an advisory lock are a group of their own, for they are judged in another way.
    """

    key: str
    sessions: tuple[SessionSnapshot, ...]
    blocked: dict[int, list[int]]
    """By pid, who waits directly for it."""
    waiting: frozenset[int]
    """Everybody who waits behind one of them."""
    inferred: bool
    """Whether it was concluded, and not seen, that they wait for these."""
    full: HeldRoom | None
    """The room that sessions idle in transaction fill, if they do."""
    cause: Cause | None

    @property
    def idle(self) -> timedelta:
        """The longest idle spell."""
        return self.sessions[0].state_for or _NOTHING

    @property
    def open(self) -> timedelta:
        """How long the oldest of their transactions has been open."""
        return max(s.transaction_for or _NOTHING for s in self.sessions)

    @property
    def person(self) -> str | None:
        """The client program, where a person sits at it."""
        return self.sessions[0].application_name if is_person(self.sessions[0]) else None

    @property
    def deliberate(self) -> bool:
        """Whether they hold an advisory lock, as leaders and cron guards do by design."""
        return _holds_on_purpose(self.sessions[0])

    @property
    def to_end(self) -> tuple[SessionSnapshot, ...]:
        """Those that can be ended: an advisory lock would go with its holder, so that one has to be in the way."""
        return tuple(s for s in self.sessions if not self.deliberate or self.waiting)


def _holds_on_purpose(session: SessionSnapshot) -> bool:
    """Whether it guards something with an advisory lock; a transaction that has failed guards nothing any more."""
    return bool(session.holds_advisory_lock) and session.state is SessionState.IDLE_IN_TRANSACTION


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleInTransaction:
    """App sessions idle in transaction for longer than a statement's pause can explain.

    Info, warning and critical by how long they are idle; critical at once where they block somebody,
    or where those that have been idle for ``held_after`` fill ``full`` of the pool or the server.
    """

    notice: timedelta = timedelta(seconds=5)
    warning: timedelta = timedelta(seconds=60)
    critical: timedelta = timedelta(minutes=5)
    long: timedelta = timedelta(hours=1)
    """A transaction open for this long does not get less critical by going idle."""
    blocks_after: timedelta = timedelta(seconds=1)
    """A pause shorter than this, with somebody waiting, is two requests that want one row."""
    held_after: timedelta = timedelta(milliseconds=200)
    """An idle spell shorter than this is a pause between two statements, whatever else is true."""
    full: float = 0.8

    id: ClassVar[str] = "idle-in-transaction"
    runbooks: ClassVar[tuple[str, ...]] = ("session-leak", "slow-work-in-transaction")
    needs: ClassVar[tuple[str, ...]] = ("activity",)
    state: ClassVar[SessionState] = SessionState.IDLE_IN_TRANSACTION

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each application and statement."""
        backend = evidence.database.backend if evidence.database else None
        for group in self._groups(evidence):
            severity = self._severity(group)
            yield Finding(
                id=self.id,
                key=group.key,
                severity=severity,
                confidence=self._confidence(group, severity),
                subject=subject(group.sessions[0]),
                summary=" ".join(self._sentences(group)),
                remediation=self._remediation(group, severity),
                runbook=(group.cause and group.cause.runbook) or self.runbooks[0],
                measurements=self._measurements(group),
                details={
                    "sessions": [session_details(s, group.blocked) for s in group.sessions],
                    "cause": group.cause.sentence if group.cause else None,
                },
                next_steps=() if severity is Severity.INFO else end_sessions(backend, group.to_end),
                impact=len(group.waiting) * 1000 + len(group.sessions),
            )

    def _groups(self, evidence: Evidence) -> Iterator[Group]:
        assert evidence.activity
        everybody = evidence.activity.sessions
        blocked = blocked_by_each(everybody)
        held_up = blocked_by_each([s for s in everybody if not waits_by_design(s)])
        room = fullest(evidence, self.held_after, self.notice)
        full = room if room and room.share >= self.full else None
        by_cause: dict[tuple[str | None, ...], list[SessionSnapshot]] = defaultdict(list)
        for session in watched(evidence):
            idle = session.state_for or _NOTHING
            if session.state is not self.state or idle < self.held_after:
                continue
            in_the_way = session.pid in held_up and idle >= self.blocks_after
            if idle >= self.notice or in_the_way or (full and not is_person(session)):
                purpose = "advisory lock" if _holds_on_purpose(session) else None
                identity = (session.application_name, session.user, session.database, session.fingerprint, purpose)
                by_cause[identity].append(session)
        for cause, found in by_cause.items():
            sessions = tuple(sorted(found, key=lambda s: s.state_for or _NOTHING, reverse=True))
            paused = (s.pid for s in sessions if (s.state_for or _NOTHING) >= self.blocks_after)
            waiting = waiting_behind(paused, held_up)
            yield Group(
                key=make_key(self.id, *cause),
                sessions=sessions,
                blocked=blocked,
                waiting=frozenset(waiting),
                inferred=any(s.blockers_inferred for s in everybody if s.pid in waiting),
                full=None if is_person(sessions[0]) else full,
                cause=self._cause(evidence, sessions),
            )

    def _cause(self, evidence: Evidence, sessions: Sequence[SessionSnapshot]) -> Cause | None:
        return None if is_person(sessions[0]) else explain(evidence, sessions)

    def _severity(self, group: Group) -> Severity:
        if group.waiting:
            return Severity.CRITICAL
        if group.person or group.deliberate:
            return Severity.INFO
        too_long = group.idle >= self.warning and group.open >= self.long
        if group.full or too_long or group.idle >= self.critical:
            return Severity.CRITICAL
        return Severity.WARNING if group.idle >= self.warning else Severity.INFO

    def _confidence(self, group: Group, severity: Severity) -> Confidence:
        old_enough = group.idle >= (self.critical if severity is Severity.CRITICAL else self.warning)
        seen = bool(group.waiting) and not group.inferred
        by_room = group.full is not None and group.full.certain
        if old_enough or seen or by_room:
            return Confidence.HIGH
        return Confidence.MEDIUM

    def _sentences(self, group: Group) -> Iterator[str]:
        number, waiters = len(group.sessions), len(group.waiting)
        first = group.sessions[0]
        if group.person:
            who = f"{'The session' if number == 1 else f'{number} sessions'} of a person at {group.person}"
        else:
            who = f"{count(number, 'session')} of {owner(first)}"
        spell = f"{'' if number == 1 else 'the longest '}idle for {duration(group.idle)}"
        held = kept = ""
        if group.full:
            room = count(group.full.room, "connection")
            held = f"; sessions held like this fill {group.full.held} of the {group.full.name}'s {room}"
        if waiters:
            probably = "probably " if group.inferred else ""
            kept = f"; {count(waiters, 'session')} {probably}{verb(waiters, 'waits', 'wait')} behind {verb(number, 'it', 'them')}"
        yield f"{who} {verb(number, 'sits', 'sit')} {self.state}, {spell}{held}{kept}."
        if group.deliberate and not group.person:
            it, holds = verb(number, "It", "They"), verb(number, "holds", "hold")
            yield f"{it} {holds} an advisory lock, so {it.lower()} may wait on purpose."
        if first.statement:
            yield f"Last statement: {shortened(first.statement)}"
        if group.cause:
            yield group.cause.sentence

    def _remediation(self, group: Group, severity: Severity) -> str:
        if group.person:
            return f"Ask whoever sits at {group.person} to commit or roll back."
        if group.deliberate and not group.waiting:
            return "Leave it if it holds its lock on purpose; ending it would drop the lock."
        if severity is Severity.INFO:
            return "Look again in a minute: sessions that are still there then were left open."
        if group.cause and group.cause.runbook == "slow-work-in-transaction":
            return (
                "End these sessions if somebody waits for them; then move the slow work (an HTTP call, a computation) "
                "out of the transaction: commit before it and begin anew after it."
            )
        return (
            "End these sessions to free their connections and locks, then find the code that leaves the session open: "
            "every Session needs a with block or a close in a finally."
        )

    def _measurements(self, group: Group) -> tuple[Measurement, ...]:
        threshold = self.critical if group.idle >= self.critical else self.warning
        seconds = round(group.idle.total_seconds(), 3)
        found = (
            Measurement(name="sessions", value=len(group.sessions), unit="sessions"),
            Measurement(name="idle", value=seconds, unit="seconds", threshold=threshold.total_seconds()),
        )
        if group.full is None:
            return found
        share = round(group.full.share, 3)
        return (*found, Measurement(name=f"{group.full.name}_held", value=share, unit="ratio", threshold=self.full))
