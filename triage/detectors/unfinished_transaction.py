"""Transactions that were begun and neither committed nor rolled back: a session that nobody closed.

It is inferred from a query log: the session ended, or its client was lost, while a transaction was open; or the log
ends long after the transaction's last statement. A transaction that is open where the log ends has not leaked by
that: it may be at work. Without a session in the log nothing can be said, and nothing is.

https://docs.sqlalchemy.org/en/21/orm/session_basics.html#closing
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from triage.detectors.wording import count, duration, shortened, verb
from triage.evidence import Evidence
from triage.findings import Confidence, Finding, Measurement, Severity, make_key
from triage.querylogs.evidence import QueryLogs, UnfinishedTransactionEvent
from triage.querylogs.repeated import location_of


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedTransaction:
    """Transactions whose session ended without COMMIT or ROLLBACK, or that the log leaves idle for long."""

    warning: timedelta = timedelta(seconds=60)
    """How long one that is open at the end has to be idle."""
    critical: timedelta = timedelta(minutes=5)

    id: ClassVar[str] = "unfinished-transaction"
    runbooks: ClassVar[tuple[str, ...]] = ("session-leak",)
    needs: ClassVar[tuple[str, ...]] = ("query_logs",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each last statement and way to end."""
        logs: QueryLogs = getattr(evidence, "query_logs")  # noqa: B009 - the field is of the evidence with query logs
        groups: dict[tuple[str | None, str], list[UnfinishedTransactionEvent]] = defaultdict(list)
        for event in logs.unfinished:
            if event.session and event.confirmed and self._counts(event):
                groups[event.last_statement, event.ended].append(event)
        for events in groups.values():
            yield self._finding(events)

    def _counts(self, event: UnfinishedTransactionEvent) -> bool:
        if event.ended == "disconnected":
            return event.statements > 0
        return event.idle is not None and event.idle >= self.warning

    def _finding(self, events: list[UnfinishedTransactionEvent]) -> Finding:
        events = sorted(events, key=lambda e: e.age or timedelta(), reverse=True)
        first, number = events[0], len(events)
        age = first.age or timedelta()
        is_open = first.ended == "open-at-end"
        writes = sum(event.writes > 0 for event in events)
        how = "still open where the log ends" if is_open else "ended by the loss of their connection"
        how = how if number > 1 else how.replace("their", "its")
        lost = f" Writes of {count(writes, 'transaction')} are lost." if writes and not is_open else ""
        statement = f" Last statement: {shortened(first.last_statement)}" if first.last_statement else ""
        is_critical = is_open and (first.idle or timedelta()) >= self.critical
        return Finding(
            id=self.id,
            key=make_key(self.id, first.last_statement, first.ended),
            severity=Severity.CRITICAL if is_critical else Severity.WARNING,
            confidence=Confidence.HIGH if is_open or writes else Confidence.MEDIUM,
            subject=f"session {first.session}" if number == 1 else f"{number} sessions",
            summary=(
                f"{count(number, 'transaction')} {verb(number, 'was', 'were')} neither committed nor rolled back: "
                f"{how}, after {duration(age)} at the most.{lost}{statement}"
            ),
            remediation="Use each session in a with block, so that it is closed whatever happens.",
            runbook=self.runbooks[0],
            measurements=(
                Measurement(name="transactions", value=number, unit="transactions"),
                Measurement(name="longest", value=round(age.total_seconds(), 3), unit="seconds"),
            ),
            details={
                "session": first.session,
                "opened_at": first.opened_at.isoformat() if first.opened_at else None,
                "last_statement": first.last_statement,
                "statements": first.statements,
                "ended": first.ended,
                "sessions": [event.session for event in events[:20]],
            },
            location=location_of(first.tags),
            impact=age.total_seconds() * number,
        )
