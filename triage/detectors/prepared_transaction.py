"""A transaction prepared for two-phase commit whose second phase has not come.

It has no session, keeps its locks and the xmin horizon, and survives a restart, so nothing but a
COMMIT PREPARED or ROLLBACK PREPARED ends it. In a healthy two-phase system one lives for
milliseconds; below the warning threshold it is reported as an info, because nothing else shows it.

Sources: https://www.postgresql.org/docs/current/sql-prepare-transaction.html,
https://dev.mysql.com/doc/refman/9.7/en/xa-states.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from triage.detectors.wording import count, duration, verb
from triage.evidence import Evidence, PreparedTransactionSnapshot
from triage.findings import Confidence, Finding, Measurement, Severity, make_key


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedTransaction:
    """Prepared transactions by their age; critical at once where one keeps somebody waiting."""

    notice: timedelta = timedelta(seconds=1)
    warning: timedelta = timedelta(minutes=5)
    critical: timedelta = timedelta(hours=1)

    id: ClassVar[str] = "prepared-transaction"
    runbooks: ClassVar[tuple[str, ...]] = ("prepared-transaction",)
    needs: ClassVar[tuple[str, ...]] = ("prepared",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each prepared transaction."""
        scope = evidence.scope
        for prepared in evidence.prepared or ():
            elsewhere = scope.database and prepared.database and prepared.database != scope.database
            if elsewhere and not scope.all_databases and not prepared.blocks:
                continue
            if prepared.blocks or (prepared.age or self.notice) >= self.notice:
                yield self._finding(prepared)

    def _finding(self, prepared: PreparedTransactionSnapshot) -> Finding:
        age = prepared.age or timedelta()
        if prepared.blocks or age >= self.critical:
            severity = Severity.CRITICAL
        else:
            severity = Severity.WARNING if age >= self.warning else Severity.INFO
        waiters = len(prepared.blocks)
        waiting = f"; {count(waiters, 'session')} {verb(waiters, 'waits', 'wait')} for its locks" if waiters else ""
        whose = f" of {prepared.owner}" if prepared.owner else ""
        where = f" in {prepared.database}" if prepared.database else ""
        how_long = f"open for {duration(age)}" if prepared.age is not None else "open, since when is not known"
        return Finding(
            id=self.id,
            key=make_key(self.id, prepared.database, prepared.name),
            severity=severity,
            confidence=Confidence.HIGH,
            subject=f"prepared transaction {prepared.name}",
            summary=f"Prepared transaction {prepared.name}{whose}{where} has been left {how_long}{waiting}.",
            remediation=(
                "Ask its coordinator whether it is to be committed; only if nobody knows it, roll it back"
                f"{f' in database {prepared.database}' if prepared.database else ''}."
            ),
            runbook=self.runbooks[0],
            measurements=(
                Measurement(
                    name="age",
                    value=round(age.total_seconds(), 3),
                    unit="seconds",
                    threshold=(self.critical if age >= self.critical else self.warning).total_seconds(),
                ),
            ),
            details={
                "gid": prepared.name,
                "owner": prepared.owner,
                "database": prepared.database,
                "prepared_at": prepared.prepared_at.isoformat() if prepared.prepared_at else None,
                "age_seconds": round(age.total_seconds(), 3) if prepared.age is not None else None,
                "blocks": list(prepared.blocks),
            },
            next_steps=(prepared.finish,) if prepared.finish else (),
            impact=waiters * 1e6 + age.total_seconds(),
        )
