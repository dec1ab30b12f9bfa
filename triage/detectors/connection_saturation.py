"""A server, database or role that has few connections left, or none.

What counts is how many ordinary roles can have: PostgreSQL keeps some of ``max_connections`` for
superusers, and a database or a role can have a limit of its own. A server that refuses us because
it is full is the finding at its worst. The sessions of every database count, whatever the app is.

A role that may connect once and is connected once is no problem of the app's, so only the limits of
roles that the app connects as are looked at. A limit of 0 keeps a role or everybody out on purpose.

Sources: https://www.postgresql.org/docs/current/runtime-config-connection.html,
https://dev.mysql.com/doc/refman/9.7/en/too-many-connections.html
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.scope import of_app
from triage.detectors.wording import count, listed
from triage.evidence import (
    ConnectionLimitSnapshot,
    Evidence,
    LimitKind,
    RefusalSnapshot,
    SessionKind,
    SessionSnapshot,
    SessionState,
)
from triage.findings import Confidence, Finding, Measurement, Severity, make_key

_FULL = {
    LimitKind.SERVER: "The server is full and refuses new connections",
    LimitKind.DATABASE: "The database has all the connections it may have and refuses new ones",
    LimitKind.ROLE: "The app's role has all the connections it may have and is refused new ones",
}
_WAY_IN = {
    LimitKind.SERVER: "Connect as a role with reserved connections",
    LimitKind.DATABASE: "Connect as a superuser, whom the limit does not hold,",
    LimitKind.ROLE: "Connect as another role",
}
"""How somebody can look although the app cannot."""


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
            yield self._refused(evidence, evidence.refusal)
        for limit in evidence.limits or ():
            if limit.in_use is None:
                continue
            share = limit.in_use / limit.available if limit.available else 1.0
            if share >= self.warning and self._concerns(evidence, limit):
                yield self._finding(evidence, limit, share)

    def _concerns(self, evidence: Evidence, limit: ConnectionLimitSnapshot) -> bool:
        scope = evidence.scope
        match limit.kind:
            case LimitKind.SERVER:
                return True
            case LimitKind.DATABASE:
                return limit.limit > 0 and (scope.all_databases or scope.database in {None, limit.name})
            case LimitKind.ROLE:
                return limit.limit > 0 and limit.name in {s.user for s in of_app(evidence)}

    def _refused(self, evidence: Evidence, refusal: RefusalSnapshot) -> Finding:
        full = _what_is_full(refusal)
        return Finding(
            id=self.id,
            key=make_key(self.id, full),
            severity=Severity.CRITICAL,
            confidence=Confidence.HIGH,
            subject=evidence.database.name if evidence.database else "the server",
            summary=f"{_FULL[full]}: {refusal.message}",
            remediation=(
                f"{_WAY_IN[full]} and end sessions that are idle in transaction, or stop one of the app's processes; "
                "then run triage again to see who holds the rest."
            ),
            runbook=self.runbooks[0],
            details={"refused": True, "code": refusal.code, "message": refusal.message},
            impact=float("inf"),
        )

    def _finding(self, evidence: Evidence, limit: ConnectionLimitSnapshot, share: float) -> Finding:
        sessions = _sessions(evidence, limit)
        top = _most(sessions, limit.in_use or 0)
        of = {
            LimitKind.SERVER: "The server",
            LimitKind.DATABASE: f"Database {limit.name}",
            LimitKind.ROLE: f"Role {limit.name}",
        }[limit.kind]
        reserved = f" ({limit.limit} less {limit.reserved} reserved)" if limit.reserved else ""
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
                "holders": _holders(sessions),
            },
            impact=share,
        )


def _what_is_full(refusal: RefusalSnapshot) -> LimitKind:
    """Whose limit it is: 53300 is PostgreSQL's for all of them, 1203 and 1226 are MySQL's for a user."""
    own = re.search(r"too many connections for (role|database)", refusal.message)
    if own:
        return LimitKind(own[1])
    return LimitKind.ROLE if refusal.code in {"1203", "1226"} else LimitKind.SERVER


def _sessions(evidence: Evidence, limit: ConnectionLimitSnapshot) -> list[SessionSnapshot]:
    """The sessions that count against a limit."""
    return [
        s
        for s in (evidence.activity.sessions if evidence.activity else ())
        if s.kind in {SessionKind.CLIENT, SessionKind.UNKNOWN}
        and (limit.kind is not LimitKind.DATABASE or s.database == limit.name)
        and (limit.kind is not LimitKind.ROLE or s.user == limit.name)
    ]


def _most(sessions: list[SessionSnapshot], in_use: int) -> str:
    """The few who hold most of the connections in use, if there are such."""
    owners = Counter("/".join(filter(None, (s.user, s.application_name))) or "unknown" for s in sessions)
    top = owners.most_common(3)
    few = sum(number for _, number in top) > in_use / 2
    return listed([f"{name} {number}" for name, number in top]) if few else ""


def _holders(sessions: list[SessionSnapshot]) -> list[dict[str, object]]:
    """Who holds the connections of a limit, those with the most first."""
    owners = Counter((s.application_name, s.user, s.database) for s in sessions)
    states = Counter((s.application_name, s.user, s.database, s.state) for s in sessions)
    return [
        {
            "application_name": owner[0],
            "user": owner[1],
            "database": owner[2],
            "sessions": number,
            "idle": states[*owner, SessionState.IDLE],
            "active": states[*owner, SessionState.ACTIVE],
        }
        for owner, number in owners.most_common(20)
    ]
