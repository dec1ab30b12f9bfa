from datetime import timedelta

import pytest

from tests.detectors.build import (
    HOUR,
    MINUTE,
    SECOND,
    TICK,
    WRITE,
    aborted,
    active,
    bounded,
    evidence,
    leaked,
    session,
    several,
    waiter,
)
from tests.detectors.checks import check_found, check_silent
from triage.detectors.idle_in_transaction import IdleInTransaction
from triage.detectors.idle_in_transaction_aborted import IdleInTransactionAborted
from triage.evidence import SessionKind
from triage.findings import Confidence, Severity

DETECTOR = IdleInTransactionAborted()


# Silent


def test_a_pool_of_idle_sessions_is_silent() -> None:
    check_silent(DETECTOR, evidence(*several(session(in_state=HOUR, statement="ROLLBACK"), 15)))


def test_an_idle_transaction_that_has_not_failed_is_another_finding() -> None:
    check_silent(DETECTOR, evidence(leaked(idle=HOUR), active()))


def test_a_failed_statement_that_is_about_to_be_rolled_back_is_silent() -> None:
    check_silent(DETECTOR, evidence(aborted(idle=SECOND)))


def test_a_dump_that_failed_is_silent() -> None:
    check_silent(DETECTOR, evidence(aborted(idle=HOUR, application_name="pg_dump")))


def test_the_servers_own_workers_are_silent() -> None:
    check_silent(DETECTOR, evidence(aborted(idle=HOUR, kind=SessionKind.SYSTEM)))


def test_another_databases_session_is_silent() -> None:
    check_silent(DETECTOR, evidence(aborted(idle=HOUR, database="billing")))


def test_a_session_without_ages_is_silent() -> None:
    check_silent(DETECTOR, evidence(aborted(idle=None)))


# Found


def test_the_parentheses_of_aborted() -> None:
    check_found(
        DETECTOR,
        evidence(aborted(idle=2 * MINUTE)),
        Severity.WARNING,
        Confidence.HIGH,
        says="1 session of shop (user app) sits idle in transaction (aborted), idle for 2 min",
    )


def test_without_a_start_of_the_transaction_its_idle_time_counts() -> None:
    """PostgreSQL shows no xact_start for a transaction that has failed."""
    finding = check_found(DETECTOR, evidence(*several(aborted(idle=10 * MINUTE), 4)), Severity.CRITICAL)
    sessions = finding.details["sessions"]
    assert isinstance(sessions, list)
    assert {(s["idle_seconds"], s["transaction_seconds"]) for s in sessions} == {(600.0, None)}


def test_its_runbook_is_its_own() -> None:
    finding = check_found(DETECTOR, evidence(aborted()))
    assert finding.runbook == "transaction-rolled-back"
    assert "except block" in finding.remediation


def test_its_runbook_is_its_own_where_it_failed_inside_a_savepoint() -> None:
    """There PostgreSQL does show the start, and a long transaction before the error is not slow work."""
    finding = check_found(DETECTOR, evidence(aborted(idle=2 * MINUTE, opened=10 * MINUTE)))
    assert finding.runbook == "transaction-rolled-back"


def test_with_idle_ones_it_fills_the_pool() -> None:
    held = [*several(aborted(idle=SECOND), 6), *several(leaked(idle=SECOND), 6, first=201)]
    check_found(
        DETECTOR, evidence(*held, engines=[bounded()]), Severity.CRITICAL, says="12 of the pool's 15 connections"
    )


def test_who_blocks_somebody_is_critical_at_once() -> None:
    """After an error inside a savepoint the outer transaction keeps its locks."""
    blocked = evidence(aborted(1, 2 * SECOND), waiter(2, 1, waited=2 * SECOND))
    check_found(DETECTOR, blocked, Severity.CRITICAL, says="waits behind it")


def test_a_person_who_mistyped_is_an_info() -> None:
    finding = check_found(DETECTOR, evidence(aborted(idle=HOUR, application_name="psql")), Severity.INFO)
    assert finding.remediation == "Ask whoever sits at psql to roll back."


def test_nobody_waits_on_purpose_in_a_failed_transaction() -> None:
    """Whoever holds an advisory lock there cannot run anything more: it has failed, as all the others have."""
    finding = check_found(DETECTOR, evidence(aborted(idle=10 * MINUTE, holds_advisory_lock=True)), Severity.CRITICAL)
    assert "on purpose" not in finding.summary


# Edges


@pytest.mark.parametrize(
    ("idle", "severity"),
    [
        (DETECTOR.notice, Severity.INFO),
        (DETECTOR.warning - TICK, Severity.INFO),
        (DETECTOR.warning, Severity.WARNING),
        (DETECTOR.critical - TICK, Severity.WARNING),
        (DETECTOR.critical, Severity.CRITICAL),
    ],
)
def test_the_edges_of_its_age(idle: timedelta, severity: Severity) -> None:
    check_found(DETECTOR, evidence(aborted(idle=idle)), severity)


def test_its_thresholds_are_those_of_the_idle_ones() -> None:
    idle = IdleInTransaction()
    assert (DETECTOR.notice, DETECTOR.warning, DETECTOR.critical) == (idle.notice, idle.warning, idle.critical)


# Key and next steps


def test_the_key_stays_and_is_not_that_of_the_idle_one() -> None:
    first = check_found(DETECTOR, evidence(aborted(1)))
    later = check_found(DETECTOR, evidence(*several(aborted(idle=HOUR), 3, first=500)))
    idle = check_found(IdleInTransaction(), evidence(leaked(1)))
    other = check_found(DETECTOR, evidence(aborted(1, statement=WRITE)))
    assert later.key == first.key
    assert len({first.key, idle.key, other.key}) == 3


def test_the_step_rechecks_who_they_are_although_no_start_is_known() -> None:
    (step,) = check_found(DETECTOR, evidence(aborted(101), aborted(102))).next_steps
    assert "pid IN (101, 102)" in step
    assert "state LIKE 'idle in transaction%'" in step
    assert "backend_start <= '2026-01-30T15:00:00+00:00'" in step
    assert "state_change <= " in step
    assert "xact_start" not in step
