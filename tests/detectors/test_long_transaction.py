from datetime import timedelta

import pytest

from tests.detectors.build import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    TICK,
    WRITE,
    aborted,
    active,
    evidence,
    hidden,
    leaked,
    session,
    several,
    waiter,
)
from tests.detectors.checks import all_found, check_found, check_silent
from triage.detectors.idle_in_transaction import IdleInTransaction
from triage.detectors.long_query import LongQuery
from triage.detectors.long_transaction import LongTransaction
from triage.evidence import SessionKind, SessionSnapshot
from triage.findings import Severity

DETECTOR = LongTransaction()


# Silent


def test_an_idle_pool_is_silent() -> None:
    check_silent(DETECTOR, evidence(*several(session(in_state=DAY), 15)))


def test_a_transaction_that_sits_idle_is_another_finding() -> None:
    check_silent(DETECTOR, evidence(leaked(1, DAY), leaked(2, MINUTE, opened=DAY)))


def test_a_failed_transaction_is_another_finding() -> None:
    check_silent(DETECTOR, evidence(aborted(1, DAY), aborted(2, HOUR, opened=DAY)))


def test_a_transaction_of_one_long_statement_is_a_long_query() -> None:
    check_silent(DETECTOR, evidence(active(running=DAY)))


def test_a_transaction_that_waits_for_a_lock_belongs_to_its_chain() -> None:
    check_silent(DETECTOR, evidence(leaked(1), waiter(2, 1, waited=MINUTE, opened=DAY)))


@pytest.mark.parametrize("tool", ["pg_dump", "mysqldump", "pgbackrest [backup]"])
def test_pg_dump_is_no_finding(tool: str) -> None:
    check_silent(DETECTOR, evidence(active(opened=DAY, application_name=tool)))


@pytest.mark.parametrize("kind", [SessionKind.REPLICATION, SessionKind.SYSTEM])
def test_walsender_and_autovacuum_take_long_by_nature(kind: SessionKind) -> None:
    check_silent(DETECTOR, evidence(active(opened=DAY, kind=kind)))


def test_another_databases_session_is_silent() -> None:
    check_silent(DETECTOR, evidence(active(opened=DAY, database="billing")))


def test_hidden_sessions_are_silent() -> None:
    check_silent(DETECTOR, evidence(*several(hidden(), 9)))


def test_a_session_without_ages_is_silent() -> None:
    check_silent(DETECTOR, evidence(active(running=None), session(2, in_state=None)))


# Found


def test_a_busy_long_transaction_is_found() -> None:
    check_found(
        DETECTOR,
        evidence(active(running=SECOND, opened=20 * MINUTE)),
        Severity.WARNING,
        says="1 session of shop (user app) has a transaction open for 20 min",
    )


def test_one_that_pauses_between_two_statements_is_at_work() -> None:
    check_found(DETECTOR, evidence(leaked(idle=SECOND, opened=20 * MINUTE)), Severity.WARNING)


def test_sessions_of_one_cause_are_one_finding() -> None:
    sessions = active(1, opened=2 * HOUR), active(2, opened=11 * MINUTE), active(3, opened=MINUTE)
    finding = check_found(
        DETECTOR,
        evidence(*sessions),
        Severity.CRITICAL,
        says="2 sessions of shop (user app) have a transaction open, the longest for 2 h",
    )
    assert [(m.name, m.value) for m in finding.measurements] == [("sessions", 2), ("longest", 7200)]


def test_two_statements_are_two_findings() -> None:
    sessions = active(1, opened=DAY), active(2, opened=DAY, statement=WRITE)
    assert len(all_found(DETECTOR, evidence(*sessions))) == 2


def test_a_person_at_psql_is_an_info() -> None:
    finding = check_found(DETECTOR, evidence(active(opened=DAY, application_name="psql")), Severity.INFO)
    assert finding.next_steps == ()


def test_an_advisory_lock_holder_that_is_alive_is_an_info() -> None:
    """A leader that holds its lock in a transaction and shows every ten seconds that it is there."""
    leader = leaked(idle=8 * SECOND, opened=DAY, holds_advisory_lock=True)
    check_found(DETECTOR, evidence(leader), Severity.INFO, says="advisory lock")


# Edges


@pytest.mark.parametrize(
    ("opened", "severity"),
    [
        (DETECTOR.warning, Severity.WARNING),
        (DETECTOR.critical - TICK, Severity.WARNING),
        (DETECTOR.critical, Severity.CRITICAL),
    ],
)
def test_the_edges_of_its_age(opened: timedelta, severity: Severity) -> None:
    check_found(DETECTOR, evidence(active(opened=opened)), severity)


def test_just_below_the_edge_is_silent() -> None:
    check_silent(DETECTOR, evidence(active(opened=DETECTOR.warning - TICK)))


def test_the_edge_to_idle_in_transaction() -> None:
    check_found(DETECTOR, evidence(leaked(idle=DETECTOR.idle - TICK, opened=20 * MINUTE)))
    check_silent(DETECTOR, evidence(leaked(idle=DETECTOR.idle, opened=20 * MINUTE)))
    check_found(IdleInTransaction(), evidence(leaked(idle=DETECTOR.idle, opened=20 * MINUTE)), Severity.WARNING)


def test_the_edge_to_a_long_query() -> None:
    check_found(DETECTOR, evidence(active(running=18 * MINUTE - TICK, opened=20 * MINUTE)))
    check_silent(DETECTOR, evidence(active(running=18 * MINUTE, opened=20 * MINUTE)))
    check_found(LongQuery(), evidence(active(running=18 * MINUTE, opened=20 * MINUTE)), Severity.WARNING)


@pytest.mark.parametrize("idle", [59 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE])
def test_a_long_transaction_stays_critical_when_it_goes_idle(idle: timedelta) -> None:
    """One detector hands it to the other; what gets worse must not look better for four minutes."""
    assert worst(leaked(idle=idle, opened=2 * HOUR)) is Severity.CRITICAL


def worst(one: SessionSnapshot) -> Severity:
    findings = [f for detector in (DETECTOR, IdleInTransaction()) for f in detector.detect(evidence(one))]
    return max(f.severity for f in findings)


# Key and next steps


def test_the_key_stays_when_pids_ages_and_counts_change() -> None:
    first = check_found(DETECTOR, evidence(active(1, opened=HOUR)))
    assert check_found(DETECTOR, evidence(*several(active(opened=DAY), 4, first=50))).key == first.key
    assert check_found(DETECTOR, evidence(active(1, opened=HOUR, user="batch"))).key != first.key


def test_the_step_cancels_what_runs_and_rechecks_whom() -> None:
    (step,) = check_found(DETECTOR, evidence(active(7, opened=HOUR), leaked(8, SECOND, opened=HOUR))).next_steps
    assert "pid = 7 AND backend_start = '2026-01-30T15:00:00+00:00' AND xact_start = " in step
