import pytest

from tests.detectors.build import bounded, engine, evidence, limit, values
from tests.detectors.checks import check_found, check_silent
from triage.detectors.pool_overcommit import PoolOvercommit
from triage.evidence import Backend, ConnectionLimitSnapshot, EngineConfig, Evidence, LimitKind
from triage.findings import Confidence, Severity

DETECTOR = PoolOvercommit()
HUNDRED = limit(100, reserved=3)


def seen(
    *engines: EngineConfig, limits: tuple[ConnectionLimitSnapshot, ...] = (HUNDRED,), pooled: bool = False
) -> Evidence:
    return evidence(engines=engines, limits=limits, pooled=pooled)


# Silent


def test_pools_that_fit_are_silent() -> None:
    check_silent(DETECTOR, seen(bounded(processes=6)))


def test_without_the_servers_limit_there_is_nothing_to_say() -> None:
    role = limit(10, kind=LimitKind.ROLE, name="other")
    check_silent(DETECTOR, seen(bounded(processes=99), limits=()))
    check_silent(DETECTOR, seen(bounded(processes=99), limits=(role,)))


def test_without_engines_there_is_nothing_to_say() -> None:
    check_silent(DETECTOR, seen())


def test_an_engine_with_unknown_pool_size_is_not_taken_for_the_default() -> None:
    check_silent(DETECTOR, seen(engine(pool_size=None, unknown=frozenset({"pool_size"}), processes=99)))


def test_an_engine_with_unknown_overflow_is_not_taken_for_the_default() -> None:
    check_silent(DETECTOR, seen(engine(max_overflow=None, unknown=frozenset({"max_overflow"}), processes=10)))


@pytest.mark.parametrize("endless", [{"poolclass": "NullPool"}, {"max_overflow": -1}, {"pool_size": 0}])
def test_a_pool_without_a_bound_is_another_finding(endless: dict[str, object]) -> None:
    check_silent(DETECTOR, seen(engine(processes=99, **endless)))


def test_another_databases_engine_asks_for_nothing_here() -> None:
    others = bounded(processes=99, database="billing"), bounded(processes=99, backend=Backend.MYSQL)
    check_silent(DETECTOR, seen(*others))


def test_behind_a_pooler_its_limit_counts() -> None:
    check_silent(DETECTOR, seen(bounded(processes=99), pooled=True))


def test_without_the_number_of_processes_one_is_assumed() -> None:
    check_silent(DETECTOR, seen(bounded(processes=None)))


# Found


def test_the_arithmetic_is_shown() -> None:
    finding = check_found(
        DETECTOR,
        seen(bounded(10, 20, 8)),
        Severity.WARNING,
        Confidence.HIGH,
        says="8 processes × (pool_size 10 + max_overflow 20) = 240 connections, but the server has 97 to give "
        "(max_connections 100 − 3 reserved).",
    )
    names = ("processes", "pool_size", "max_overflow", "demand", "max_connections", "reserved", "available")
    assert values(finding.details, *names) == (8, 10, 20, 240, 100, 3, 97)
    assert finding.location is not None
    assert finding.location.file == "app/db.py"
    assert "at most 12 connections for each" in finding.remediation


def test_pools_that_do_not_fit_without_overflow_are_critical() -> None:
    check_found(DETECTOR, seen(bounded(20, 10, 5)), Severity.CRITICAL)


def test_several_engines_add_up() -> None:
    finding = check_found(
        DETECTOR,
        seen(bounded(processes=4, name="reader"), bounded(20, 0, 2, name="writer")),
        says="4 processes × (pool_size 5 + max_overflow 10) + 2 processes × (pool_size 20 + max_overflow 0) = 100",
    )
    assert finding.subject == "2 engines"
    assert finding.details["demand"] == 100
    assert finding.details["pool_size"] is None


def test_an_engine_that_could_not_be_read_is_left_out() -> None:
    unknown = engine(pool_size=None, unknown=frozenset({"pool_size"}), processes=99)
    check_found(
        DETECTOR, seen(bounded(processes=7), unknown), says="7 processes × (pool_size 5 + max_overflow 10) = 105"
    )


def test_one_process_alone_may_be_too_much() -> None:
    check_found(DETECTOR, seen(bounded(60, 60, None)), Severity.WARNING, Confidence.MEDIUM, says="1 process ×")


def test_the_number_that_would_fit_is_one() -> None:
    check_found(DETECTOR, seen(bounded(processes=60)))


def test_more_processes_than_connections_cannot_be_made_to_fit() -> None:
    finding = check_found(DETECTOR, seen(bounded(processes=200)))
    assert "at most 1 " not in finding.remediation


def test_the_number_that_would_fit_is_for_each_pool() -> None:
    """Two engines in each of 8 processes: 6 connections for each pool are 12 for each process."""
    finding = check_found(DETECTOR, seen(bounded(processes=8, name="reader"), bounded(processes=8, name="writer")))
    assert "6 connections for each process" not in finding.remediation


def test_the_limit_of_the_database_counts_where_it_is_lower() -> None:
    own = limit(20, kind=LimitKind.DATABASE, name="shop")
    check_found(DETECTOR, seen(bounded(processes=2), limits=(HUNDRED, own)), says="30 connections")


def test_a_pool_size_that_alone_does_not_fit_is_enough() -> None:
    """Whatever max_overflow is, it is not less than nothing."""
    half = engine(pool_size=20, max_overflow=None, unknown=frozenset({"max_overflow"}), processes=8)
    check_found(DETECTOR, seen(half), Severity.CRITICAL)


# Edges


def test_the_edge_of_what_is_available() -> None:
    check_silent(DETECTOR, seen(bounded(97, 0)))
    check_found(DETECTOR, seen(bounded(97, 1)), Severity.WARNING)
    check_found(DETECTOR, seen(bounded(98, 0)), Severity.CRITICAL)


# Keys


def test_the_key_stays_when_the_numbers_change() -> None:
    first = check_found(DETECTOR, seen(bounded(processes=8)))
    assert check_found(DETECTOR, seen(bounded(50, 50, 4, line=99))).key == first.key
    assert check_found(DETECTOR, seen(bounded(processes=8, name="writer"))).key != first.key
