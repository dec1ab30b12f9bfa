from tests.detectors.build import SECOND, TICK, bounded, leaked, several
from tests.detectors.checks import all_found, check_found, check_silent
from tests.detectors.failures import CHECKOUT, JAVA, NOT_NULL, app_logs, clue, failure, with_live_look
from triage.detectors.pool_timeout import PoolTimeout
from triage.evidence import AppFrame
from triage.findings import Confidence, Severity

DETECTOR = PoolTimeout()
ERROR = clue(
    "sqlalchemy.exc.TimeoutError",
    code="3o7r",
    message="QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00",
)


def test_logs_without_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs())


def test_other_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs(NOT_NULL, JAVA))


def test_any_other_timeout() -> None:
    check_silent(DETECTOR, app_logs(clue("TimeoutError", message="timed out"), clue("asyncio.exceptions.TimeoutError")))


def test_a_server_that_is_full() -> None:
    check_silent(DETECTOR, app_logs(clue(sqlstate="53300", message="sorry, too many clients already")))


def test_it_is_found_where_the_app_was() -> None:
    finding = check_found(
        DETECTOR, app_logs(failure(ERROR, 3)), Severity.CRITICAL, Confidence.HIGH, says="3 times, from "
    )
    assert finding.location
    assert (finding.location.file, finding.location.function) == (CHECKOUT.file, CHECKOUT.function)
    assert finding.details["occurrences"] == 3


def test_the_words_alone() -> None:
    check_found(DETECTOR, app_logs(clue(message="QueuePool limit of size 5 overflow 10 reached, connection timed out")))


def test_each_function_is_a_finding_and_a_line_is_not() -> None:
    moved = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=43, function=CHECKOUT.function))
    other = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=90, function="refund"))
    (before,) = all_found(DETECTOR, app_logs(ERROR))
    findings = all_found(DETECTOR, app_logs(moved, other))
    assert len({finding.key for finding in findings}) == 2
    assert before.key in {finding.key for finding in findings}


def test_sessions_that_sit_idle_in_transaction_now_hold_it() -> None:
    live = with_live_look(app_logs(ERROR), *several(leaked(idle=2 * SECOND), 3))
    finding = check_found(DETECTOR, live, says="3 sessions of the app sit idle in transaction now")
    assert finding.runbook == "session-leak"
    assert finding.details["related"] == ["idle-in-transaction"]


def test_a_session_that_has_just_gone_idle_does_not() -> None:
    edge = with_live_look(app_logs(ERROR), leaked(idle=SECOND - TICK))
    assert check_found(DETECTOR, edge, says="no session of the app sits idle").runbook == "pool-sizing"
    assert check_found(DETECTOR, with_live_look(app_logs(ERROR), leaked(idle=SECOND))).runbook == "session-leak"


def test_leaks_that_the_log_shows_hold_it() -> None:
    leak = clue("SAWarning", message="The garbage collector is trying to clean up non-checked-in connection")
    finding = check_found(
        DETECTOR, app_logs(failure(ERROR, 4), failure(leak, 9)), says="the garbage collector found (9)"
    )
    assert finding.runbook == "session-leak"


def test_slow_statements_that_the_log_shows_hold_it() -> None:
    slow = clue(sqlstate="57014", message="canceling statement due to statement timeout")
    finding = check_found(DETECTOR, app_logs(ERROR, failure(slow, 2)), says="a timeout ended them (2)")
    assert finding.runbook == "pool-sizing"
    assert finding.details["held_by"] == [{"finding": "statement-timeout", "count": 2}]


def test_the_pools_size_is_told_where_the_engine_config_has_it() -> None:
    check_found(DETECTOR, with_live_look(app_logs(ERROR), engines=[bounded(5, 10)]), says="allows 15 connections")
