from tests.detectors.checks import all_found, check_found, check_silent
from tests.detectors.failures import CHECKOUT, DUPLICATE, JAVA, NOT_NULL, app_logs, clue, failure
from triage.detectors.duplicate_key import DuplicateKey
from triage.detectors.pending_rollback import PendingRollback
from triage.evidence import AppFrame, Preceding
from triage.findings import Confidence, Severity

DETECTOR = PendingRollback()
ERROR = clue(
    "sqlalchemy.exc.PendingRollbackError", code="7s2a", message="This Session's transaction has been rolled back"
)


def test_logs_without_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs())


def test_other_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs(NOT_NULL, JAVA))


def test_it_is_found_where_the_app_was() -> None:
    finding = check_found(
        DETECTOR, app_logs(failure(ERROR, 3)), Severity.WARNING, Confidence.HIGH, says="3 times, from "
    )
    assert finding.location
    assert (finding.location.file, finding.location.function) == (CHECKOUT.file, CHECKOUT.function)
    assert finding.details["occurrences"] == 3


def test_postgresqls_code() -> None:
    check_found(DETECTOR, app_logs(clue("psycopg2.errors.InFailedSqlTransaction", sqlstate="25P02")))


def test_after_a_lost_connection() -> None:
    check_found(DETECTOR, app_logs(clue("sqlalchemy.exc.PendingRollbackError", code="8s2b")))


def test_each_function_is_a_finding_and_a_line_is_not() -> None:
    moved = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=43, function=CHECKOUT.function))
    other = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=90, function="refund"))
    (before,) = all_found(DETECTOR, app_logs(ERROR))
    findings = all_found(DETECTOR, app_logs(moved, other))
    assert len({finding.key for finding in findings}) == 2
    assert before.key in {finding.key for finding in findings}


def test_it_points_to_the_error_that_its_message_quotes() -> None:
    quoted = failure(
        ERROR, 2, original=clue("sqlite3.IntegrityError", message="UNIQUE constraint failed: authors.email")
    )
    finding = check_found(DETECTOR, app_logs(quoted), says="It came after duplicate-key: UNIQUE constraint failed")
    assert finding.details["causes"][0]["key"] is None  # type: ignore[index]


def test_it_points_to_the_error_before_it_in_the_same_worker() -> None:
    before = failure(DUPLICATE, frame=AppFrame(file="/srv/shop/users.py", function="sign_up"))
    aborted = failure(
        clue("psycopg2.errors.InFailedSqlTransaction", sqlstate="25P02"), after=(Preceding(index=0, count=1),)
    )
    logs = app_logs(before, aborted)
    finding = check_found(DETECTOR, logs, says="It came after duplicate-key in sign_up")
    (cause,) = DuplicateKey().detect(logs)
    assert finding.details["causes"][0]["key"] == cause.key  # type: ignore[index]


def test_where_nothing_is_known_of_it_that_is_said() -> None:
    check_found(DETECTOR, app_logs(ERROR), says="What failed before it is not in the log.")
