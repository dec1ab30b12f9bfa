from dataclasses import replace
from datetime import timedelta

from tests.detectors.build import NOW
from tests.detectors.checks import all_found, check_found, check_silent
from tests.detectors.failures import NOT_NULL, app_logs, clue, failure
from tests.detectors.repetitions.logs import UPDATE, logs
from triage.detectors.deadlock import Deadlock
from triage.evidence import DeadlockEvent
from triage.findings import Confidence, Severity

DETECTOR = Deadlock()
OTHER = "UPDATE books SET title = ? WHERE books.id = ?"


def test_a_log_without_deadlocks_is_silent() -> None:
    check_silent(DETECTOR, logs())


def test_other_errors_of_an_application_are_silent() -> None:
    check_silent(DETECTOR, app_logs(NOT_NULL, clue(errno=1205, message="Lock wait timeout exceeded")))


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


def test_its_victims_in_an_applications_log() -> None:
    mysqls = clue("pymysql.err.OperationalError", errno=1213, message="Deadlock found when trying to get lock")
    postgresqls = clue("psycopg2.errors.DeadlockDetected", sqlstate="40P01", message="deadlock detected")
    for error in (mysqls, postgresqls):
        finding = check_found(DETECTOR, app_logs(failure(error, 2)), Severity.WARNING, Confidence.HIGH, says="2 times")
        assert finding.location
        assert finding.location.function == "checkout"


def test_both_logs_link_what_they_show() -> None:
    events = logs(deadlocks=(DeadlockEvent(at=NOW, statements=(UPDATE, OTHER)),))
    both = replace(events, app_logs=app_logs(clue(sqlstate="40P01", message="deadlock detected")).app_logs)
    server, app = all_found(DETECTOR, both)
    assert app.details["related"] == [server.key]
