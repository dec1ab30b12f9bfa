"""Evidence of application logs as literals, and the errors that more than one test asks about."""

from dataclasses import replace
from typing import Any

from tests.detectors.build import HOUR, NOW, evidence
from triage.evidence import AppFrame, AppLogs, ErrorClue, Evidence, FailureStats

CHECKOUT = AppFrame(file="/srv/shop/orders.py", line=42, function="checkout")


def clue(*classes: str, **fields: Any) -> ErrorClue:
    return ErrorClue(classes=classes, **fields)


def failure(error: ErrorClue, count: int = 1, *, frame: AppFrame | None = CHECKOUT, **fields: Any) -> FailureStats:
    """So many errors within an hour before the look, in the function checkout."""
    times = {
        "first": NOW - HOUR,
        "last": NOW if count > 1 else NOW - HOUR,
        "bucket": HOUR,
        "counts": ((NOW - HOUR, count),),
    }
    return FailureStats(clue=error, frame=frame, count=count, **{**times, **fields})


def app_logs(*failures: FailureStats | ErrorClue, **fields: Any) -> Evidence:
    """Application logs in which these were, and no look at anything else."""
    found = tuple(each if isinstance(each, FailureStats) else failure(each) for each in failures)
    return Evidence(collected_at=NOW, app_logs=AppLogs(failures=found), **fields)


def with_live_look(logs: Evidence, *sessions: Any, **fields: Any) -> Evidence:
    """The same logs, and a look at the database."""
    return replace(evidence(*sessions, **fields), app_logs=logs.app_logs)


NOT_NULL = clue(
    "sqlalchemy.exc.IntegrityError",
    "psycopg2.errors.NotNullViolation",
    code="gkpj",
    sqlstate="23502",
    message='null value in column "title" violates not-null constraint',
)
"""An error that is nobody's."""
DUPLICATE = clue(
    "sqlalchemy.exc.IntegrityError",
    "psycopg2.errors.UniqueViolation",
    code="gkpj",
    sqlstate="23505",
    message='duplicate key value violates unique constraint "authors_email_key"',
)
QUEUE_POOL = clue(
    "sqlalchemy.exc.TimeoutError",
    code="3o7r",
    message="QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00",
)
PENDING = clue(
    "sqlalchemy.exc.PendingRollbackError", code="7s2a", message="This Session's transaction has been rolled back"
)
LOST = clue(
    "sqlalchemy.exc.OperationalError",
    "psycopg2.OperationalError",
    code="e3q8",
    message="server closed the connection unexpectedly",
)
JAVA = clue("java.util.concurrent.TimeoutError", message="the pool has no connection left")
"""Not ours at all."""
