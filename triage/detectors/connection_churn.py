"""New connections at nearly the rate of transactions: no pool is in use.

An engine made for each request or task, or NullPool, opens a connection for every unit of work. The
server counts sessions and transactions since a reset; where there is nearly one session for every
few transactions, connections are not reused.

The counts are of the past and of everybody: a deployment that restarts often, a test suite or a
check that connects anew look the same in them. So either the counts of the app's own database are
overwhelming, or the sessions of the app show it now: many of them, all young, and not all from one
moment, as those of a pool that has just been built would be. Where most of the sessions that were counted are still
open, pools are being filled, and nothing was thrown away.

A query log that shows connections tells it directly: most sessions end after three transactions at the most, two of
which SQLAlchemy may need to get to know a server. A monitor's check does so as well, every few seconds; so the rate has
to be an application's.

Sources: https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW
(sessions, since 14), https://dev.mysql.com/doc/refman/9.7/en/server-status-variables.html (Connections)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from triage.detectors.scope import of_app
from triage.detectors.wording import duration
from triage.evidence import ConnectionStats, ConnectStats, Evidence, SessionSnapshot
from triage.findings import Confidence, Finding, Measurement, Severity, make_key

_REMEDIATION = "Build one engine for each process at start-up and share it, instead of one for each request or task."


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionChurn:
    """Sessions for each transaction, and sessions a second, since the server's last reset."""

    per_transaction: float = 0.2
    """A pool's connections carry hundreds of transactions; a connection for each unit of work carries a few."""
    per_second: float = 0.5
    overwhelming: int = 1000
    """Sessions of the app's own database or user that need no confirmation."""
    overwhelming_server: int = 10_000
    """The same where the server counts for everybody together."""
    at_least: int = 10
    """Young sessions that confirm it."""
    young: timedelta = timedelta(seconds=60)
    burst: timedelta = timedelta(seconds=1)
    """Sessions that began within this are one pool that was built, not a flow."""
    logged: int = 20
    """Sessions in a log, below which it tells nothing."""
    brief: float = 0.8
    """How many of them end after a few transactions."""

    id: ClassVar[str] = "connection-churn"
    runbooks: ClassVar[tuple[str, ...]] = ("engine-per-request",)
    needs: ClassVar[tuple[str, ...]] = ("connections|query_logs",)

    def _shows_now(self, evidence: Evidence) -> bool:
        ages = [s.connected_for for s in of_app(evidence) if s.connected_for is not None]
        return len(ages) >= self.at_least and max(ages) < self.young and max(ages) - min(ages) > self.burst

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """At most one finding of the server's counts, and one of the logs."""
        if evidence.connections:
            yield from self._counted(evidence, evidence.connections)
        if evidence.query_logs:
            yield from self._logged(evidence.query_logs.connects)

    def _logged(self, streams: tuple[ConnectStats, ...]) -> Iterator[Finding]:
        busy = [
            each
            for each in streams
            if each.connections >= self.logged
            and each.brief >= self.brief * each.connections
            and each.connections >= self.per_second * each.period.total_seconds()
        ]
        if not busy:
            return
        connections, brief = sum(each.connections for each in busy), sum(each.brief for each in busy)
        period = sum((each.period for each in busy), timedelta())
        confirmed = all(each.confirmed for each in busy)
        yield Finding(
            id=self.id,
            key=make_key(self.id, "query-log"),
            severity=Severity.WARNING,
            confidence=Confidence.HIGH if confirmed else Confidence.LOW,
            subject="the query log",
            summary=(
                f"{'' if confirmed else 'Suspected: '}{brief:,} of {connections:,} sessions in {duration(period)} of the "
                "log ended after three transactions at the most: connections are not reused."
            ),
            remediation=_REMEDIATION,
            runbook=self.runbooks[0],
            measurements=(
                Measurement(
                    name="brief_sessions", value=round(brief / connections, 3), unit="ratio", threshold=self.brief
                ),
            ),
            details={"sessions": connections, "brief": brief, "period_seconds": round(period.total_seconds(), 3)},
            impact=connections / max(period.total_seconds(), 1.0),
        )

    def _counted(self, evidence: Evidence, stats: ConnectionStats) -> Iterator[Finding]:
        seconds = stats.period.total_seconds()
        if seconds <= 0:
            return
        ratio = stats.sessions / max(stats.transactions, 1)
        rate = stats.sessions / seconds
        if ratio < self.per_transaction or rate < self.per_second or 2 * len(_open(evidence, stats)) > stats.sessions:
            return
        shows_now = self._shows_now(evidence)
        shared = stats.database is None and stats.user is None
        if not shows_now and stats.sessions < (self.overwhelming_server if shared else self.overwhelming):
            return
        confirmed = f" No session of the app is older than {duration(self.young)}." if shows_now else ""
        where = f"database {stats.database}" if stats.database else f"user {stats.user}" if stats.user else "the server"
        yield Finding(
            id=self.id,
            key=make_key(self.id, stats.database, stats.user),
            severity=Severity.WARNING,
            confidence=Confidence.HIGH if shows_now else Confidence.LOW if shared else Confidence.MEDIUM,
            subject=where,
            summary=(
                f"{where[0].upper()}{where[1:]} has had {stats.sessions:,} new connections for {stats.transactions:,} "
                f"transactions in {duration(stats.period)}, {rate:.1f} a second: connections are not reused.{confirmed}"
            ),
            remediation=_REMEDIATION,
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


def _open(evidence: Evidence, stats: ConnectionStats) -> list[SessionSnapshot]:
    """The sessions that are counted in the stats and have not ended."""
    return [
        s
        for s in (evidence.activity.sessions if evidence.activity else ())
        if stats.database in {None, s.database} and stats.user in {None, s.user}
    ]
