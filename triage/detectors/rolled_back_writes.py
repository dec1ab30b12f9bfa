"""Writes whose transactions were rolled back, though nothing had gone wrong: the commit is missing.

It is inferred from a query log: INSERT, UPDATE or DELETE, no error, and then ROLLBACK, as a session does that is closed
without a commit; never once was that write committed. A write that is sometimes committed is rolled back on purpose
at other times, and is no finding. A COMMIT after an error rolls back as well, and says nothing: that is one always.

Source: https://docs.sqlalchemy.org/en/21/orm/session_transaction.html
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.location import location_of
from triage.detectors.wording import count, shortened, verb
from triage.evidence import Evidence, WriteStats
from triage.findings import Confidence, Finding, Measurement, Severity, make_key


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledBackWrites:
    """A kind of write that is never committed."""

    at_least: int = 1
    """Transactions."""
    sure: int = 3
    """With fewer, it may be a form that was not valid: a hint, no more."""

    id: ClassVar[str] = "rolled-back-writes"
    runbooks: ClassVar[tuple[str, ...]] = ("data-lost-after-commit",)
    needs: ClassVar[tuple[str, ...]] = ("query_logs",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each kind of write."""
        logs = evidence.query_logs
        assert logs
        kinds: dict[str, list[WriteStats]] = defaultdict(list)
        for write in logs.writes:
            kinds[write.statement].append(write)
        for writes in kinds.values():
            lost, rolled_back = sum(w.lost for w in writes), sum(w.rolled_back for w in writes)
            never_committed = not any(w.committed for w in writes)
            if lost or (never_committed and rolled_back >= self.at_least):
                yield self._finding(writes, lost, rolled_back)

    def _finding(self, writes: list[WriteStats], lost: int, rolled_back: int) -> Finding:
        first = writes[0]
        number = lost or rolled_back
        confirmed = all(write.confirmed for write in writes)
        is_sure = lost > 0 or rolled_back >= self.sure
        how = "by a COMMIT after an error" if lost else "without an error before it, and never committed"
        return Finding(
            id=self.id,
            key=make_key(self.id, first.statement),
            severity=Severity.WARNING if is_sure else Severity.INFO,
            confidence=Confidence.HIGH if is_sure and confirmed else Confidence.LOW,
            subject=shortened(first.statement, 60) or "a write",
            summary=(
                f"{'' if confirmed else 'Suspected: '}{count(number, 'transaction')} with this write {verb(number, 'was', 'were')} rolled back {how}: "
                f"{shortened(first.statement)}"
            ),
            remediation="Commit the session before it is closed, or do the work in a with block of sessionmaker.begin.",
            runbook=self.runbooks[0],
            measurements=(Measurement(name="rolled_back", value=number, unit="transactions", threshold=self.at_least),),
            details={"statement": first.statement, "rolled_back": rolled_back, "lost": lost},
            location=location_of(first.tags),
            impact=number,
        )
