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

from triage.detectors.chains import PREPARED_PID
from triage.detectors.scope import watched
from triage.detectors.session_details import rounded
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
        for prepared in evidence.prepared or ():
            waiters = _waiters(prepared, evidence)
            old_enough = prepared.age is None or prepared.age >= self.notice
            if waiters or (old_enough and _concerns(prepared, evidence)):
                yield self._finding(prepared, waiters)

    def _severity(self, age: timedelta, waiters: list[int]) -> Severity:
        if waiters or age >= self.critical:
            return Severity.CRITICAL
        return Severity.WARNING if age >= self.warning else Severity.INFO

    def _finding(self, prepared: PreparedTransactionSnapshot, waiters: list[int]) -> Finding:
        age = prepared.age or timedelta()
        severity = self._severity(age, waiters)
        number = len(waiters)
        waiting = f"; {count(number, 'session')} {verb(number, 'waits', 'wait')} for its locks" if waiters else ""
        whose = f" of {prepared.owner}" if prepared.owner else ""
        where = f" in {prepared.database}" if prepared.database else ""
        how_long = f"open for {duration(age)}" if prepared.age is not None else "open, since when is not known"
        threshold = (self.critical if age >= self.critical else self.warning).total_seconds()
        measured = Measurement(name="age", value=round(age.total_seconds(), 3), unit="seconds", threshold=threshold)
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
            measurements=(measured,) if prepared.age is not None else (),
            details={
                "gid": prepared.name,
                "owner": prepared.owner,
                "database": prepared.database,
                "prepared_at": prepared.prepared_at.isoformat() if prepared.prepared_at else None,
                "age_seconds": rounded(prepared.age),
                "blocks": waiters,
            },
            # A young one may be about to be committed, as its other branches have been already.
            next_steps=(prepared.finish,) if prepared.finish and severity is not Severity.INFO else (),
            impact=number * 1e6 + age.total_seconds(),
        )


def _concerns(prepared: PreparedTransactionSnapshot, evidence: Evidence) -> bool:
    scope = evidence.scope
    return scope.all_databases or None in {scope.database, prepared.database} or prepared.database == scope.database


def _waiters(prepared: PreparedTransactionSnapshot, evidence: Evidence) -> list[int]:
    """The sessions in scope that wait for it; where it is the only one, those that wait for pid 0."""
    only = len(evidence.prepared or ()) == 1
    return [s.pid for s in watched(evidence) if s.pid in prepared.blocks or (only and PREPARED_PID in s.blocked_by)]
