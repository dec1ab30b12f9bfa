"""What long transactions and long queries have in common: app sessions, grouped, by their age."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta

from triage.detectors.end_session import cancel_query
from triage.detectors.scope import is_person, watched
from triage.detectors.session_details import session_details
from triage.detectors.waits import blocked_by_each
from triage.detectors.wording import count, duration, owner, shortened, subject, verb
from triage.evidence import Evidence, SessionSnapshot
from triage.findings import Confidence, Finding, Measurement, Severity, make_key

RUNBOOK = "long-transaction"


def by_cause(evidence: Evidence) -> Iterator[list[SessionSnapshot]]:
    """The watched sessions, grouped by whose they are and what they run."""
    groups: dict[tuple[str | None, ...], list[SessionSnapshot]] = defaultdict(list)
    for session in watched(evidence):
        groups[session.application_name, session.user, session.database, session.fingerprint].append(session)
    yield from groups.values()


def finding(
    evidence: Evidence,
    finding_id: str,
    ages: Sequence[tuple[SessionSnapshot, timedelta]],
    *,
    what: str,
    warning: timedelta,
    critical: timedelta,
    remediation: str,
) -> Finding:
    """The finding about sessions of one cause; ``what`` completes "has had …"."""
    assert evidence.activity
    ages = sorted(ages, key=lambda pair: pair[1], reverse=True)
    first, longest = ages[0]
    blocked = blocked_by_each(evidence.activity.sessions)
    severity = Severity.CRITICAL if longest >= critical else Severity.WARNING
    number = len(ages)
    # A leader holds its lock in a transaction for as long as it leads, and shows now and then that it is there.
    on_purpose = all(s.holds_advisory_lock for s, _ in ages)
    lock = f" {verb(number, 'It holds', 'They hold')} an advisory lock, perhaps on purpose." if on_purpose else ""
    statement = f" Statement: {shortened(first.statement)}" if first.statement else ""
    the_longest = ", the longest" if number > 1 else ""
    return Finding(
        id=finding_id,
        key=make_key(finding_id, first.application_name, first.user, first.database, first.fingerprint),
        severity=Severity.INFO if is_person(first) or on_purpose else severity,
        confidence=Confidence.HIGH,
        subject=subject(first),
        summary=(
            f"{count(number, 'session')} of {owner(first)} {verb(number, 'has', 'have')} {what}"
            f"{the_longest} for {duration(longest)}.{lock}{statement}"
        ),
        remediation=remediation,
        runbook=RUNBOOK,
        measurements=(
            Measurement(name="sessions", value=number, unit="sessions"),
            Measurement(
                name="longest",
                value=round(longest.total_seconds(), 3),
                unit="seconds",
                threshold=(critical if longest >= critical else warning).total_seconds(),
            ),
        ),
        details={"sessions": [session_details(session, blocked) for session, _ in ages]},
        next_steps=() if is_person(first) else _steps(evidence, [session for session, _ in ages]),
        impact=longest.total_seconds(),
    )


def _steps(evidence: Evidence, sessions: Sequence[SessionSnapshot]) -> tuple[str, ...]:
    backend = evidence.database.backend if evidence.database else None
    return tuple(step for s in sessions if s.query_for is not None for step in cancel_query(backend, s))
