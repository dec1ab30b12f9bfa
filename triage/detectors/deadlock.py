"""Deadlocks: transactions that waited for each other, until the server failed one of them.

PostgreSQL's log says which statements they were, and so does MySQL's where ``innodb_print_all_deadlocks`` is on.
Deadlocks on the same statements are one finding. An application's log shows the victim's error, 40P01 or 1213, and where
the app was; those of one place are one finding. It must not be mistaken for a lock wait that timed out, where nobody
waited in a circle.

Source: https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.failures.findings import Meaning, finding
from triage.detectors.failures.occurrences import occurrences
from triage.detectors.failures.signature import Signature
from triage.detectors.wording import count, shortened
from triage.evidence import DeadlockEvent, Evidence
from triage.findings import Confidence, Finding, Measurement, Severity, make_key

_REMEDIATION = "Lock rows in one order everywhere, for example by primary key, and retry what fails."


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlock:
    """Deadlocks in a query log, and their victims in an application's."""

    id: ClassVar[str] = "deadlock"
    runbooks: ClassVar[tuple[str, ...]] = ("deadlock",)
    needs: ClassVar[tuple[str, ...]] = ("query_logs|app_logs",)
    signature: ClassVar[Signature] = Signature(
        sqlstates=("40P01",),
        errnos=(1213,),
        texts=(r"\bdeadlock detected\b", r"Deadlock found when trying to get lock"),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each set of statements, and one for each place in the app."""
        events = evidence.query_logs.deadlocks if evidence.query_logs else ()
        yield from self._of_server(events)
        for group in occurrences(self.id, evidence):
            yield finding(
                self,
                group,
                Meaning(
                    means=(
                        "The server ended this transaction, because it and another waited for each other."
                        f"{' The query log has the statements of both: they are the same deadlocks.' if events else ''}"
                    ),
                    remediation=_REMEDIATION,
                    details=(("related", [make_key(self.id, *each) for each in _statements(events)]),),
                ),
            )

    def _of_server(self, events: tuple[DeadlockEvent, ...]) -> Iterator[Finding]:
        groups: dict[tuple[str, ...], list[DeadlockEvent]] = defaultdict(list)
        for event in events:
            groups[tuple(sorted(set(event.statements)))].append(event)
        for statements, members in groups.items():
            yield self._finding(statements, members)

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
            remediation=_REMEDIATION,
            runbook=self.runbooks[0],
            measurements=(Measurement(name="deadlocks", value=number, unit="deadlocks"),),
            details={"statements": list(statements), "last": last.isoformat() if last else None},
            impact=number,
        )


def _statements(events: tuple[DeadlockEvent, ...]) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(tuple(sorted(set(event.statements))) for event in events))
