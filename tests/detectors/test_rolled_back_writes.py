from typing import Any

from tests.detectors.checks import all_found, check_found, check_silent
from tests.detectors.repetitions.logs import INSERT, UPDATE, logs
from triage.detectors.rolled_back_writes import RolledBackWrites
from triage.evidence import WriteStats
from triage.findings import Confidence, Severity

DETECTOR = RolledBackWrites()


def write(
    statement: str = INSERT, *, committed: int = 0, rolled_back: int = 0, lost: int = 0, **fields: Any
) -> WriteStats:
    return WriteStats(statement=statement, committed=committed, rolled_back=rolled_back, lost=lost, **fields)


def test_a_write_that_is_committed_is_silent() -> None:
    check_silent(DETECTOR, logs(writes=(write(committed=5),)))


def test_a_write_that_is_committed_at_other_times_is_rolled_back_on_purpose() -> None:
    check_silent(DETECTOR, logs(writes=(write(committed=1), write(rolled_back=50))))


def test_a_write_that_is_never_committed() -> None:
    finding = check_found(
        DETECTOR, logs(writes=(write(rolled_back=3),)), Severity.WARNING, Confidence.HIGH, says="never committed"
    )
    assert finding.details == {"statement": INSERT, "rolled_back": 3, "lost": 0}


def test_a_commit_after_an_error_loses_writes_whatever_else_is_committed() -> None:
    check_found(
        DETECTOR, logs(writes=(write(committed=9, lost=1),)), Severity.WARNING, Confidence.HIGH, says="COMMIT after"
    )


def test_a_log_with_gaps_may_lack_the_commit() -> None:
    check_found(DETECTOR, logs(writes=(write(rolled_back=3, confirmed=False),)), confidence=Confidence.LOW, says="Susp")


def test_each_write_is_a_finding() -> None:
    assert len(all_found(DETECTOR, logs(writes=(write(rolled_back=3), write(UPDATE, rolled_back=3))))) == 2


def test_fewer_than_three_are_no_more_than_a_hint() -> None:
    check_found(DETECTOR, logs(writes=(write(rolled_back=1),)), Severity.INFO, Confidence.LOW)
    check_found(DETECTOR, logs(writes=(write(rolled_back=2),)), Severity.INFO, Confidence.LOW)
    check_found(DETECTOR, logs(writes=(write(rolled_back=3),)), Severity.WARNING, Confidence.HIGH)
