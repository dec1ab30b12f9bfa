"""What every look measures, whether or not anything is wrong: the numbers that a chart or a monitoring system follows.

A gauge judges nothing. One that was not visible is absent, and never zero.
"""

from collections import Counter
from collections.abc import Iterator

from triage.detectors.scope import of_app, pool_room, server_limit, tightest_limit
from triage.evidence import Evidence, SessionState
from triage.findings import Gauge

_STATES = {
    SessionState.ACTIVE: "active",
    SessionState.IDLE: "idle",
    SessionState.IDLE_IN_TRANSACTION: "idle_in_transaction",
    SessionState.IDLE_IN_TRANSACTION_ABORTED: "idle_in_transaction_aborted",
    SessionState.UNKNOWN: "unknown",
}
"""Every state a gauge may have, so that a state nobody is in is seen to be 0."""


def gauges(evidence: Evidence) -> tuple[Gauge, ...]:
    """All gauges that the evidence allows."""
    return (*_sessions(evidence), *_connections(evidence))


def _sessions(evidence: Evidence) -> Iterator[Gauge]:
    if evidence.activity is None:
        return
    sessions = of_app(evidence)
    states = Counter(_STATES[session.state] for session in sessions)
    for state in _STATES.values():
        yield Gauge(name="sessions", value=states[state], unit="sessions", labels={"state": state})
    yield Gauge(name="sessions_waiting", value=sum(bool(s.blocked_by) for s in sessions), unit="sessions")
    held = [s.state_for for s in sessions if s.state.is_idle_in_transaction and s.state_for is not None]
    longest = max(held).total_seconds() if held else 0.0
    yield Gauge(name="idle_in_transaction_longest", value=longest, unit="seconds")


def _connections(evidence: Evidence) -> Iterator[Gauge]:
    server, limit = server_limit(evidence), tightest_limit(evidence)
    if server is not None and server.in_use is not None:
        yield Gauge(name="connections_in_use", value=server.in_use, unit="connections")
    if limit is not None:
        yield Gauge(name="connections_available", value=limit.available, unit="connections")
    demand = pool_room(evidence)
    if demand is not None:
        yield Gauge(name="pool_demand", value=demand, unit="connections")
