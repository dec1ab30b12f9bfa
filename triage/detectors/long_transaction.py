"""Transactions that have been open for long and are still at work.

They keep row locks and, on PostgreSQL, the xmin horizon, and on MySQL the undo log. A session that
sits idle in its transaction is :mod:`triage.detectors.idle_in_transaction` from a minute on; one
whose whole transaction is a single statement is :mod:`triage.detectors.long_query`; one that waits
for a lock belongs to its chain. Dumps and replication are long by nature.

Source: https://www.postgresql.org/docs/current/routine-vacuuming.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from triage.detectors import long_sessions
from triage.evidence import Evidence, SessionSnapshot
from triage.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class LongTransaction:
    """App sessions whose transaction has been open for long, by its age."""

    warning: timedelta = timedelta(minutes=10)
    critical: timedelta = timedelta(hours=1)
    idle: timedelta = timedelta(seconds=60)
    """From this pause on it is idle in transaction."""
    one_statement: float = 0.9
    """The part of the transaction that one statement has to take to be a long query instead."""

    id: ClassVar[str] = "long-transaction"
    runbooks: ClassVar[tuple[str, ...]] = (long_sessions.RUNBOOK,)
    needs: ClassVar[tuple[str, ...]] = ("activity",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each application and statement."""
        for sessions in long_sessions.by_cause(evidence):
            ages = [(s, s.transaction_for) for s in sessions if s.transaction_for and self._concerns(s)]
            if any(age >= self.warning for _, age in ages):
                yield long_sessions.finding(
                    evidence,
                    self.id,
                    [(s, age) for s, age in ages if age >= self.warning],
                    what="a transaction open",
                    warning=self.warning,
                    critical=self.critical,
                    remediation="Let it end if it is a known job; otherwise commit in smaller batches.",
                )

    def _concerns(self, session: SessionSnapshot) -> bool:
        if session.blocked_by or session.transaction_for is None:
            return False
        if session.state.is_idle_in_transaction:
            return (session.state_for or timedelta()) < self.idle
        return session.query_for is None or session.query_for < self.one_statement * session.transaction_for
