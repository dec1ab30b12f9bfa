"""Pauses inside of transactions: the application did something else while it held its locks and its connection.

A call to another service, a file, a computation between two statements. It is inferred from the times of a query log.
It must not be mistaken for a slow statement, which a log tells apart only where it has durations (without them the
finding is no more than a hint), nor for an empty transaction, as a pool's ping leaves.

Source: https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from triage.detectors.location import location_of
from triage.detectors.wording import count, duration, shortened
from triage.evidence import Evidence, PauseStats
from triage.findings import Confidence, Finding, Measurement, Severity, make_key


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleGapInTransaction:
    """Seconds between two statements of one transaction, at the same place of the code."""

    shortest: timedelta = timedelta(seconds=1)
    warning: timedelta = timedelta(seconds=5)
    """The longest pause at one place."""
    critical: timedelta = timedelta(minutes=5)

    id: ClassVar[str] = "idle-gap-in-transaction"
    runbooks: ClassVar[tuple[str, ...]] = ("slow-work-in-transaction",)
    needs: ClassVar[tuple[str, ...]] = ("query_logs",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each pair of statements that the pause is between."""
        logs = evidence.query_logs
        assert logs
        for pause in logs.pauses:
            # Where the log leaves statements out, or mixes sessions, a pause is what it left out.
            if (
                pause.confirmed
                and pause.longest >= self.shortest
                and (pause.before, pause.after) != ("BEGIN", "COMMIT or ROLLBACK")
            ):
                yield self._finding(pause)

    def _finding(self, pause: PauseStats) -> Finding:
        is_estimated = pause.estimated >= pause.count
        where = f"between {shortened(pause.before, 80)} and {shortened(pause.after, 80)}"
        return Finding(
            id=self.id,
            key=make_key(self.id, pause.before, pause.after),
            severity=self._severity(pause.longest, is_certain=not is_estimated),
            confidence=Confidence.LOW if is_estimated else Confidence.HIGH,
            subject=shortened(pause.before, 60) or "transactions",
            summary=(
                f"Transactions stood still {count(pause.count, 'time')}, up to {duration(pause.longest)}, {where}"
                f"{' (the statement itself may have taken part of it)' if is_estimated else ''}."
            ),
            remediation="Commit before slow work, or do it before the transaction begins.",
            runbook=self.runbooks[0],
            measurements=(
                Measurement(
                    name="longest",
                    value=round(pause.longest.total_seconds(), 3),
                    unit="seconds",
                    threshold=self.shortest.total_seconds(),
                ),
                Measurement(name="pauses", value=pause.count, unit="pauses"),
            ),
            details={
                "before": pause.before,
                "after": pause.after,
                "count": pause.count,
                "longest_seconds": round(pause.longest.total_seconds(), 3),
                "total_seconds": round(pause.total.total_seconds(), 3),
            },
            location=location_of(pause.tags),
            impact=pause.total.total_seconds(),
        )

    def _severity(self, longest: timedelta, *, is_certain: bool) -> Severity:
        if longest < self.warning or not is_certain:
            return Severity.INFO
        return Severity.CRITICAL if longest >= self.critical else Severity.WARNING
