"""A server, database or role that has few connections left, or none.

What counts is how many ordinary roles can have: PostgreSQL keeps some of ``max_connections`` for
superusers, and a database or a role can have a limit of its own. A server that refuses us because
it is full is the finding at its worst. The sessions of every database count, whatever the app is.

Sources: https://www.postgresql.org/docs/current/runtime-config-connection.html,
https://dev.mysql.com/doc/refman/9.7/en/too-many-connections.html
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.wording import count, listed
from triage.evidence import ConnectionLimitSnapshot, Evidence, LimitKind, SessionKind, SessionState
from triage.findings import Confidence, Finding, Measurement, Severity, make_key


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSaturation:
    """Connections in use, as a part of what is available."""

    warning: float = 0.8
    critical: float = 0.95

    id: ClassVar[str] = "connection-saturation"
    runbooks: ClassVar[tuple[str, ...]] = ("connection-saturation",)
    needs: ClassVar[tuple[str, ...]] = ("limits",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each limit that is nearly reached; one for a server that refused us."""
        if evidence.refusal:
            yield self._refused(evidence)
        for limit in evidence.limits or ():
            if limit.in_use is None:
                continue
            share = limit.in_use / limit.available if limit.available else 1.0
            if share >= self.warning and self._concerns(evidence, limit):
                yield self._finding(evidence, limit, share)

    def _concerns(self, evidence: Evidence, limit: ConnectionLimitSnapshot) -> bool:
        scope = evidence.scope
        return limit.kind is not LimitKind.DATABASE or scope.all_databases or scope.database in {None, limit.name}

    def _refused(self, evidence: Evidence) -> Finding:
        assert evidence.refusal
        name = evidence.database.name if evidence.database else ""
        return Finding(
            id=self.id,
            key=make_key(self.id, LimitKind.SERVER),
            severity=Severity.CRITICAL,
            confidence=Confidence.HIGH,
            subject=name,
            summary=f"The server is full and refuses new connections: {evidence.refusal.message}",
            remediation=(
                "Connect as a role with reserved connections and end sessions that are idle in transaction, or stop one "
                "of the app's processes; then run triage again to see who holds the rest."
            ),
            runbook=self.runbooks[0],
            details={"refused": True, "code": evidence.refusal.code, "message": evidence.refusal.message},
            impact=float("inf"),
        )

    def _finding(self, evidence: Evidence, limit: ConnectionLimitSnapshot, share: float) -> Finding:
        holders = _holders(evidence, limit)
        of = {
            LimitKind.SERVER: "The server",
            LimitKind.DATABASE: f"Database {limit.name}",
            LimitKind.ROLE: f"Role {limit.name}",
        }[limit.kind]
        reserved = f" ({limit.limit} less {limit.reserved} reserved)" if limit.reserved else ""
        top = listed(
            [
                f"{h['user']}{'/' + str(h['application_name']) if h['application_name'] else ''} {h['sessions']}"
                for h in holders
            ],
            most=3,
        )
        return Finding(
            id=self.id,
            key=make_key(self.id, limit.kind, limit.name),
            severity=Severity.CRITICAL if share >= self.critical else Severity.WARNING,
            confidence=Confidence.HIGH,
            subject=limit.name,
            summary=(
                f"{of} has {count(limit.in_use or 0, 'connection')} of {limit.available}{reserved} in use, "
                f"{share:.0%}{f'; most are held by {top}' if top else ''}."
            ),
            remediation=(
                "End what is held for nothing first (sessions idle in transaction, orphans), then size the pools so that "
                "all processes together fit."
            ),
            runbook=self.runbooks[0],
            measurements=(
                Measurement(
                    name="connections_used",
                    value=round(share, 3),
                    unit="ratio",
                    threshold=self.critical if share >= self.critical else self.warning,
                ),
                Measurement(name="connections", value=limit.in_use or 0, unit="connections", threshold=limit.available),
            ),
            details={
                "limit": limit.limit,
                "reserved": limit.reserved,
                "available": limit.available,
                "in_use": limit.in_use,
                "holders": holders,
            },
            impact=share,
        )


def _holders(evidence: Evidence, limit: ConnectionLimitSnapshot) -> list[dict[str, object]]:
    """Who holds the connections of a limit, those with the most first."""
    sessions = [
        s
        for s in (evidence.activity.sessions if evidence.activity else ())
        if s.kind in {SessionKind.CLIENT, SessionKind.UNKNOWN}
        and (limit.kind is not LimitKind.DATABASE or s.database == limit.name)
        and (limit.kind is not LimitKind.ROLE or s.user == limit.name)
    ]
    owners = Counter((s.application_name, s.user, s.database) for s in sessions)
    idle = Counter((s.application_name, s.user, s.database) for s in sessions if s.state is SessionState.IDLE)
    active = Counter((s.application_name, s.user, s.database) for s in sessions if s.state is SessionState.ACTIVE)
    return [
        {
            "application_name": key[0],
            "user": key[1],
            "database": key[2],
            "sessions": number,
            "idle": idle[key],
            "active": active[key],
        }
        for key, number in owners.most_common(20)
    ]
