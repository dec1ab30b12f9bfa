"""Requests that waited for a connection of the pool and got none.

SQLAlchemy says so itself. Who waited is not who held: the frames of these errors are the victims'. What held the pool is
taken from what else was seen: sessions idle in transaction in a live look, connections that the garbage collector found,
transactions and statements that ran into the server's timeouts, waits for locks. Nothing of that leaves a pool that is too
small for its threads, or slow statements. It must not be mistaken for a server that refuses connections.

Source: https://docs.sqlalchemy.org/en/21/errors.html#error-3o7r
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from triage.detectors.failures.claims import claimed_by
from triage.detectors.failures.findings import Meaning, finding
from triage.detectors.failures.occurrences import occurrences
from triage.detectors.failures.signature import Signature
from triage.detectors.scope import engines_of, of_app
from triage.detectors.wording import count, listed, verb
from triage.evidence import Evidence, SessionState
from triage.findings import Finding, Severity

_HOLDERS = {
    "garbage-collected-connection": "connections that were never given back and that the garbage collector found",
    "idle-transaction-timeout": "transactions that sat idle until the server ended them",
    "lock-timeout": "waits for locks",
    "statement-timeout": "statements that ran until a timeout ended them",
}
"""Failures that take a connection for long, the surest sign of a leak first."""
_LEAKS = ("garbage-collected-connection", "idle-transaction-timeout")
_IDLE = {SessionState.IDLE_IN_TRANSACTION, SessionState.IDLE_IN_TRANSACTION_ABORTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolTimeout:
    """Timeouts of the pool, and what held it where that can be seen."""

    idle: timedelta = timedelta(seconds=1)
    """How long a session has to sit idle in transaction, in a live look, to count as one that holds its connection."""

    id: ClassVar[str] = "pool-timeout"
    runbooks: ClassVar[tuple[str, ...]] = ("pool-sizing", "session-leak")
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)
    signature: ClassVar[Signature] = Signature(
        codes=("3o7r",),
        classes=("sqlalchemy.exc.TimeoutError",),
        texts=(r"QueuePool limit of size -?\d+ overflow -?\d+ reached",),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each place that waited."""
        groups = occurrences(self.id, evidence)
        if not groups:
            return
        held = self._held_live(evidence)
        in_logs = _held_in_logs(evidence)
        means, runbook, related = _verdict(held, in_logs, _unfinished(evidence))
        waiters = [
            {"file": group.frame.file, "function": group.frame.function, "count": group.count}
            for group in sorted(groups, key=lambda each: -each.count)
            if group.frame
        ]
        for group in groups:
            yield finding(
                self,
                group,
                Meaning(
                    means=f"{means}{_size(evidence)}",
                    remediation=_remediation(runbook),
                    severity=Severity.CRITICAL,
                    runbook=runbook,
                    details=(
                        ("idle_in_transaction_now", held),
                        ("held_by", [{"finding": name, "count": number} for name, number in in_logs]),
                        ("waited_in", waiters[:20]),
                        ("related", related),
                    ),
                ),
            )

    def _held_live(self, evidence: Evidence) -> int | None:
        """How many of the app's sessions sit idle in transaction now; None where nobody looked."""
        if evidence.activity is None:
            return None
        return sum(s.state in _IDLE and (s.state_for or timedelta()) >= self.idle for s in of_app(evidence))


def _held_in_logs(evidence: Evidence) -> list[tuple[str, int]]:
    """What else in the logs holds connections: the finding and how often, a leak before what is only slow."""
    found = dict.fromkeys(_HOLDERS, 0)
    for failure in evidence.app_logs.failures if evidence.app_logs else ():
        claimant = claimed_by(failure.clue)
        if claimant and claimant.id in found:
            found[claimant.id] += failure.count
    return [(name, number) for name, number in found.items() if number]


def _unfinished(evidence: Evidence) -> int:
    """Transactions that a query log leaves open."""
    logs = evidence.query_logs
    return sum(event.ended == "open-at-end" and not event.at_work for event in logs.unfinished) if logs else 0


def _verdict(held: int | None, in_logs: list[tuple[str, int]], unfinished: int) -> tuple[str, str, list[str]]:
    """What held the pool, as a sentence; the runbook for it; the findings that say more."""
    if held:
        are = verb(held, "session of the app sits", "sessions of the app sit")
        return (
            f"All connections of the pool were on loan; {held} {are} idle in transaction now, each with one of them.",
            "session-leak",
            ["idle-in-transaction"],
        )
    if in_logs:
        said = listed([f"{_HOLDERS[name]} ({number})" for name, number in in_logs])
        is_leak = any(name in _LEAKS for name, _ in in_logs)
        names = [name for name, _ in in_logs]
        return (
            f"All connections of the pool were on loan; the log also has what takes them for long: {said}.",
            "session-leak" if is_leak else "pool-sizing",
            names,
        )
    if unfinished:
        return (
            f"All connections of the pool were on loan; the query log leaves {count(unfinished, 'transaction')} open.",
            "session-leak",
            ["unfinished-transaction"],
        )
    if held == 0:
        return (
            (
                "All connections of the pool were on loan; no session of the app sits idle in transaction now: they may "
                "have been at work, or the pool is too small for its threads."
            ),
            "pool-sizing",
            [],
        )
    return (
        (
            "All connections of the pool were on loan for longer than pool_timeout: leaked, held through slow work, or too few "
            "for the threads that ask."
        ),
        "pool-sizing",
        [],
    )


def _size(evidence: Evidence) -> str:
    ceilings = sorted({engine.ceiling for engine in engines_of(evidence) if engine.is_queue_pool and engine.ceiling})
    return (
        f" The engine config allows {count(ceilings[0], 'connection')} for each process." if len(ceilings) == 1 else ""
    )


def _remediation(runbook: str) -> str:
    if runbook == "session-leak":
        return "End the sessions that hold the pool, or restart the app, and close every session with a with block."
    return (
        "Look at the app's sessions while it happens (triage check URL): idle in transaction is a leak, active is slow or a "
        "pool too small; a restart frees it for now."
    )
