from datetime import timedelta
from typing import Any

from tests.detectors.build import MINUTE, NOW, SECOND, TICK
from tests.detectors.checks import all_found, check_found, check_silent
from tests.detectors.repetitions.logs import AUTHOR, UPDATE, logs
from triage.detectors.unfinished_transaction import UnfinishedTransaction
from triage.evidence import Evidence, UnfinishedTransactionEvent
from triage.findings import Confidence, Severity

DETECTOR = UnfinishedTransaction()


def event(idle: timedelta | None = 2 * MINUTE, session: str = "7", **fields: Any) -> UnfinishedTransactionEvent:
    """A transaction that is open where the log ends."""
    given = {"last_statement": AUTHOR, "statements": 3, "writes": 0, "ended": "open-at-end", **fields}
    age = None if idle is None else idle + SECOND
    return UnfinishedTransactionEvent(session=session, opened_at=NOW, age=age, idle=idle, **given)


def disconnected(**fields: Any) -> UnfinishedTransactionEvent:
    return event(**{"ended": "disconnected", **fields})


def unfinished(*events: UnfinishedTransactionEvent, more: int = 0) -> Evidence:
    return logs(unfinished=events, unfinished_more=more)


def test_a_log_whose_transactions_end_is_silent() -> None:
    check_silent(DETECTOR, unfinished())


def test_a_log_with_gaps_may_lack_the_end() -> None:
    check_silent(DETECTOR, unfinished(event(confirmed=False), disconnected(confirmed=False)))


def test_a_log_without_sessions_proves_nothing() -> None:
    check_silent(DETECTOR, unfinished(event(session="")))


def test_one_at_work_where_the_log_ends_has_not_leaked() -> None:
    check_silent(DETECTOR, unfinished(event(SECOND), event(None)))


def test_an_empty_one_that_was_disconnected_is_silent() -> None:
    check_silent(DETECTOR, unfinished(disconnected(statements=0)))


def test_a_transaction_that_is_idle_where_the_log_ends() -> None:
    finding = check_found(DETECTOR, unfinished(event()), Severity.WARNING, Confidence.HIGH, says="still open")
    assert finding.details["session"] == "7"
    assert finding.details["opened_at"] == NOW.isoformat()
    assert (finding.details["statements"], finding.details["ended"]) == (3, "open-at-end")
    assert finding.details["last_statement"] == AUTHOR


def test_writes_that_were_lost_with_their_connection() -> None:
    check_found(
        DETECTOR,
        unfinished(disconnected(writes=2, last_statement=UPDATE)),
        Severity.WARNING,
        Confidence.HIGH,
        says=("loss of its connection", "Writes of 1 transaction are lost"),
    )


def test_a_script_that_only_read_and_ended_harms_nobody() -> None:
    check_found(DETECTOR, unfinished(disconnected()), Severity.INFO, Confidence.MEDIUM)


def test_transactions_with_one_last_statement_are_one_finding() -> None:
    (finding,) = all_found(DETECTOR, unfinished(event(), event(session="8"), more=4))
    assert finding.subject == "2 sessions"
    assert finding.details["sessions"] == ["7", "8"]
    assert finding.details["more_not_listed"] == 4


def test_one_minute_is_a_warning_five_are_critical() -> None:
    check_silent(DETECTOR, unfinished(event(MINUTE - TICK)))
    check_found(DETECTOR, unfinished(event(MINUTE)), Severity.WARNING)
    check_found(DETECTOR, unfinished(event(5 * MINUTE - TICK)), Severity.WARNING)
    check_found(DETECTOR, unfinished(event(5 * MINUTE)), Severity.CRITICAL)
