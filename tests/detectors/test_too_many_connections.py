from tests.detectors.build import limit
from tests.detectors.checks import all_found, check_found, check_silent
from tests.detectors.failures import CHECKOUT, JAVA, NOT_NULL, app_logs, clue, failure, with_live_look
from triage.detectors.too_many_connections import TooManyConnections
from triage.evidence import AppFrame
from triage.findings import Confidence, Severity

DETECTOR = TooManyConnections()
ERROR = clue(
    "psycopg2.OperationalError", code="e3q8", message="connection failed: FATAL: sorry, too many clients already"
)


def test_logs_without_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs())


def test_other_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs(NOT_NULL, JAVA))


def test_a_pool_that_has_none_left() -> None:
    check_silent(
        DETECTOR,
        app_logs(
            clue("sqlalchemy.exc.TimeoutError", code="3o7r", message="QueuePool limit of size 5 overflow 10 reached")
        ),
    )


def test_it_is_found_where_the_app_was() -> None:
    finding = check_found(
        DETECTOR, app_logs(failure(ERROR, 3)), Severity.CRITICAL, Confidence.HIGH, says="3 times, from "
    )
    assert finding.location
    assert (finding.location.file, finding.location.function) == (CHECKOUT.file, CHECKOUT.function)
    assert finding.details["occurrences"] == 3


def test_before_version_16() -> None:
    check_found(
        DETECTOR,
        app_logs(
            clue(
                "psycopg2.OperationalError",
                message="FATAL: remaining connection slots are reserved for non-replication superuser connections",
            )
        ),
    )


def test_mysqls_number_1040() -> None:
    check_found(DETECTOR, app_logs(clue("pymysql.err.OperationalError", errno=1040)))


def test_mysqls_number_1203() -> None:
    check_found(DETECTOR, app_logs(clue("pymysql.err.OperationalError", errno=1203)))


def test_mysqls_number_1226() -> None:
    check_found(DETECTOR, app_logs(clue("pymysql.err.OperationalError", errno=1226)))


def test_each_function_is_a_finding_and_a_line_is_not() -> None:
    moved = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=43, function=CHECKOUT.function))
    other = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=90, function="refund"))
    (before,) = all_found(DETECTOR, app_logs(ERROR))
    findings = all_found(DETECTOR, app_logs(moved, other))
    assert len({finding.key for finding in findings}) == 2
    assert before.key in {finding.key for finding in findings}


def test_how_full_the_server_is_now_is_told() -> None:
    live = with_live_look(app_logs(ERROR), limits=(limit(100, in_use=97, reserved=3),))
    assert check_found(DETECTOR, live, says="Now 97 of 97 are in use").details["related"] == ["connection-saturation"]


def test_a_limit_on_statements_has_the_same_number() -> None:
    message = "User 'app' has exceeded the 'max_questions' resource (current value: ?)"
    check_silent(DETECTOR, app_logs(clue("pymysql.err.OperationalError", errno=1226, message=message)))
