from datetime import timedelta

from tests.detectors.build import NOW
from tests.detectors.checks import all_found, check_found, check_silent
from tests.detectors.repetitions.logs import UPDATE, logs
from triage.detectors.deadlock import Deadlock
from triage.evidence import DeadlockEvent
from triage.findings import Confidence, Severity

DETECTOR = Deadlock()
OTHER = "UPDATE books SET title = ? WHERE books.id = ?"


def test_a_log_without_deadlocks_is_silent() -> None:
    check_silent(DETECTOR, logs())


def test_a_deadlock() -> None:
    event = DeadlockEvent(at=NOW, statements=(UPDATE, OTHER))
    finding = check_found(DETECTOR, logs(deadlocks=(event,)), Severity.WARNING, Confidence.HIGH, says="1 deadlock:")
    assert finding.details == {"statements": [UPDATE, OTHER], "last": NOW.isoformat()}


def test_deadlocks_of_the_same_statements_are_one_finding_whoever_lost() -> None:
    events = (
        DeadlockEvent(at=NOW, statements=(UPDATE, OTHER)),
        DeadlockEvent(at=NOW + timedelta(hours=1), statements=(OTHER, UPDATE)),
    )
    finding = check_found(DETECTOR, logs(deadlocks=events), says="2 deadlocks")
    assert finding.details["last"] == (NOW + timedelta(hours=1)).isoformat()


def test_deadlocks_of_other_statements_are_another() -> None:
    events = (DeadlockEvent(at=NOW, statements=(UPDATE,)), DeadlockEvent(at=None, statements=(OTHER,)))
    assert len(all_found(DETECTOR, logs(deadlocks=events))) == 2


def test_a_log_that_does_not_say_which_statements() -> None:
    check_found(DETECTOR, logs(deadlocks=(DeadlockEvent(at=None, statements=()),)), says="ended 1 deadlock.")
