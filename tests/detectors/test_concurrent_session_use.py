import pytest

from tests.detectors.checks import all_found, check_found, check_silent
from tests.detectors.failures import CHECKOUT, JAVA, NOT_NULL, app_logs, clue, failure
from triage.detectors.concurrent_session_use import ConcurrentSessionUse
from triage.evidence import AppFrame
from triage.findings import Confidence, Severity

DETECTOR = ConcurrentSessionUse()
ERROR = clue(
    "sqlalchemy.exc.InvalidRequestError",
    code="isce",
    message="This session is provisioning a new connection; concurrent operations are not permitted",
)


def test_logs_without_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs())


def test_other_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs(NOT_NULL, JAVA))


def test_it_is_found_where_the_app_was() -> None:
    finding = check_found(
        DETECTOR, app_logs(failure(ERROR, 3)), Severity.CRITICAL, Confidence.HIGH, says="3 times, from "
    )
    assert finding.location
    assert (finding.location.file, finding.location.function) == (CHECKOUT.file, CHECKOUT.function)
    assert finding.details["occurrences"] == 3


def test_asyncpg_says_it_in_words() -> None:
    check_found(
        DETECTOR,
        app_logs(
            clue(
                "asyncpg.exceptions._base.InterfaceError",
                message="cannot perform operation: another operation is in progress",
            )
        ),
    )


def test_mysql_answers_out_of_order() -> None:
    check_found(
        DETECTOR, app_logs(clue("pymysql.err.InternalError", message="Packet sequence number wrong - got 1 expected 2"))
    )


def test_the_wrong_event_loop() -> None:
    check_found(DETECTOR, app_logs(clue("RuntimeError", message="Task got Future attached to a different loop")))


def test_an_answer_that_belongs_to_anothers_question() -> None:
    message = "error with status PGRES_TUPLES_OK and no message from the libpq"
    finding = check_found(DETECTOR, app_logs(clue("psycopg2.DatabaseError", code="4xp6", message=message)))
    assert finding.details["shared_by"] == "processes"


@pytest.mark.parametrize("reason", ["[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC] …", "[SSL] sslv3 alert bad record mac"])
def test_a_lost_connection_of_mysql_whose_reason_is_another_process(reason: str) -> None:
    error = clue("pymysql.err.OperationalError", errno=2013, message=f"Lost connection to MySQL server ({reason})")
    assert check_found(DETECTOR, app_logs(error)).details["shared_by"] == "processes"
    lost = clue("pymysql.err.OperationalError", errno=2013, message="Lost connection to MySQL server (timed out)")
    check_silent(DETECTOR, app_logs(lost))


def test_a_pool_carried_over_fork() -> None:
    check_found(
        DETECTOR, app_logs(clue("psycopg2.OperationalError", message="SSL error: decryption failed or bad record mac"))
    )


def test_each_function_is_a_finding_and_a_line_is_not() -> None:
    moved = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=43, function=CHECKOUT.function))
    other = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=90, function="refund"))
    (before,) = all_found(DETECTOR, app_logs(ERROR))
    findings = all_found(DETECTOR, app_logs(moved, other))
    assert len({finding.key for finding in findings}) == 2
    assert before.key in {finding.key for finding in findings}
