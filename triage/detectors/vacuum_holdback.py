"""Something keeps PostgreSQL's xmin horizon far back, so that vacuum cannot remove dead rows.

The holder is an old snapshot of a session, a prepared transaction, a replication slot, or a standby
with hot_standby_feedback. How far back is counted in transactions begun since. A long dump holds it
too, on purpose and for a time: that is an info, and must not hide a slot behind it that nobody will
ever release. A session holds it for the database it works in.

Source: https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.scope import is_tool
from triage.detectors.wording import duration
from triage.evidence import Evidence, HolderKind, HorizonHolderSnapshot
from triage.findings import Confidence, Finding, Measurement, Severity, make_key

_ADVICE = {
    HolderKind.SESSION: "End that session's transaction if nobody needs it.",
    HolderKind.PREPARED_TRANSACTION: "Finish the prepared transaction: ask its coordinator whether to commit it.",
    HolderKind.REPLICATION_SLOT: "Bring the slot's consumer back, or drop the slot if its consumer is gone for good.",
    HolderKind.STANDBY: "Find the long query on that standby; hot_standby_feedback carries its snapshot here.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VacuumHoldback:
    """The worst holder of the horizon, by how many transactions have begun since."""

    warning: int = 1_000_000
    critical: int = 100_000_000
    """Half of what autovacuum_freeze_max_age allows by default before it forces a vacuum."""

    id: ClassVar[str] = "vacuum-holdback"
    runbooks: ClassVar[tuple[str, ...]] = ("long-transaction",)
    needs: ClassVar[tuple[str, ...]] = ("horizon",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding, about the oldest holder of those that are the worst."""
        holders = [holder for holder in evidence.horizon or () if holder.age >= self.warning]
        if holders:
            yield self._finding(evidence, max(holders, key=lambda one: (self._severity(evidence, one), one.age)))

    def _severity(self, evidence: Evidence, holder: HorizonHolderSnapshot) -> Severity:
        if holder.age >= self.critical:
            return Severity.CRITICAL
        return Severity.INFO if _is_job(evidence, holder) else Severity.WARNING

    def _finding(self, evidence: Evidence, holder: HorizonHolderSnapshot) -> Finding:
        kind = holder.kind.replace("-", " ")
        detail = f" ({holder.detail})" if holder.detail else ""
        elsewhere = f" in database {holder.database}" if holder.database not in {None, evidence.scope.database} else ""
        since = f", for {duration(holder.held_for)}" if holder.held_for else ""
        return Finding(
            id=self.id,
            key=make_key(self.id, holder.kind, holder.name if holder.kind is not HolderKind.SESSION else holder.detail),
            severity=self._severity(evidence, holder),
            confidence=Confidence.HIGH,
            subject=f"{kind} {holder.name}",
            summary=(
                f"Vacuum cannot remove rows deleted in the last {holder.age:,} transactions: {kind} {holder.name}{detail}"
                f"{elsewhere} holds the xmin horizon{since}."
            ),
            remediation=_ADVICE[holder.kind],
            runbook=self.runbooks[0],
            measurements=(
                Measurement(
                    name="horizon_age",
                    value=holder.age,
                    unit="transactions",
                    threshold=self.critical if holder.age >= self.critical else self.warning,
                ),
            ),
            details={
                "holder": str(holder.kind),
                "name": holder.name,
                "age": holder.age,
                "held_seconds": holder.held_for.total_seconds() if holder.held_for else None,
                "database": holder.database,
                "detail": holder.detail,
            },
            impact=holder.age,
        )


def _is_job(evidence: Evidence, holder: HorizonHolderSnapshot) -> bool:
    sessions = evidence.activity.sessions if evidence.activity else ()
    return holder.kind is HolderKind.SESSION and any(is_tool(s) for s in sessions if str(s.pid) == holder.name)
