from datetime import timedelta

import pytest

from tests.detectors.build import (
    DAY,
    HOUR,
    MINUTE,
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
from triage.detectors.long_query import LongQuery
from triage.evidence import Backend, LockSnapshot, SessionKind
from triage.findings import Severity

DETECTOR = LongQuery()


# Silent


def test_an_idle_pool_is_silent() -> None:
    check_silent(DETECTOR, evidence(*several(session(in_state=DAY), 15)))


def test_a_session_idle_in_transaction_runs_nothing() -> None:
    check_silent(DETECTOR, evidence(leaked(1, DAY), aborted(2, DAY)))


def test_a_short_statement_in_a_long_transaction_is_silent() -> None:
    check_silent(DETECTOR, evidence(active(running=MINUTE, opened=DAY)))


def test_a_statement_that_waits_for_a_lock_is_not_slow() -> None:
    check_silent(DETECTOR, evidence(leaked(1), waiter(2, 1, waited=HOUR)))


def test_a_statement_that_waits_for_a_lock_whose_holder_nobody_names_is_not_slow() -> None:
    waits = waiter(2, waited=HOUR, lock=LockSnapshot(type="metadata"))
    check_silent(DETECTOR, evidence(waits, backend=Backend.MYSQL))


@pytest.mark.parametrize("tool", ["pg_dump", "mysqldump", "reindexdb", "pgbackrest [backup]", "pg_cron"])
def test_pg_dump_is_no_finding(tool: str) -> None:
    check_silent(DETECTOR, evidence(active(running=DAY, application_name=tool)))


@pytest.mark.parametrize("kind", [SessionKind.REPLICATION, SessionKind.SYSTEM])
def test_walsender_and_autovacuum_run_long_by_nature(kind: SessionKind) -> None:
    check_silent(DETECTOR, evidence(active(running=DAY, kind=kind)))


def test_another_databases_session_is_silent() -> None:
    check_silent(DETECTOR, evidence(active(running=DAY, database="billing")))


def test_hidden_sessions_are_silent() -> None:
    check_silent(DETECTOR, evidence(*several(hidden(), 9)))


def test_a_session_without_ages_is_silent() -> None:
    check_silent(DETECTOR, evidence(active(running=None)))


# Found


def test_a_long_query_is_found() -> None:
    finding = check_found(
        DETECTOR,
        evidence(active(running=6 * MINUTE)),
        Severity.WARNING,
        says="1 session of shop (user app) has a statement running for 6 min",
    )
    assert finding.runbook == "long-transaction"


def test_sessions_that_run_one_statement_are_one_finding() -> None:
    sessions = active(1, 6 * MINUTE), active(2, 8 * MINUTE), active(3, MINUTE)
    finding = check_found(
        DETECTOR,
        evidence(*sessions),
        says="2 sessions of shop (user app) have a statement running, the longest for 8 min",
    )
    assert [(m.name, m.value) for m in finding.measurements] == [("sessions", 2), ("longest", 480)]


def test_two_statements_are_two_findings() -> None:
    assert len(all_found(DETECTOR, evidence(active(1, HOUR), active(2, HOUR, statement=WRITE)))) == 2


def test_a_person_at_psql_is_an_info() -> None:
    finding = check_found(DETECTOR, evidence(active(running=DAY, application_name="psql")), Severity.INFO)
    assert finding.next_steps == ()


def test_a_session_without_a_database_has_none_in_its_subject() -> None:
    nowhere = evidence(active(running=HOUR, database=None), backend=Backend.MYSQL, database=None)
    assert check_found(DETECTOR, nowhere).subject == "shop (user app)"


# Edges


@pytest.mark.parametrize(
    ("running", "severity"),
    [
        (DETECTOR.warning, Severity.WARNING),
        (DETECTOR.critical - TICK, Severity.WARNING),
        (DETECTOR.critical, Severity.CRITICAL),
    ],
)
def test_the_edges_of_its_age(running: timedelta, severity: Severity) -> None:
    check_found(DETECTOR, evidence(active(running=running)), severity)


def test_just_below_the_edge_is_silent() -> None:
    check_silent(DETECTOR, evidence(active(running=DETECTOR.warning - TICK)))


# Key and next steps


def test_the_key_stays_when_pids_ages_and_counts_change() -> None:
    first = check_found(DETECTOR, evidence(active(1, HOUR)))
    assert check_found(DETECTOR, evidence(*several(active(running=DAY), 4, first=50))).key == first.key
    assert check_found(DETECTOR, evidence(active(1, HOUR, statement=WRITE))).key != first.key


def test_the_step_cancels_and_rechecks_whom() -> None:
    (step,) = check_found(DETECTOR, evidence(active(7, HOUR))).next_steps
    assert "pg_cancel_backend(pid)" in step
    assert "state = 'active' AND pid = 7 AND backend_start = " in step
