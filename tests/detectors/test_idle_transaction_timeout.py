from tests.detectors.checks import all_found, check_found, check_silent
from tests.detectors.failures import CHECKOUT, JAVA, NOT_NULL, app_logs, clue, failure
from triage.detectors.idle_transaction_timeout import IdleTransactionTimeout
from triage.evidence import AppFrame
from triage.findings import Confidence, Severity

DETECTOR = IdleTransactionTimeout()
ERROR = clue(
    "psycopg2.errors.IdleInTransactionSessionTimeout",
    sqlstate="25P03",
    message="terminating connection due to idle-in-transaction timeout server closed the connection unexpectedly",
)


def test_logs_without_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs())


def test_other_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs(NOT_NULL, JAVA))


def test_an_idle_session_is_not_in_a_transaction() -> None:
    check_silent(
        DETECTOR, app_logs(clue(sqlstate="57P05", message="terminating connection due to idle-session timeout"))
    )


def test_it_is_found_where_the_app_was() -> None:
    finding = check_found(
        DETECTOR, app_logs(failure(ERROR, 3)), Severity.WARNING, Confidence.HIGH, says="3 times, from "
    )
    assert finding.location
    assert (finding.location.file, finding.location.function) == (CHECKOUT.file, CHECKOUT.function)
    assert finding.details["occurrences"] == 3


def test_the_words_alone_though_the_connection_is_lost() -> None:
    check_found(
        DETECTOR,
        app_logs(
            clue(
                "psycopg2.OperationalError",
                message="terminating connection due to idle-in-transaction timeout SSL connection has been closed unexpectedly",
            )
        ),
    )


def test_each_function_is_a_finding_and_a_line_is_not() -> None:
    moved = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=43, function=CHECKOUT.function))
    other = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=90, function="refund"))
    (before,) = all_found(DETECTOR, app_logs(ERROR))
    findings = all_found(DETECTOR, app_logs(moved, other))
    assert len({finding.key for finding in findings}) == 2
    assert before.key in {finding.key for finding in findings}
