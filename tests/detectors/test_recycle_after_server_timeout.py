from datetime import timedelta

import pytest

from tests.detectors.build import DAY, HOUR, MINUTE, SECOND, engine, evidence, server, session
from tests.detectors.checks import check_found, check_silent
from triage.detectors.recycle_after_server_timeout import RecycleAfterServerTimeout
from triage.evidence import Backend, EngineConfig, Evidence, SettingOverride
from triage.findings import Severity

DETECTOR = RecycleAfterServerTimeout()


def mysql(*engines: EngineConfig, wait_timeout: timedelta | None = 8 * HOUR) -> Evidence:
    return evidence(engines=engines, server=server(wait_timeout=wait_timeout), backend=Backend.MYSQL)


# Silent


def test_no_recycle_is_the_other_detectors_business() -> None:
    check_silent(DETECTOR, mysql(engine()))


def test_a_recycle_that_could_not_be_read_is_silent() -> None:
    check_silent(DETECTOR, mysql(engine(unknown=frozenset({"pool_recycle"}))))


def test_a_short_recycle_is_silent() -> None:
    check_silent(DETECTOR, mysql(engine(pool_recycle=30 * MINUTE)))


def test_pre_ping_notices_what_was_ended() -> None:
    check_silent(DETECTOR, mysql(engine(pool_recycle=DAY, pool_pre_ping=True)))


def test_a_pre_ping_that_could_not_be_read_is_silent() -> None:
    check_silent(DETECTOR, mysql(engine(pool_recycle=DAY, pool_pre_ping=None)))


def test_null_pool_keeps_no_connections() -> None:
    check_silent(DETECTOR, mysql(engine(pool_recycle=DAY, poolclass="NullPool")))


def test_a_server_that_ends_no_idle_connection_is_silent() -> None:
    check_silent(DETECTOR, mysql(engine(pool_recycle=DAY), wait_timeout=None))
    check_silent(DETECTOR, evidence(engines=[engine(pool_recycle=DAY)], server=server(idle_session_timeout=None)))


def test_another_databases_engine_is_silent() -> None:
    check_silent(DETECTOR, mysql(engine(pool_recycle=DAY, database="billing")))


def test_the_timeout_of_another_role_is_not_the_apps() -> None:
    other = SettingOverride(name="idle_session_timeout", value=MINUTE, role="analyst")
    config = server(other, idle_session_timeout=None)
    check_silent(DETECTOR, evidence(session(), engines=[engine(pool_recycle=DAY)], server=config))


# Found


def test_a_recycle_that_comes_too_late_is_found() -> None:
    finding = check_found(
        DETECTOR,
        mysql(engine(pool_recycle=9 * HOUR)),
        Severity.WARNING,
        says="recycles connections after 9 h, but the server ends them after 8 h of idling (wait_timeout).",
    )
    assert [(m.name, m.value, m.threshold) for m in finding.measurements] == [("pool_recycle", 32400, 28800)]


# Edges


@pytest.mark.parametrize("recycle", [8 * HOUR, 8 * HOUR + SECOND])
def test_a_recycle_at_the_timeout_is_too_late(recycle: timedelta) -> None:
    check_found(DETECTOR, mysql(engine(pool_recycle=recycle)))


def test_a_recycle_just_below_the_timeout_is_silent() -> None:
    check_silent(DETECTOR, mysql(engine(pool_recycle=8 * HOUR - SECOND)))


# Keys


def test_the_key_stays_when_the_values_change() -> None:
    first = check_found(DETECTOR, mysql(engine(pool_recycle=9 * HOUR)))
    assert check_found(DETECTOR, mysql(engine(pool_recycle=DAY, line=99), wait_timeout=MINUTE)).key == first.key
    assert check_found(DETECTOR, mysql(engine(pool_recycle=DAY, name="writer"))).key != first.key
