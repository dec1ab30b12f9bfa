"""Sessions that wait for each other's locks, and the one at the root that nobody blocks.

Only the root matters: ending a waiter frees nobody. A queue behind a schema change is the common
case: a forgotten reader at the root, an ALTER that waits for it, and every later reader behind the
ALTER. A prepared transaction can be the root without a session: PostgreSQL names it pid 0.

A wait below the warning threshold is ordinary contention and only an info. It must not be mistaken
for a deadlock, which the server ends by itself.

Sources: https://www.postgresql.org/docs/current/functions-info.html (pg_blocking_pids),
https://dev.mysql.com/doc/refman/9.7/en/metadata-locking.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from triage.detectors.end_session import cancel_query, end_sessions
from triage.detectors.idle_in_transaction import blocked_by_each
from triage.detectors.scope import in_scope, is_person, is_tool, of_app, pool_room
from triage.detectors.wording import count, duration, owner, shortened, verb
from triage.evidence import Backend, Evidence, PreparedTransactionSnapshot, SessionSnapshot, SessionState
from triage.findings import Confidence, Finding, Measurement, Severity, make_key

_PREPARED_PID = 0
_NOTHING = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Waiters that hang together, and the blockers among them that wait for nobody."""

    roots: tuple[int, ...]
    """The one whose transaction is the oldest first; 0 is a prepared transaction."""
    waiters: tuple[SessionSnapshot, ...]
    depth: int

    @property
    def longest(self) -> timedelta:
        """The longest wait."""
        return max((s.waiting_for or _NOTHING for s in self.waiters), default=_NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockingChain:
    """App sessions that wait for a lock, by the longest wait; critical where they fill the pool."""

    notice: timedelta = timedelta(seconds=1)
    warning: timedelta = timedelta(seconds=30)
    critical: timedelta = timedelta(minutes=5)
    full: float = 0.8

    id: ClassVar[str] = "blocking-chain"
    runbooks: ClassVar[tuple[str, ...]] = ("blocking-chain", "prepared-transaction")
    needs: ClassVar[tuple[str, ...]] = ("activity",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each chain that holds up a session in scope."""
        assert evidence.activity
        for chain in chains(evidence.activity.sessions):
            if chain.longest >= self.notice and any(in_scope(s, evidence) for s in chain.waiters):
                yield self._finding(evidence, chain)

    def _severity(self, evidence: Evidence, chain: Chain) -> Severity:
        room = pool_room(evidence)
        waiting = {s.pid for s in chain.waiters} & {s.pid for s in of_app(evidence)}
        if chain.longest >= self.critical or (room and len(waiting) >= self.full * room):
            return Severity.CRITICAL
        return Severity.WARNING if chain.longest >= self.warning else Severity.INFO

    def _finding(self, evidence: Evidence, chain: Chain) -> Finding:
        assert evidence.activity
        by_pid = {s.pid: s for s in evidence.activity.sessions}
        root = by_pid.get(chain.roots[0])
        prepared = None if root else _prepared_root(evidence, chain)
        inferred = any(s.blockers_inferred for s in chain.waiters)
        relation = next((s.waits_on.relation for s in chain.waiters if s.waits_on and s.waits_on.relation), None)
        backend = evidence.database.backend if evidence.database else None
        roots = [by_pid[pid] for pid in chain.roots if pid in by_pid]
        number = len(chain.waiters)
        return Finding(
            id=self.id,
            key=make_key(
                self.id,
                root.application_name if root else None,
                root.user if root else None,
                root.fingerprint if root else prepared.name if prepared else None,
                relation,
            ),
            severity=self._severity(evidence, chain),
            confidence=self._confidence(chain, inferred=inferred),
            subject=_who(chain.roots[0], root, prepared),
            summary=(
                f"{count(number, 'session')} {verb(number, 'waits', 'wait')} for locks"
                f"{f' on {relation}' if relation else ''}, the longest for {duration(chain.longest)}; "
                f"at the root {'probably ' if inferred else ''}is {_who(chain.roots[0], root, prepared)}"
                f"{_others(chain)}{_doing(root)}."
            ),
            remediation=_remediation(root, prepared),
            runbook="prepared-transaction" if prepared else "blocking-chain",
            measurements=(
                Measurement(name="waiters", value=number, unit="sessions"),
                Measurement(
                    name="longest_wait",
                    value=round(chain.longest.total_seconds(), 3),
                    unit="seconds",
                    threshold=(self.critical if chain.longest >= self.critical else self.warning).total_seconds(),
                ),
            ),
            details={
                "root": _root_details(chain.roots[0], root, prepared),
                "other_roots": list(chain.roots[1:]),
                "waiters": [_waiter_details(s) for s in chain.waiters],
                "depth": chain.depth,
                "inferred": inferred,
            },
            next_steps=_next_steps(backend, roots, prepared),
            impact=number,
        )

    def _confidence(self, chain: Chain, *, inferred: bool) -> Confidence:
        if not inferred:
            return Confidence.HIGH
        return Confidence.MEDIUM if len(chain.roots) == 1 else Confidence.LOW


def chains(sessions: Sequence[SessionSnapshot]) -> Iterator[Chain]:
    """Group waiters that hang together, each group with its roots."""
    by_pid = {s.pid: s for s in sessions}
    blocks = blocked_by_each(sessions)
    waiting = {s.pid for s in sessions if s.blocked_by}
    seen: set[int] = set()
    for start in sorted(waiting):
        if start in seen:
            continue
        together = _connected(start, by_pid, blocks)
        seen |= together
        waiters = [by_pid[pid] for pid in together if pid in waiting]

        def age(pid: int) -> timedelta:
            session = by_pid.get(pid)
            return (session.transaction_for or session.state_for or _NOTHING) if session else timedelta.max

        # Where everybody waits for somebody, the chain is a ring: its oldest transaction stands for the root.
        free = [pid for pid in together if pid not in waiting] or list(together)
        roots = tuple(sorted(free, key=lambda pid: (age(pid), -pid), reverse=True))
        yield Chain(
            roots=roots,
            waiters=tuple(sorted(waiters, key=lambda s: s.waiting_for or _NOTHING, reverse=True)),
            depth=_depth(roots, blocks),
        )


def _connected(start: int, by_pid: dict[int, SessionSnapshot], blocks: dict[int, list[int]]) -> set[int]:
    found: set[int] = set()
    ahead = [start]
    while ahead:
        pid = ahead.pop()
        if pid in found:
            continue
        found.add(pid)
        ahead.extend(blocks.get(pid, ()))
        ahead.extend(by_pid[pid].blocked_by if pid in by_pid else ())
    return found


def _depth(roots: Sequence[int], blocks: dict[int, list[int]]) -> int:
    """How many waits lie between a root and the last in the queue."""
    depth = 0
    level, seen = set(roots), set(roots)
    while level:
        level = {waiter for pid in level for waiter in blocks.get(pid, ())} - seen
        seen |= level
        depth += bool(level)
    return depth


def _prepared_root(evidence: Evidence, chain: Chain) -> PreparedTransactionSnapshot | None:
    """The prepared transaction that blocks the chain, as far as the server tells which."""
    waiting = {s.pid for s in chain.waiters}
    named = [p for p in evidence.prepared or () if waiting & set(p.blocks)]
    if named:
        return named[0]
    return evidence.prepared[0] if evidence.prepared and len(evidence.prepared) == 1 else None


def _who(pid: int, root: SessionSnapshot | None, prepared: PreparedTransactionSnapshot | None) -> str:
    if prepared:
        return f"prepared transaction {prepared.name}"
    if root is None:
        return "a prepared transaction" if pid == _PREPARED_PID else f"session {pid}"
    person = f"a person at {root.application_name}, " if is_person(root) else ""
    return f"{person}session {root.pid} of {owner(root)}"


def _others(chain: Chain) -> str:
    others = len(chain.roots) - 1
    return f" and {count(others, 'other')}" if others else ""


def _doing(root: SessionSnapshot | None) -> str:
    if root is None:
        return ""
    since = f" for {duration(root.state_for)}" if root.state_for else ""
    statement = f", last statement: {shortened(root.statement)}" if root.statement else ""
    return f", {root.state}{since}{statement}"


def _root_details(
    pid: int, root: SessionSnapshot | None, prepared: PreparedTransactionSnapshot | None
) -> dict[str, object]:
    if root is None:
        return {"pid": pid, "state": "prepared", "prepared_transaction": prepared.name if prepared else None}
    return {
        "pid": root.pid,
        "state": str(root.state),
        "application_name": root.application_name,
        "user": root.user,
        "database": root.database,
        "client": root.client,
        "state_seconds": root.state_for.total_seconds() if root.state_for else None,
        "transaction_seconds": root.transaction_for.total_seconds() if root.transaction_for else None,
        "last_statement": root.statement,
        "fingerprint": root.fingerprint,
    }


def _waiter_details(waiter: SessionSnapshot) -> dict[str, object]:
    lock = waiter.waits_on
    return {
        "pid": waiter.pid,
        "waits_for": list(waiter.blocked_by),
        "lock": " ".join(filter(None, (lock.type, lock.mode))) if lock else None,
        "relation": lock.relation if lock else None,
        "seconds": round(waiter.waiting_for.total_seconds(), 3) if waiter.waiting_for else None,
        "application_name": waiter.application_name,
        "user": waiter.user,
        "database": waiter.database,
        "statement": waiter.statement,
    }


def _remediation(root: SessionSnapshot | None, prepared: PreparedTransactionSnapshot | None) -> str:
    if root is None:
        name = f" {prepared.name}" if prepared else ""
        return f"Ask the transaction's coordinator to finish{name}, or roll it back; ending a waiter frees nobody."
    if is_tool(root):
        return f"The root is {owner(root)}, which does its own work: wait for it, or stop that job where it is run."
    if is_person(root):
        return f"Ask whoever sits at {root.application_name} to commit or roll back; ending a waiter frees nobody."
    if root.state is SessionState.ACTIVE:
        return "Let the root's statement finish, or cancel it; ending a waiter frees nobody."
    return "End the root's session; ending a waiter frees nobody."


def _next_steps(
    backend: Backend | None, roots: Sequence[SessionSnapshot], prepared: PreparedTransactionSnapshot | None
) -> tuple[str, ...]:
    if prepared:
        return (prepared.finish,) if prepared.finish else ()
    ours = [root for root in roots if not is_tool(root)]
    active = [root for root in ours if root.state is SessionState.ACTIVE]
    return (*end_sessions(backend, ours), *(step for root in active for step in cancel_query(backend, root)))
