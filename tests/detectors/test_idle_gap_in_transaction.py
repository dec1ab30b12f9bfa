from datetime import timedelta
from typing import Any

from tests.detectors.build import MINUTE, SECOND, TICK
from tests.detectors.checks import check_found, check_silent
from tests.detectors.repetitions.logs import AUTHOR, UPDATE, logs
from triage.detectors.idle_gap_in_transaction import IdleGapInTransaction
from triage.evidence import Evidence, PauseStats
from triage.findings import Confidence, Severity

DETECTOR = IdleGapInTransaction()


def paused(longest: timedelta, before: str = AUTHOR, after: str = UPDATE, **fields: Any) -> Evidence:
    pause = {"count": 3, "estimated": 0, "total": 2 * longest, **fields}
    return logs(pauses=(PauseStats(before=before, after=after, longest=longest, **pause),))


def test_a_log_without_pauses_is_silent() -> None:
    check_silent(DETECTOR, logs())


def test_an_empty_transaction_is_silent() -> None:
    check_silent(DETECTOR, paused(MINUTE, "BEGIN", "COMMIT or ROLLBACK"))


def test_what_may_be_a_slow_statement_is_no_more_than_a_hint() -> None:
    check_found(DETECTOR, paused(10 * MINUTE, estimated=3), Severity.INFO, Confidence.LOW, says="the statement itself")


def test_a_pause_in_a_log_with_gaps_is_one_of_them() -> None:
    check_silent(DETECTOR, paused(10 * MINUTE, confirmed=False))


def test_work_between_two_statements() -> None:
    finding = check_found(
        DETECTOR, paused(7 * SECOND), Severity.WARNING, Confidence.HIGH, says=("3 times", "up to 7.0 s")
    )
    assert finding.details["longest_seconds"] == 7
    assert finding.runbook == "slow-work-in-transaction"


def test_one_second_is_a_hint_five_are_a_warning_five_minutes_critical() -> None:
    check_silent(DETECTOR, paused(SECOND - TICK))
    check_found(DETECTOR, paused(SECOND), Severity.INFO)
    check_found(DETECTOR, paused(5 * SECOND - TICK), Severity.INFO)
    check_found(DETECTOR, paused(5 * SECOND), Severity.WARNING)
    check_found(DETECTOR, paused(5 * MINUTE - TICK), Severity.WARNING)
    check_found(DETECTOR, paused(5 * MINUTE), Severity.CRITICAL)
