"""The server would let today's problem go on for ever, because the timeout that ends it is off.

A timeout that is off is the default of PostgreSQL and MariaDB and no problem by itself, so this
speaks only where a session is in the very state that the timeout would have ended. A timeout may be
set for a database, a role or a role in a database, or by the app when it connects; all of these
count as set.

Sources: https://www.postgresql.org/docs/current/runtime-config-client.html#RUNTIME-CONFIG-CLIENT-STATEMENT,
https://mariadb.com/kb/en/transaction-timeouts/
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from triage.detectors.scope import engines_of, of_app
from triage.detectors.wording import count, duration, listed, verb
from triage.evidence import Backend, Evidence, ServerConfig, SessionSnapshot, SessionState
from triage.findings import Confidence, Finding, Measurement, Severity, make_key


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingTimeouts:
    """Timeouts that are off while app sessions idle in transaction, run or wait beyond a bound."""

    idle: timedelta = timedelta(seconds=60)
    query: timedelta = timedelta(minutes=5)
    lock: timedelta = timedelta(seconds=30)

    id: ClassVar[str] = "missing-timeouts"
    runbooks: ClassVar[tuple[str, ...]] = ("server-timeouts",)
    needs: ClassVar[tuple[str, ...]] = ("activity", "server")

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """At most one finding, which names all the timeouts."""
        assert evidence.server
        missing = {
            name: sessions
            for name, sessions in self._beyond(evidence).items()
            if name in evidence.server.timeouts and sessions
        }
        if missing:
            yield self._finding(evidence, missing)

    def _beyond(self, evidence: Evidence) -> dict[str, list[SessionSnapshot]]:
        """By timeout, the app's sessions that are beyond the bound and for which it is off."""
        assert evidence.server
        source = evidence.database
        backend = source.backend if source else None
        by_app = {name for engine in engines_of(evidence) for name in engine.connect_options}
        server = evidence.server

        def off(name: str, sessions: list[SessionSnapshot]) -> list[SessionSnapshot]:
            return [s for s in sessions if name not in by_app and is_off(server, name, s)]

        app = of_app(evidence)
        idle = [
            s
            for s in app
            if s.state in {SessionState.IDLE_IN_TRANSACTION, SessionState.IDLE_IN_TRANSACTION_ABORTED}
            and (s.state_for or timedelta()) >= self.idle
        ]
        waiting = [s for s in app if (s.waiting_for or timedelta()) >= self.lock]
        running = [s for s in app if (s.query_for or timedelta()) >= self.query and not s.blocked_by]
        if backend is Backend.POSTGRESQL:
            return {
                "idle_in_transaction_session_timeout": off("idle_in_transaction_session_timeout", idle),
                "lock_timeout": off("lock_timeout", waiting),
                "statement_timeout": off("statement_timeout", running),
            }
        return {
            "idle_transaction_timeout": off("idle_transaction_timeout", idle),
            "max_statement_time": off("max_statement_time", running),
            "max_execution_time": off("max_execution_time", running),
        }

    def _finding(self, evidence: Evidence, missing: dict[str, list[SessionSnapshot]]) -> Finding:
        sessions = {s.pid for held in missing.values() for s in held}
        roles = sorted({s.user for held in missing.values() for s in held if s.user})
        longest = max((s.state_for or timedelta() for held in missing.values() for s in held), default=timedelta())
        names = listed(sorted(missing))
        number = len(sessions)
        return Finding(
            id=self.id,
            key=make_key(self.id, evidence.scope.database, *sorted(missing)),
            severity=Severity.INFO,
            confidence=Confidence.HIGH,
            subject=evidence.scope.database or "the server",
            summary=(
                f"{names} {verb(len(missing), 'is', 'are')} off for {listed(roles) or 'the app'}, so the server will never "
                f"end the {count(number, 'session')} that {verb(number, 'is', 'are')} stuck now, for up to "
                f"{duration(longest)}."
            ),
            remediation="Set these timeouts for the app's role, so that the next leak ends by itself.",
            runbook=self.runbooks[0],
            measurements=(Measurement(name="sessions", value=number, unit="sessions"),),
            details={"missing": sorted(missing), "roles": roles, "sessions": sorted(sessions)},
            impact=number,
        )


def is_off(server: ServerConfig, name: str, session: SessionSnapshot) -> bool:
    """Whether a timeout is off for a session: the most specific setting that fits it decides."""
    fitting = [
        o
        for o in server.overrides
        if o.name == name and o.database in {None, session.database} and o.role in {None, session.user}
    ]
    if fitting:
        nearest = max(fitting, key=lambda o: (o.role is not None, o.database is not None))
        return nearest.value is None
    return server.timeouts.get(name) is None
