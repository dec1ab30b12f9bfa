"""Transactions that were begun and neither committed nor rolled back: a session that nobody closed.

It is inferred from a query log: the session ended, or its client was lost, while a transaction was open; or the log
ends long after the transaction's last statement. A transaction that is open where the log ends has not leaked by
that: it may be at work, and it is where the log tells when statements end and does not tell it of the last. Without a
session in the log, or with gaps in it, nothing can be said, and nothing is.

Source: https://docs.sqlalchemy.org/en/21/orm/session_basics.html#closing
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from triage.detectors.location import location_of
from triage.detectors.wording import count, duration, shortened, verb
from triage.evidence import Evidence, UnfinishedTransactionEvent
from triage.findings import Confidence, Finding, Measurement, Severity, make_key


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
        logs = evidence.query_logs
        assert logs
        groups: dict[tuple[str | None, str], list[UnfinishedTransactionEvent]] = defaultdict(list)
        for event in logs.unfinished:
            if event.session and event.confirmed and self._counts(event):
                groups[event.last_statement, event.ended].append(event)
        for events in groups.values():
            yield self._finding(events, logs.unfinished_more)

    def _counts(self, event: UnfinishedTransactionEvent) -> bool:
        if event.ended == "disconnected":
            return event.statements > 0
        return not event.at_work and event.idle is not None and event.idle >= self.warning

    def _severity(self, longest: UnfinishedTransactionEvent, writes: int) -> Severity:
        """A script that only read and ended without closing its session harms nobody."""
        if longest.ended == "disconnected":
            return Severity.WARNING if writes else Severity.INFO
        return Severity.CRITICAL if (longest.idle or timedelta()) >= self.critical else Severity.WARNING

    def _finding(self, events: list[UnfinishedTransactionEvent], more: int) -> Finding:
        events = sorted(events, key=lambda e: e.age or timedelta(), reverse=True)
        first, number = events[0], len(events)
        age = first.age or timedelta()
        is_open = first.ended == "open-at-end"
        writes = sum(event.writes > 0 for event in events)
        how = "still open where the log ends" if is_open else "ended by the loss of their connection"
        how = how if number > 1 else how.replace("their", "its")
        lost = f" Writes of {count(writes, 'transaction')} are lost." if writes and not is_open else ""
        unsure = is_open and any(event.at_work is None for event in events)
        lost = f"{lost} The log does not tell whether its last statement has ended." if unsure else lost
        statement = f" Last statement: {shortened(first.last_statement)}" if first.last_statement else ""
        return Finding(
            id=self.id,
            key=make_key(self.id, first.last_statement, first.ended),
            severity=self._severity(first, writes),
            confidence=Confidence.HIGH if (is_open or writes) and not unsure else Confidence.MEDIUM,
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
                "more_not_listed": more,
            },
            location=location_of(first.tags),
            impact=age.total_seconds() * number,
        )
