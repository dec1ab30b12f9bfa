from datetime import timedelta

import pytest

from tests.detectors.build import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    TICK,
    aborted,
    active,
    engine,
    evidence,
    leaked,
    person,
    server,
    session,
    several,
    waiter,
)
from tests.detectors.checks import check_found, check_silent
from triage.detectors.missing_timeouts import MissingTimeouts
from triage.evidence import Backend, LockSnapshot, SessionSnapshot, SettingOverride
from triage.findings import Severity

DETECTOR = MissingTimeouts()
IDLE = "idle_in_transaction_session_timeout"
ALL_OFF = server(idle_in_transaction_session_timeout=None, lock_timeout=None, statement_timeout=None)
IDLE_SET = server(idle_in_transaction_session_timeout=MINUTE, lock_timeout=None, statement_timeout=None)
STUCK = leaked(idle=HOUR)


# Silent


def test_a_timeout_that_is_off_is_no_problem_by_itself() -> None:
    check_silent(DETECTOR, evidence(*several(session(in_state=DAY), 15), active(1), server=ALL_OFF))


def test_a_timeout_that_is_set_is_silent() -> None:
    check_silent(DETECTOR, evidence(STUCK, server=IDLE_SET))


def test_a_timeout_the_server_does_not_have_is_silent() -> None:
    check_silent(DETECTOR, evidence(STUCK, server=server(statement_timeout=None)))


@pytest.mark.parametrize("scope", [{"role": "app"}, {"database": "shop"}, {"role": "app", "database": "shop"}])
def test_a_timeout_set_for_the_role_or_the_database_counts(scope: dict[str, str]) -> None:
    own = SettingOverride(name=IDLE, value=MINUTE, **scope)
    off = server(own, idle_in_transaction_session_timeout=None)
    check_silent(DETECTOR, evidence(STUCK, server=off))


def test_a_timeout_the_app_asks_for_counts() -> None:
    asks = engine(connect_options={IDLE: "60s"})
    check_silent(DETECTOR, evidence(STUCK, server=ALL_OFF, engines=[asks]))


def test_a_person_does_not_need_one() -> None:
    check_silent(DETECTOR, evidence(person(idle=DAY), server=ALL_OFF))


def test_pg_dump_does_not_need_one() -> None:
    check_silent(DETECTOR, evidence(active(running=DAY, application_name="pg_dump"), server=ALL_OFF))


def test_another_databases_session_is_silent() -> None:
    check_silent(DETECTOR, evidence(leaked(idle=HOUR, database="billing"), server=ALL_OFF))


def test_an_advisory_lock_holder_must_not_be_timed_out() -> None:
    """The timeout would end the leader, who waits on purpose."""
    check_silent(DETECTOR, evidence(leaked(idle=DAY, holds_advisory_lock=True), server=ALL_OFF))


def test_who_waits_for_an_advisory_lock_must_not_be_timed_out() -> None:
    follower = waiter(2, 1, waited=DAY, lock=LockSnapshot(type="advisory"))
    check_silent(DETECTOR, evidence(session(1, holds_advisory_lock=True), follower, server=ALL_OFF))


def test_a_transaction_timeout_ends_them_too() -> None:
    """PostgreSQL 17 can end a transaction by its age, whatever it does."""
    bounded = server(idle_in_transaction_session_timeout=None, transaction_timeout=2 * HOUR)
    check_silent(DETECTOR, evidence(STUCK, server=bounded))


def test_the_two_halves_of_mariadbs_timeout_are_as_good_as_the_whole() -> None:
    halves = server(
        idle_transaction_timeout=None, idle_write_transaction_timeout=MINUTE, idle_readonly_transaction_timeout=MINUTE
    )
    check_silent(DETECTOR, evidence(STUCK, server=halves, backend=Backend.MARIADB))


def test_mysql_has_no_timeout_for_idle_transactions() -> None:
    check_silent(DETECTOR, evidence(STUCK, server=server(max_execution_time=None), backend=Backend.MYSQL))


def test_sessions_without_ages_are_silent() -> None:
    check_silent(DETECTOR, evidence(leaked(idle=None), active(2, None), server=ALL_OFF))


# Found


def test_a_leak_that_nothing_will_end_is_an_info() -> None:
    finding = check_found(
        DETECTOR,
        evidence(*several(STUCK, 3), server=ALL_OFF),
        Severity.INFO,
        says=(f"{IDLE} is off for app", "3 sessions that are stuck now, for up to 1 h."),
    )
    assert finding.details["missing"] == [IDLE]
    assert finding.details["roles"] == ["app"]


