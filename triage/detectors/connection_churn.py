"""New connections at nearly the rate of transactions: no pool is in use.

An engine made for each request or task, or NullPool, opens a connection for every unit of work. The
server counts sessions and transactions since a reset; where there is nearly one session for each
transaction, connections are not reused. A monitoring check that connects every few seconds stays
far below the rate asked for, and a pool that was restarted does not change the ratio.

Sources: https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW
(sessions, since 14), https://dev.mysql.com/doc/refman/9.7/en/server-status-variables.html (Connections)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from triage.detectors.scope import of_app
from triage.detectors.wording import duration
from triage.evidence import Evidence
from triage.findings import Confidence, Finding, Measurement, Severity, make_key


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionChurn:
    """Sessions for each transaction, and sessions a second, since the server's last reset."""

    per_transaction: float = 0.2
    """A pool's connections carry hundreds of transactions; a connection for each unit of work carries a few."""
    per_second: float = 0.5
    at_least: int = 100
    young: timedelta = timedelta(seconds=60)

    id: ClassVar[str] = "connection-churn"
    runbooks: ClassVar[tuple[str, ...]] = ("engine-per-request",)
    needs: ClassVar[tuple[str, ...]] = ("connections",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """At most one finding."""
        stats = evidence.connections
        assert stats
        seconds = stats.period.total_seconds()
        if stats.sessions < self.at_least or seconds <= 0:
            return
        ratio = stats.sessions / max(stats.transactions, 1)
        rate = stats.sessions / seconds
        if ratio < self.per_transaction or rate < self.per_second:
            return
        ages = [s.connected_for for s in of_app(evidence) if s.connected_for is not None]
        all_young = bool(ages) and max(ages) < self.young
        where = f"database {stats.database}" if stats.database else "the server"
        yield Finding(
            id=self.id,
            key=make_key(self.id, stats.database),
            severity=Severity.WARNING,
            confidence=Confidence.HIGH if all_young else Confidence.MEDIUM,
            subject=where,
            summary=(
                f"{where[0].upper()}{where[1:]} has had {stats.sessions:,} new connections for {stats.transactions:,} "
                f"transactions in {duration(stats.period)}, {rate:.1f} a second: connections are not reused."
                f"{' No session of the app is older than a minute.' if all_young else ''}"
            ),
            remediation="Build one engine for each process at start-up and share it, instead of one for each request or task.",
            runbook=self.runbooks[0],
            measurements=(
                Measurement(
                    name="connections_per_transaction",
                    value=round(ratio, 3),
                    unit="ratio",
                    threshold=self.per_transaction,
                ),
                Measurement(
                    name="connection_rate", value=round(rate, 3), unit="connections/second", threshold=self.per_second
                ),
            ),
            details={
                "sessions": stats.sessions,
                "transactions": stats.transactions,
                "since": stats.since.isoformat(),
                "period_seconds": round(seconds, 3),
                "database": stats.database,
            },
            impact=rate,
        )
