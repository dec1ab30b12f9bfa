import pytest

from tests.detectors.build import bounded, engine, evidence
from tests.detectors.checks import all_found, check_found, check_silent
from triage.detectors.pool_unbounded import PoolUnbounded
from triage.findings import Severity

DETECTOR = PoolUnbounded()


# Silent


def test_the_defaults_are_silent() -> None:
    check_silent(DETECTOR, evidence(engines=[engine(), bounded(100, 0)]))


def test_null_pool_is_right_behind_a_pooler() -> None:
    check_silent(DETECTOR, evidence(engines=[engine(poolclass="NullPool", max_overflow=-1)]))


@pytest.mark.parametrize("poolclass", ["StaticPool", "SingletonThreadPool", "AssertionPool"])
def test_other_pools_know_no_overflow(poolclass: str) -> None:
    check_silent(DETECTOR, evidence(engines=[engine(poolclass=poolclass, pool_size=0)]))


def test_what_could_not_be_read_is_silent() -> None:
    unknown = engine(pool_size=None, max_overflow=None, unknown=frozenset({"pool_size", "max_overflow"}))
    check_silent(DETECTOR, evidence(engines=[unknown]))


# Found


def test_max_overflow_of_minus_one_is_found() -> None:
    finding = check_found(
        DETECTOR,
        evidence(engines=[engine(max_overflow=-1)]),
        Severity.WARNING,
        says="Engine engine has max_overflow=-1",
    )
    assert finding.location is not None
    assert finding.details["max_overflow"] == -1


def test_pool_size_of_zero_is_found() -> None:
    check_found(DETECTOR, evidence(engines=[engine(pool_size=0)]), Severity.WARNING, says="pool_size=0")


def test_an_async_pool_is_a_pool() -> None:
    check_found(DETECTOR, evidence(engines=[engine(poolclass="AsyncAdaptedQueuePool", max_overflow=-1)]))


def test_an_overflow_that_could_not_be_read_is_not_measured() -> None:
    endless = engine(pool_size=0, max_overflow=None, unknown=frozenset({"max_overflow"}))
    finding = check_found(DETECTOR, evidence(engines=[endless]))
    assert ("max_overflow", 0) not in {(m.name, m.value) for m in finding.measurements}


def test_a_pool_is_unbounded_although_its_size_could_not_be_read() -> None:
    check_found(DETECTOR, evidence(engines=[engine(pool_size=None, max_overflow=-1)]), says="max_overflow=-1")


# Edges


def test_the_edge_of_a_bound() -> None:
    check_silent(DETECTOR, evidence(engines=[bounded(1, 0)]))
    check_found(DETECTOR, evidence(engines=[bounded(0, 0)]))


# Keys


def test_each_engine_has_its_key() -> None:
    engines = [engine(max_overflow=-1, name="reader"), engine(max_overflow=-1, name="writer")]
    assert len({f.key for f in all_found(DETECTOR, evidence(engines=engines))}) == 2
    moved = [engine(max_overflow=-1, line=line) for line in (1, 99)]
    assert len({check_found(DETECTOR, evidence(engines=[one])).key for one in moved}) == 1
