from datetime import timedelta

import pytest

from tests.detectors.build import HOUR, MINUTE, SECOND, TICK, engine, evidence
from tests.detectors.checks import check_found, check_silent
from triage.detectors.pool_timeout_setting import PoolTimeoutSetting
from triage.findings import Severity

DETECTOR = PoolTimeoutSetting()


# Silent


@pytest.mark.parametrize("timeout", [timedelta(), 2 * SECOND, 30 * SECOND])
def test_the_default_and_less_is_silent(timeout: timedelta) -> None:
    check_silent(DETECTOR, evidence(engines=[engine(pool_timeout=timeout)]))


def test_a_timeout_that_could_not_be_read_is_not_one_without_end() -> None:
    unknown = engine(pool_timeout=None, unknown=frozenset({"pool_timeout"}))
    check_silent(DETECTOR, evidence(engines=[unknown]))


def test_null_pool_makes_nobody_wait() -> None:
    check_silent(DETECTOR, evidence(engines=[engine(poolclass="NullPool", pool_timeout=None)]))


@pytest.mark.parametrize("endless", [{"max_overflow": -1}, {"pool_size": 0}])
def test_a_pool_without_a_bound_makes_nobody_wait(endless: dict[str, object]) -> None:
    check_silent(DETECTOR, evidence(engines=[engine(pool_timeout=None, **endless)]))


# Found


def test_a_long_timeout_is_found() -> None:
    finding = check_found(
        DETECTOR,
        evidence(engines=[engine(pool_timeout=5 * MINUTE)]),
        Severity.WARNING,
        says="Engine engine lets a request wait for 5 min for a connection",
    )
    assert [(m.value, m.threshold) for m in finding.measurements] == [(300, 60)]


def test_a_wait_without_end_is_found() -> None:
    finding = check_found(DETECTOR, evidence(engines=[engine(pool_timeout=None)]), says="wait for ever")
    assert finding.measurements == ()
    assert finding.details["pool_timeout_seconds"] is None


# Edges


def test_the_edge_of_what_a_proxy_waits() -> None:
    check_silent(DETECTOR, evidence(engines=[engine(pool_timeout=MINUTE - TICK)]))
    check_found(DETECTOR, evidence(engines=[engine(pool_timeout=MINUTE)]))


# Keys


def test_the_key_stays_when_the_value_changes() -> None:
    first = check_found(DETECTOR, evidence(engines=[engine(pool_timeout=None)]))
    assert check_found(DETECTOR, evidence(engines=[engine(pool_timeout=HOUR, line=3)])).key == first.key
    assert check_found(DETECTOR, evidence(engines=[engine(pool_timeout=HOUR, name="b")])).key != first.key
