"""Deadlocks: transactions that waited for each other, until the server failed one of them.

PostgreSQL's log says which statements they were, and so does MySQL's where ``innodb_print_all_deadlocks`` is on.
Deadlocks on the same statements are one finding. It must not be mistaken for a lock wait that timed out, where
nobody waited in a circle.

Source: https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.wording import count, shortened
from triage.evidence import DeadlockEvent, Evidence
from triage.findings import Confidence, Finding, Measurement, Severity, make_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlock:
    """Deadlocks in a query log."""

    id: ClassVar[str] = "deadlock"
    runbooks: ClassVar[tuple[str, ...]] = ("deadlock",)
    needs: ClassVar[tuple[str, ...]] = ("query_logs",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each set of statements."""
        logs = evidence.query_logs
        assert logs
        groups: dict[tuple[str, ...], list[DeadlockEvent]] = defaultdict(list)
        for event in logs.deadlocks:
            groups[tuple(sorted(set(event.statements)))].append(event)
        for statements, events in groups.items():
            yield self._finding(statements, events)

    def _finding(self, statements: tuple[str, ...], events: list[DeadlockEvent]) -> Finding:
        number = len(events)
        said = " and ".join(shortened(each, 80) for each in statements)
        last = max((event.at for event in events if event.at), default=None)
        return Finding(
            id=self.id,
            key=make_key(self.id, *statements),
            severity=Severity.WARNING,
            confidence=Confidence.HIGH,
            subject=(shortened(statements[0], 60) if statements else "") or "the server",
            summary=f"The server ended {count(number, 'deadlock')}{f': {said}' if said else ''}.",
            remediation="Lock rows in one order everywhere, for example by primary key, and retry what fails.",
            runbook=self.runbooks[0],
            measurements=(Measurement(name="deadlocks", value=number, unit="deadlocks"),),
            details={"statements": list(statements), "last": last.isoformat() if last else None},
            impact=number,
        )
