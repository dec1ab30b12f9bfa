from datetime import timedelta

import pytest

from tests.detectors.build import DAY, HOUR, MINUTE, TICK, engine, evidence, server, session
from tests.detectors.checks import all_found, check_found, check_silent
from triage.detectors.no_pre_ping import NoPrePing
from triage.evidence import Backend, EngineConfig, Evidence, ServerConfig, SettingOverride
from triage.findings import Severity

DETECTOR = NoPrePing()
ROLE = "idle_session_timeout"


def mysql(*engines: EngineConfig, wait_timeout: timedelta | None = 8 * HOUR) -> Evidence:
    return evidence(engines=engines, server=server(wait_timeout=wait_timeout), backend=Backend.MYSQL)


def postgresql(config: ServerConfig, *engines: EngineConfig) -> Evidence:
    return evidence(session(), engines=engines or (engine(),), server=config)


# Silent


def test_pre_ping_is_silent() -> None:
    check_silent(DETECTOR, mysql(engine(pool_pre_ping=True)))


def test_a_pre_ping_that_could_not_be_read_is_silent() -> None:
    check_silent(DETECTOR, mysql(engine(pool_pre_ping=None, unknown=frozenset({"pool_pre_ping"}))))


def test_a_recycle_is_the_other_detectors_business() -> None:
    check_silent(DETECTOR, mysql(engine(pool_recycle=DAY)))


def test_a_recycle_that_could_not_be_read_is_silent() -> None:
    check_silent(DETECTOR, mysql(engine(unknown=frozenset({"pool_recycle"}))))


def test_null_pool_keeps_no_connections() -> None:
    check_silent(DETECTOR, mysql(engine(poolclass="NullPool")))


def test_a_server_that_ends_no_idle_connection_is_silent() -> None:
    check_silent(DETECTOR, postgresql(server(idle_session_timeout=None)))
    check_silent(DETECTOR, postgresql(server(idle_in_transaction_session_timeout=MINUTE)))


def test_another_databases_engine_is_silent() -> None:
    check_silent(DETECTOR, mysql(engine(database="billing"), engine(backend=Backend.POSTGRESQL)))


@pytest.mark.parametrize("scope", [{"role": "analyst"}, {"database": "billing"}])
def test_the_timeout_of_another_role_is_not_the_apps(scope: dict[str, str]) -> None:
    other = SettingOverride(name=ROLE, value=10 * MINUTE, **scope)
    check_silent(DETECTOR, postgresql(server(other, idle_session_timeout=None)))


def test_a_timeout_that_is_switched_off_for_the_apps_role_is_off() -> None:
    off = SettingOverride(name=ROLE, value=None, role="app")
    check_silent(DETECTOR, postgresql(server(off, idle_session_timeout=10 * MINUTE)))


def test_a_timeout_that_the_app_switches_off_is_off() -> None:
    asks = engine(connect_options={ROLE: "0"})
    check_silent(DETECTOR, postgresql(server(idle_session_timeout=10 * MINUTE), asks))


# Found


def test_a_pool_before_mysqls_eight_hours_is_an_info() -> None:
    finding = check_found(
        DETECTOR,
        mysql(engine()),
        Severity.INFO,
        says=("Engine engine keeps connections", "after 8 h", "(wait_timeout)"),
    )
    assert finding.location is not None
    assert (finding.location.file, finding.location.line) == ("app/db.py", 12)


def test_an_async_pool_is_a_pool() -> None:
    check_found(DETECTOR, mysql(engine(poolclass="AsyncAdaptedQueuePool", is_async=True)))


def test_mariadb_counts_as_mysql_for_its_engine() -> None:
    seen = evidence(
        engines=[engine(backend=Backend.MYSQL)], server=server(wait_timeout=8 * HOUR), backend=Backend.MARIADB
    )
    check_found(DETECTOR, seen)


def test_postgresql_has_a_timeout_of_its_own() -> None:
    check_found(DETECTOR, postgresql(server(idle_session_timeout=10 * MINUTE)), Severity.WARNING, says=f"({ROLE})")


def test_the_timeout_of_the_apps_role_counts() -> None:
    own = SettingOverride(name=ROLE, value=10 * MINUTE, role="app")
    check_found(DETECTOR, postgresql(server(own, idle_session_timeout=None)), Severity.WARNING, says="10 min")


def test_each_engine_is_a_finding() -> None:
    findings = all_found(DETECTOR, mysql(engine(name="reader"), engine(name="writer"), engine(pool_pre_ping=True)))
    assert [f.subject for f in findings] == ["engine reader", "engine writer"]
    assert len({f.key for f in findings}) == 2


# Edges


@pytest.mark.parametrize(("timeout", "severity"), [(HOUR - TICK, Severity.WARNING), (HOUR, Severity.INFO)])
def test_the_edge_of_a_short_timeout(timeout: timedelta, severity: Severity) -> None:
    check_found(DETECTOR, mysql(engine(), wait_timeout=timeout), severity)


# Keys


def test_the_key_stays_when_the_lines_move() -> None:
    first = check_found(DETECTOR, mysql(engine()))
    assert check_found(DETECTOR, mysql(engine(line=99), wait_timeout=MINUTE)).key == first.key
    assert check_found(DETECTOR, mysql(engine(file="jobs/db.py"))).key != first.key
