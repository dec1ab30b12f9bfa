"""Statements that have been running for long.

A statement that waits for a lock is not slow: it belongs to its chain. Dumps, replication and the
server's own workers run long by nature.

Source: https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from triage.detectors import long_sessions
from triage.evidence import Evidence
from triage.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class LongQuery:
    """App sessions whose statement has been running for long, by its age."""

    warning: timedelta = timedelta(minutes=5)
    critical: timedelta = timedelta(minutes=30)

    id: ClassVar[str] = "long-query"
    runbooks: ClassVar[tuple[str, ...]] = (long_sessions.RUNBOOK,)
    needs: ClassVar[tuple[str, ...]] = ("activity",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each application and statement."""
        for sessions in long_sessions.by_cause(evidence):
            ages = [
                (s, s.query_for)
                for s in sessions
                if s.query_for and s.query_for >= self.warning and not (s.waits_on or s.blocked_by)
            ]
            if ages:
                yield long_sessions.finding(
                    evidence,
                    self.id,
                    ages,
                    what="a statement running",
                    warning=self.warning,
                    critical=self.critical,
                    remediation="Cancel it if nobody needs its answer, then look at its plan with EXPLAIN.",
                )
