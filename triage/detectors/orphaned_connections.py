"""More sessions of the app on the server than its pools can ever hold.

Processes times (pool_size + max_overflow) is the most there can be. What is above it belongs to no
pool any more (a cancelled task, a process that was killed, a host that is gone) or to an engine that
the config does not name. It is not a leak inside the pool, which cannot pass the ceiling. For a
short time a rolling deployment doubles the processes, so up to twice the ceiling it is a warning.
Behind a pooler the sessions are the pooler's, and without the number of processes there is no ceiling
to speak of. Sessions that the server hides from our role may be a person's or a tool's.

Source: https://docs.sqlalchemy.org/en/20/core/pooling.html#sqlalchemy.pool.QueuePool
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from triage.detectors.scope import engines_of, of_app, pool_room, processes_known
from triage.detectors.wording import count, duration, listed
from triage.evidence import Evidence, SessionKind, SessionState
from triage.findings import Confidence, Finding, Measurement, Severity, make_key


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanedConnections:
    """App sessions above the ceiling of all pools together."""

    critical: float = 2.0
    """Times the ceiling: more than the old and the new processes of a deployment have together."""

    id: ClassVar[str] = "orphaned-connections"
    runbooks: ClassVar[tuple[str, ...]] = ("connection-saturation",)
    needs: ClassVar[tuple[str, ...]] = ("activity", "engines")

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """At most one finding."""
        assert evidence.activity
        room = pool_room(evidence)
        sessions = of_app(evidence)
        if not room or not processes_known(engines_of(evidence)) or evidence.activity.pooled or len(sessions) <= room:
            return
        above = len(sessions) - room
        seen = sum(s.kind is SessionKind.CLIENT for s in sessions)
        clients = Counter(s.client or "unknown" for s in sessions)
        oldest = max(
            (s.state_for for s in sessions if s.state is SessionState.IDLE and s.state_for), default=timedelta()
        )
        yield Finding(
            id=self.id,
            key=make_key(self.id, evidence.scope.database, *evidence.scope.app),
            severity=Severity.CRITICAL if len(sessions) > self.critical * room else Severity.WARNING,
            confidence=Confidence.MEDIUM if seen > room else Confidence.LOW,
            subject=evidence.scope.database or "the server",
            summary=(
                f"The app has {count(len(sessions), 'session')} on the server, {above} more than the {room} its pools "
                f"can hold together: they are orphans, or belong to an engine the config does not name. "
                f"Clients: {listed([f'{name} {number}' for name, number in clients.most_common()])}"
                f"{f'; the longest idle for {duration(oldest)}' if oldest else ''}."
            ),
            remediation=(
                "Compare the clients with the hosts that should be running; end the sessions of those that are gone, and "
                "look for an engine built per request or per task."
            ),
            runbook=self.runbooks[0],
            measurements=(
                Measurement(name="sessions", value=len(sessions), unit="sessions", threshold=room),
                Measurement(name="above_ceiling", value=above, unit="sessions"),
            ),
            details={
                "sessions": len(sessions),
                "ceiling": room,
                "clients": [{"client": name, "sessions": number} for name, number in clients.most_common(20)],
            },
            impact=above,
        )
