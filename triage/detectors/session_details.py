"""A session as an entry of ``details.sessions``, as the contract has it."""

from datetime import timedelta

from triage.evidence import SessionSnapshot


def session_details(session: SessionSnapshot, blocked: dict[int, list[int]]) -> dict[str, object]:
    """The entry; ``blocked`` holds by pid who waits directly for it."""
    return {
        "pid": session.pid,
        "application_name": session.application_name,
        "user": session.user,
        "database": session.database,
        "client": session.client,
        "idle_seconds": rounded(session.state_for),
        "transaction_seconds": rounded(session.transaction_for),
        "last_statement": session.statement,
        "fingerprint": session.fingerprint,
        "holds_locks": session.holds_locks,
        "blocks": blocked.get(session.pid, []),
    }


def rounded(value: timedelta | None) -> float | None:
    """A duration as it leaves: seconds, to the millisecond."""
    return None if value is None else round(value.total_seconds(), 3)
