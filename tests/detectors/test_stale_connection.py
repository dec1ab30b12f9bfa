from tests.detectors.checks import all_found, check_found, check_silent
from tests.detectors.failures import CHECKOUT, JAVA, NOT_NULL, app_logs, clue, failure
from triage.detectors.stale_connection import StaleConnection
from triage.evidence import AppFrame
from triage.findings import Confidence, Severity

DETECTOR = StaleConnection()
ERROR = clue("psycopg2.OperationalError", code="e3q8", message="server closed the connection unexpectedly")


def test_logs_without_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs())


def test_other_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs(NOT_NULL, JAVA))


def test_a_server_that_is_not_there() -> None:
    check_silent(
        DETECTOR,
        app_logs(
            clue("psycopg2.OperationalError", code="e3q8", message="connection to server failed: Connection refused")
        ),
    )


def test_the_servers_idle_transaction_timeout() -> None:
    check_silent(
        DETECTOR,
        app_logs(
            clue(
                message="terminating connection due to idle-in-transaction timeout server closed the connection unexpectedly"
            )
        ),
    )


def test_the_same_as_asyncpg_reports_it() -> None:
    message = (
        "connection was closed in the middle of operation: terminating connection due to idle-in-transaction timeout"
    )
    check_silent(
        DETECTOR, app_logs(clue("asyncpg.exceptions.ConnectionDoesNotExistError", sqlstate="08003", message=message))
    )


def test_a_pool_carried_over_fork() -> None:
    check_silent(
        DETECTOR, app_logs(clue("psycopg2.OperationalError", message="SSL error: decryption failed or bad record mac"))
    )


def test_it_is_found_where_the_app_was() -> None:
    finding = check_found(
        DETECTOR, app_logs(failure(ERROR, 3)), Severity.WARNING, Confidence.HIGH, says="3 times, from "
    )
    assert finding.location
    assert (finding.location.file, finding.location.function) == (CHECKOUT.file, CHECKOUT.function)
    assert finding.details["occurrences"] == 3


def test_the_server_was_restarted() -> None:
    check_found(DETECTOR, app_logs(clue("psycopg2.errors.AdminShutdown", sqlstate="57P01")))


def test_any_code_of_its_class() -> None:
    check_found(DETECTOR, app_logs(clue("asyncpg.exceptions.ConnectionDoesNotExistError", sqlstate="08003")))


def test_mysqls_number_2006() -> None:
    check_found(DETECTOR, app_logs(clue("pymysql.err.OperationalError", errno=2006)))


def test_mysqls_number_2013() -> None:
    check_found(DETECTOR, app_logs(clue("pymysql.err.OperationalError", errno=2013)))


def test_mysqls_number_4031() -> None:
    check_found(DETECTOR, app_logs(clue("pymysql.err.OperationalError", errno=4031)))


def test_asyncpgs_words() -> None:
    check_found(DETECTOR, app_logs(clue("asyncpg.exceptions._base.InterfaceError", message="connection is closed")))


def test_each_function_is_a_finding_and_a_line_is_not() -> None:
    moved = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=43, function=CHECKOUT.function))
    other = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=90, function="refund"))
    (before,) = all_found(DETECTOR, app_logs(ERROR))
    findings = all_found(DETECTOR, app_logs(moved, other))
    assert len({finding.key for finding in findings}) == 2
    assert before.key in {finding.key for finding in findings}


def test_a_connection_that_the_app_closed_itself_is_not_lost() -> None:
    closed = clue("sqlalchemy.exc.ResourceClosedError", message="This Connection is closed")
    check_silent(DETECTOR, app_logs(closed))
