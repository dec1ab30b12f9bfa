from dataclasses import replace
from datetime import timedelta

import pytest

from tests.detectors.build import DAY, HOUR, MINUTE, NOW, SECOND, TICK, evidence, waiter
from tests.detectors.checks import all_found, check_found, check_silent
from triage.detectors.prepared_transaction import PreparedTransaction
from triage.evidence import Backend, PreparedTransactionSnapshot
from triage.findings import Confidence, Severity

DETECTOR = PreparedTransaction()


def prepared(age: timedelta | None = 10 * MINUTE, **fields: object) -> PreparedTransactionSnapshot:
    usual = PreparedTransactionSnapshot(
        name="order-1",
        age=age,
        prepared_at=None if age is None else NOW - age,
        owner="app",
        database="shop",
        finish="ROLLBACK PREPARED 'order-1'",
    )
    return replace(usual, **fields)  # type: ignore[arg-type]


# Silent


def test_a_server_without_prepared_transactions_is_silent() -> None:
    check_silent(DETECTOR, evidence(prepared=()))


@pytest.mark.parametrize("age", [timedelta(), TICK, DETECTOR.notice - TICK])
def test_one_that_was_prepared_a_moment_ago_is_silent(age: timedelta) -> None:
    check_silent(DETECTOR, evidence(prepared=(prepared(age),)))


def test_another_databases_is_silent() -> None:
    check_silent(DETECTOR, evidence(prepared=(prepared(DAY, database="billing"),)))


def test_another_databases_that_keeps_its_own_sessions_waiting_is_silent() -> None:
    elsewhere = prepared(DAY, database="billing", blocks=(2,))
    check_silent(DETECTOR, evidence(waiter(2, 0, database="billing"), prepared=(elsewhere,)))


# Found


def test_one_that_was_left_behind_is_found() -> None:
    finding = check_found(
        DETECTOR,
        evidence(prepared=(prepared(),)),
        Severity.WARNING,
        Confidence.HIGH,
        says="Prepared transaction order-1 of app in shop has been left open for 10 min.",
    )
    assert finding.next_steps == ("ROLLBACK PREPARED 'order-1'",)
    assert finding.details["prepared_at"] == "2026-01-31T14:50:00+00:00"


def test_one_that_keeps_somebody_waiting_is_critical_at_once() -> None:
    young = prepared(2 * SECOND, blocks=(2, 3))
    check_found(
        DETECTOR,
        evidence(waiter(2, 0), waiter(3, 0), prepared=(young,)),
        Severity.CRITICAL,
        says="2 sessions wait for its locks",
    )


def test_the_only_one_keeps_waiting_whoever_waits_for_pid_0() -> None:
    """MySQL and MariaDB do not say which one it is, but where there is one there is no doubt."""
    young = prepared(2 * SECOND, database=None, owner=None)
    blocked = evidence(waiter(2, 0), prepared=(young,), backend=Backend.MYSQL)
    check_found(DETECTOR, blocked, Severity.CRITICAL, says="1 session waits for its locks")


def test_another_databases_that_keeps_the_app_waiting_is_found() -> None:
    elsewhere = prepared(DAY, database="billing", blocks=(2,))
    check_found(DETECTOR, evidence(waiter(2, 0), prepared=(elsewhere,)), Severity.CRITICAL)


def test_each_is_a_finding() -> None:
    both = prepared(), prepared(name="order-2")
    assert len({f.key for f in all_found(DETECTOR, evidence(prepared=both))}) == 2


def test_one_of_unknown_age_is_an_info() -> None:
    finding = check_found(DETECTOR, evidence(prepared=(prepared(None),)), Severity.INFO, says="since when is not known")
    assert finding.details["age_seconds"] is None


def test_the_age_of_one_of_unknown_age_is_not_measured() -> None:
    """What is None was not visible: it never means zero."""
    finding = check_found(DETECTOR, evidence(prepared=(prepared(None),)))
    assert [m.value for m in finding.measurements if m.name == "age"] in ([], [None])


def test_a_young_one_is_not_to_be_rolled_back() -> None:
    """Its coordinator may be about to commit it: the other branches may have been committed already."""
    finding = check_found(DETECTOR, evidence(prepared=(prepared(2 * SECOND),)), Severity.INFO)
    assert finding.next_steps == ()


# Edges


@pytest.mark.parametrize(
    ("age", "severity"),
    [
        (DETECTOR.notice, Severity.INFO),
        (DETECTOR.warning - TICK, Severity.INFO),
        (DETECTOR.warning, Severity.WARNING),
        (DETECTOR.critical - TICK, Severity.WARNING),
        (DETECTOR.critical, Severity.CRITICAL),
    ],
)
def test_the_edges_of_its_age(age: timedelta, severity: Severity) -> None:
    check_found(DETECTOR, evidence(prepared=(prepared(age),)), severity)


# Keys


def test_the_key_stays_while_it_ages() -> None:
    first = check_found(DETECTOR, evidence(prepared=(prepared(HOUR),)))
    assert check_found(DETECTOR, evidence(prepared=(prepared(DAY, blocks=(1, 2)),))).key == first.key
