"""The server would let today's problem go on for ever, because the timeout that ends it is off.

A timeout that is off is the default of PostgreSQL and MariaDB and no problem by itself, so this
speaks only where a session is in the very state that the timeout would have ended, and nothing else
that is set will end it. A session that holds an advisory lock, or waits for one, does so on purpose:
a timeout would end the leader or drive out who stands by, so these do not need one.

Sources: https://www.postgresql.org/docs/current/runtime-config-client.html#RUNTIME-CONFIG-CLIENT-STATEMENT,
https://mariadb.com/kb/en/transaction-timeouts/
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from triage.detectors.scope import engines_of, of_app
from triage.detectors.timeouts import asked_for, in_force
from triage.detectors.wording import count, duration, listed, verb
from triage.evidence import Evidence, SessionSnapshot
from triage.findings import Confidence, Finding, Measurement, Severity, make_key

_AS_GOOD: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "idle_in_transaction_session_timeout": (("transaction_timeout",),),
    "idle_transaction_timeout": (("idle_readonly_transaction_timeout", "idle_write_transaction_timeout"),),
    "lock_timeout": (("statement_timeout",), ("transaction_timeout",)),
    "statement_timeout": (("transaction_timeout",),),
}
"""What ends the same sessions as a timeout does; several together where each ends only some of them."""

_NOTHING = timedelta()


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
        missing = {}
        for name, stuck in self._stuck(of_app(evidence)).items():
            endless = [s for s in stuck if not _ends(evidence, name, s)]
            if endless and name in evidence.server.timeouts:
                missing[name] = endless
        if missing:
            yield self._finding(evidence, missing)

    def _stuck(self, sessions: list[SessionSnapshot]) -> dict[str, list[SessionSnapshot]]:
        """By timeout, of whichever backend, the sessions it would have ended by now."""
        idle = [
            s
            for s in sessions
            if s.state.is_idle_in_transaction and (s.state_for or _NOTHING) >= self.idle and not s.holds_advisory_lock
        ]
        waiting = [
            s
            for s in sessions
            if (s.waiting_for or _NOTHING) >= self.lock and not (s.waits_on and s.waits_on.type == "advisory")
        ]
        running = [s for s in sessions if (s.query_for or _NOTHING) >= self.query and not (s.waits_on or s.blocked_by)]
        return {
            "idle_in_transaction_session_timeout": idle,
            "idle_transaction_timeout": idle,
            "lock_timeout": waiting,
            "max_execution_time": running,
            "max_statement_time": running,
            "statement_timeout": running,
        }

    def _finding(self, evidence: Evidence, missing: dict[str, list[SessionSnapshot]]) -> Finding:
        assert evidence.server
        sessions = {s.pid: s for stuck in missing.values() for s in stuck}
        roles = sorted({s.user for s in sessions.values() if s.user})
        longest = max(age or _NOTHING for s in sessions.values() for age in (s.state_for, s.query_for, s.waiting_for))
        in_the_end = evidence.server.timeouts.get("wait_timeout") if "idle_transaction_timeout" in missing else None
        before = f" before wait_timeout ({duration(in_the_end)})" if in_the_end else ""
        number = len(sessions)
        return Finding(
            id=self.id,
            key=make_key(self.id, evidence.scope.database, *sorted(missing)),
            severity=Severity.INFO,
            confidence=Confidence.HIGH,
            subject=evidence.scope.database or "the server",
            summary=(
                f"{listed(sorted(missing))} {verb(len(missing), 'is', 'are')} off for {listed(roles) or 'the app'}, so no "
                f"timeout{before} ends the {count(number, 'session')} that {verb(number, 'is', 'are')} stuck now, for up to "
                f"{duration(longest)}."
            ),
            remediation="Set these timeouts for the app's role, so that the next leak ends by itself.",
            runbook=self.runbooks[0],
            measurements=(Measurement(name="sessions", value=number, unit="sessions"),),
            details={"missing": sorted(missing), "roles": roles, "sessions": sorted(sessions)},
            impact=number,
        )


def _ends(evidence: Evidence, name: str, session: SessionSnapshot) -> bool:
    """Whether the timeout, or what is as good, is in force for the session."""
    assert evidence.server
    server, engines = evidence.server, engines_of(evidence)

    def is_set(one: str) -> bool:
        return in_force(server, one, database=session.database, role=session.user) is not None or any(
            asked_for(engine, one) for engine in engines
        )

    return any(all(map(is_set, names)) for names in ((name,), *_AS_GOOD.get(name, ())))