def test_a_failed_transaction_counts() -> None:
    check_found(DETECTOR, evidence(aborted(idle=HOUR), server=ALL_OFF), says=IDLE)


def test_a_long_wait_names_lock_timeout() -> None:
    check_found(DETECTOR, evidence(waiter(2, 1), server=ALL_OFF), says="lock_timeout is off")


def test_a_long_query_names_statement_timeout() -> None:
    check_found(DETECTOR, evidence(active(running=HOUR), server=ALL_OFF), says="statement_timeout is off")


def test_all_are_one_finding() -> None:
    stuck = STUCK, waiter(2, 101, waited=MINUTE), active(3, HOUR)
    finding = check_found(DETECTOR, evidence(*stuck, server=ALL_OFF), says="are off for app")
    assert finding.details["missing"] == [IDLE, "lock_timeout", "statement_timeout"]
    assert finding.details["sessions"] == [2, 3, 101]


def test_mariadb_has_one_for_idle_transactions() -> None:
    off = server(idle_transaction_timeout=None, max_statement_time=None)
    check_found(DETECTOR, evidence(STUCK, server=off, backend=Backend.MARIADB), says="idle_transaction_timeout is off")


def test_mysql_has_one_for_queries() -> None:
    off = server(max_execution_time=None)
    check_found(DETECTOR, evidence(active(running=HOUR), server=off, backend=Backend.MYSQL), says="max_execution_time")


def test_wait_timeout_ends_them_in_the_end() -> None:
    """MySQL and MariaDB end a session that says nothing for eight hours, in a transaction or not."""
    off = server(idle_transaction_timeout=None, wait_timeout=8 * HOUR)
    assert "never" not in check_found(DETECTOR, evidence(STUCK, server=off, backend=Backend.MARIADB)).summary


def test_a_timeout_that_the_role_switches_off_is_off() -> None:
    own = SettingOverride(name=IDLE, value=None, role="app")
    check_found(DETECTOR, evidence(STUCK, server=server(own, idle_in_transaction_session_timeout=MINUTE)))


def test_the_nearest_setting_decides() -> None:
    overrides = (
        SettingOverride(name=IDLE, value=MINUTE, database="shop"),
        SettingOverride(name=IDLE, value=None, role="app"),
    )
    check_found(DETECTOR, evidence(STUCK, server=server(*overrides, idle_in_transaction_session_timeout=MINUTE)))


@pytest.mark.parametrize("scope", [{"role": "batch"}, {"database": "billing"}, {"role": "app", "database": "billing"}])
def test_a_timeout_of_another_role_or_database_does_not_count(scope: dict[str, str]) -> None:
    other = SettingOverride(name=IDLE, value=MINUTE, **scope)
    check_found(DETECTOR, evidence(STUCK, server=server(other, idle_in_transaction_session_timeout=None)))


def test_another_databases_engine_asks_for_nothing_here() -> None:
    asks = engine(connect_options={IDLE: "60s"}, database="billing")
    check_found(DETECTOR, evidence(STUCK, server=ALL_OFF, engines=[asks]))


# Edges


@pytest.mark.parametrize(
    ("below", "at"),
    [
        (leaked(idle=DETECTOR.idle - TICK), leaked(idle=DETECTOR.idle)),
        (waiter(2, 1, waited=DETECTOR.lock - TICK), waiter(2, 1, waited=DETECTOR.lock)),
        (active(running=DETECTOR.query - TICK), active(running=DETECTOR.query)),
    ],
    ids=["idle", "lock", "query"],
)
def test_the_edges_of_its_bounds(below: SessionSnapshot, at: SessionSnapshot) -> None:
    check_silent(DETECTOR, evidence(below, server=ALL_OFF))
    check_found(DETECTOR, evidence(at, server=ALL_OFF))


# Keys


@pytest.mark.parametrize("idle", [2 * MINUTE, DAY])
def test_the_key_stays_when_the_sessions_change(idle: timedelta) -> None:
    first = check_found(DETECTOR, evidence(leaked(1, 90 * SECOND), server=ALL_OFF))
    assert check_found(DETECTOR, evidence(*several(leaked(idle=idle), 4), server=ALL_OFF)).key == first.key
