"""Sessions that wait for each other's locks, and the one at the root that nobody blocks.

Only the root matters: ending a waiter frees nobody. A queue behind a schema change is the common
case: a forgotten reader at the root, an ALTER that waits for it, and every later reader behind the
ALTER. A prepared transaction can be the root without a session.

A wait below the warning threshold is ordinary contention and only an info. It must not be mistaken
for a deadlock, which the server ends by itself. A dump or a worker of the server's own that waits
holds nobody up.

Sources: https://www.postgresql.org/docs/current/functions-info.html (pg_blocking_pids),
https://dev.mysql.com/doc/refman/9.7/en/metadata-locking.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from triage.detectors.chain_root import Root, root_of, steps
from triage.detectors.chains import Chain, chains
from triage.detectors.held_room import pool_connections
from triage.detectors.scope import of_app, watched
from triage.detectors.session_details import rounded
from triage.detectors.waits import waits_by_design
from triage.detectors.wording import count, duration, verb
from triage.evidence import Evidence, SessionSnapshot
from triage.findings import Confidence, Finding, Measurement, Severity, make_key


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
        """One finding for each cause that holds up a session in scope."""
        assert evidence.activity
        concerned = {s.pid for s in watched(evidence)}
        by_key: dict[str, Chain] = {}
        for chain in chains(evidence.activity.sessions):
            if chain.is_older_than(self.notice) and concerned & {s.pid for s in chain.waiters}:
                key = make_key(self.id, *root_of(chain, evidence).identity, _relation(chain))
                by_key[key] = by_key[key].joined(chain) if key in by_key else chain
        for key, chain in by_key.items():
            yield self._finding(evidence, key, chain)

    def _finding(self, evidence: Evidence, key: str, chain: Chain) -> Finding:
        root = root_of(chain, evidence)
        return Finding(
            id=self.id,
            key=key,
            severity=self._severity(evidence, chain),
            confidence=_confidence(chain),
            subject=root.name,
            summary=_summary(chain, root),
            remediation=root.remediation,
            runbook="prepared-transaction" if root.is_prepared else "blocking-chain",
            measurements=self._measurements(chain),
            details={
                "root": root.details,
                "other_roots": list(chain.roots[1:]),
                "waiters": [_waiter_details(s) for s in chain.waiters],
                "depth": chain.depth,
                "inferred": chain.inferred,
            },
            next_steps=steps(chain, root, evidence),
            impact=len(chain.waiters),
        )

    def _measurements(self, chain: Chain) -> tuple[Measurement, ...]:
        waiters = Measurement(name="waiters", value=len(chain.waiters), unit="sessions")
        if chain.longest is None:
            return (waiters,)
        threshold = self.critical if chain.longest >= self.critical else self.warning
        seconds = round(chain.longest.total_seconds(), 3)
        return (
            waiters,
            Measurement(name="longest_wait", value=seconds, unit="seconds", threshold=threshold.total_seconds()),
        )

    def _severity(self, evidence: Evidence, chain: Chain) -> Severity:
        pool = pool_connections(evidence)
        waiting = {s.pid for s in chain.waiters} & {s.pid for s in of_app(evidence)}
        longest = chain.longest or timedelta()
        if all(map(waits_by_design, chain.waiters)):
            return Severity.WARNING if longest >= self.warning else Severity.INFO
        if longest >= self.critical or (pool and len(waiting) >= self.full * pool.room):
            return Severity.CRITICAL
        return Severity.WARNING if longest >= self.warning else Severity.INFO


def _confidence(chain: Chain) -> Confidence:
    if not chain.inferred:
        return Confidence.HIGH
    return Confidence.MEDIUM if len(chain.roots) == 1 else Confidence.LOW


def _relation(chain: Chain) -> str | None:
    return next((s.waits_on.relation for s in chain.waiters if s.waits_on and s.waits_on.relation), None)


def _summary(chain: Chain, root: Root) -> str:
    number, others = len(chain.waiters), len(chain.roots) - 1
    on = f" on {_relation(chain)}" if _relation(chain) else ""
    longest = f", the longest for {duration(chain.longest)}" if chain.longest is not None else ""
    probably = "probably " if chain.inferred else ""
    more = f" and {count(others, 'other')}" if others > 0 else ""
    return (
        f"{count(number, 'session')} {verb(number, 'waits', 'wait')} for locks{on}{longest}; "
        f"at the root {probably}is {root.name}{more}{root.doing}."
    )


def _waiter_details(waiter: SessionSnapshot) -> dict[str, object]:
    lock = waiter.waits_on
    return {
        "pid": waiter.pid,
        "waits_for": list(waiter.blocked_by),
        "lock": " ".join(filter(None, (lock.type, lock.mode))) if lock else None,
        "relation": lock.relation if lock else None,
        "seconds": rounded(waiter.waiting_for),
        "application_name": waiter.application_name,
        "user": waiter.user,
        "database": waiter.database,
        "statement": waiter.statement,
    }
