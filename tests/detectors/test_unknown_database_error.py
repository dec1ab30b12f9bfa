from tests.detectors.checks import all_found, check_found, check_silent
from tests.detectors.failures import CHECKOUT, DUPLICATE, LOST, NOT_NULL, PENDING, QUEUE_POOL, app_logs, clue, failure
from triage.detectors.unknown_database_error import UnknownDatabaseError
from triage.evidence import AppFrame
from triage.findings import Confidence, Severity

DETECTOR = UnknownDatabaseError()
ERROR = NOT_NULL


def test_logs_without_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs())


def test_errors_that_others_claim_are_silent() -> None:
    check_silent(DETECTOR, app_logs(DUPLICATE, QUEUE_POOL, PENDING, LOST))


def test_a_warning_is_no_error() -> None:
    check_silent(
        DETECTOR, app_logs(clue("sqlalchemy.exc.SAWarning", message="SELECT statement has a cartesian product"))
    )


def test_words_alone_are_no_error() -> None:
    check_silent(DETECTOR, app_logs(clue(message="hello world")))


def test_two_kinds_in_one_function_are_two_findings() -> None:
    syntax = clue("psycopg2.errors.SyntaxError", sqlstate="42601", message="syntax error")
    assert len({finding.key for finding in all_found(DETECTOR, app_logs(NOT_NULL, syntax))}) == 2


def test_it_is_found_where_the_app_was() -> None:
    finding = check_found(DETECTOR, app_logs(failure(ERROR, 3)), Severity.INFO, Confidence.HIGH, says="3 times, from ")
    assert finding.location
    assert (finding.location.file, finding.location.function) == (CHECKOUT.file, CHECKOUT.function)
    assert finding.details["occurrences"] == 3


def test_each_function_is_a_finding_and_a_line_is_not() -> None:
    moved = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=43, function=CHECKOUT.function))
    other = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=90, function="refund"))
    (before,) = all_found(DETECTOR, app_logs(ERROR))
    findings = all_found(DETECTOR, app_logs(moved, other))
    assert len({finding.key for finding in findings}) == 2
    assert before.key in {finding.key for finding in findings}
