from tests.detectors.checks import all_found, check_found, check_silent
from tests.detectors.failures import CHECKOUT, JAVA, NOT_NULL, app_logs, clue, failure
from triage.detectors.serialization_failure import SerializationFailure
from triage.evidence import AppFrame
from triage.findings import Confidence, Severity

DETECTOR = SerializationFailure()
ERROR = clue(
    "psycopg2.errors.SerializationFailure",
    sqlstate="40001",
    message="could not serialize access due to concurrent update",
)


def test_logs_without_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs())


def test_other_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs(NOT_NULL, JAVA))


def test_a_deadlock_is_another() -> None:
    check_silent(DETECTOR, app_logs(clue(sqlstate="40P01", message="deadlock detected")))


def test_it_is_found_where_the_app_was() -> None:
    finding = check_found(
        DETECTOR, app_logs(failure(ERROR, 3)), Severity.WARNING, Confidence.HIGH, says="3 times, from "
    )
    assert finding.location
    assert (finding.location.file, finding.location.function) == (CHECKOUT.file, CHECKOUT.function)
    assert finding.details["occurrences"] == 3


def test_mariadbs_number() -> None:
    check_found(DETECTOR, app_logs(clue("pymysql.err.OperationalError", errno=1020)))


def test_each_function_is_a_finding_and_a_line_is_not() -> None:
    moved = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=43, function=CHECKOUT.function))
    other = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=90, function="refund"))
    (before,) = all_found(DETECTOR, app_logs(ERROR))
    findings = all_found(DETECTOR, app_logs(moved, other))
    assert len({finding.key for finding in findings}) == 2
    assert before.key in {finding.key for finding in findings}


def test_a_replica_advises_no_locks() -> None:
    message = "canceling statement due to conflict with recovery"
    error = clue("psycopg2.errors.SerializationFailure", sqlstate="40001", message=message)
    finding = check_found(DETECTOR, app_logs(error), says="A replica ended the query")
    assert "with_for_update" not in finding.remediation
