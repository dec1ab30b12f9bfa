"""The statements that end a session: each looks once more at whom it ends."""

import re

import pytest

from tests.detectors.build import HOUR, MINUTE, SECOND, aborted, active, leaked, session
from triage.detectors.end_session import cancel_query, end_sessions
from triage.evidence import Backend

BACKENDS = list(Backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_nobody_is_ended_where_nobody_is_idle_in_transaction(backend: Backend) -> None:
    assert end_sessions(backend, [session(1), active(2), session(3, in_state=HOUR)]) == ()
    assert end_sessions(backend, []) == ()


@pytest.mark.parametrize("backend", BACKENDS)
def test_only_those_idle_in_transaction_are_ended(backend: Backend) -> None:
    steps = " ".join(end_sessions(backend, [leaked(11), session(22), active(33), leaked(44)]))
    assert "11" in steps
    assert "44" in steps
    assert "22" not in steps
    assert "33" not in steps


def test_postgresql_ends_in_one_statement() -> None:
    (step,) = end_sessions(Backend.POSTGRESQL, [leaked(2, MINUTE, connected=2 * HOUR), leaked(1, HOUR, connected=HOUR)])
    assert step.startswith("SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid IN (1, 2) AND ")


def test_whatever_began_after_the_look_is_left_alone() -> None:
    (step,) = end_sessions(
        Backend.POSTGRESQL,
        [
            leaked(1, MINUTE, opened=2 * MINUTE, connected=2 * HOUR),
            leaked(2, MINUTE, opened=3 * MINUTE, connected=HOUR),
        ],
    )
    assert "backend_start <= '2026-01-31T14:00:00+00:00'" in step
    assert "xact_start <= '2026-01-31T14:58:00+00:00'" in step


def test_a_session_that_went_on_in_the_same_transaction_is_left_alone() -> None:
    """A step may be pasted ten minutes later: how long ago is "idle for a minute" counted from then?"""
    (step,) = end_sessions(Backend.POSTGRESQL, [leaked(1, MINUTE)])
    assert "state_change <= " in step
    assert "now()" not in step


def test_a_failed_transaction_has_no_start_to_hold_it_against() -> None:
    (step,) = end_sessions(Backend.POSTGRESQL, [aborted(1), leaked(2)])
    assert "xact_start" not in step
    assert "state_change" in step


def test_a_time_holds_no_space_where_a_report_could_break_it() -> None:
    (step,) = end_sessions(Backend.POSTGRESQL, [leaked(1)])
    times = re.findall(r"'(\d[^']*)'", step)
    assert times
    assert not any(" " in time for time in times if "T" in time)


def test_mysql_ends_each_with_a_statement_that_finds_it_again() -> None:
    steps = end_sessions(Backend.MYSQL, [leaked(2, 90 * SECOND), leaked(1, 90 * SECOND)])
    assert len(steps) == 2
    assert "WHERE id IN (1) AND command = 'Sleep' AND time >= 90" in steps[0]
    assert "trx_started" in steps[0]
    assert steps[0].endswith("; KILL @session")


def test_mariadb_ends_in_one_compound_statement() -> None:
    (step,) = end_sessions(Backend.MARIADB, [leaked(2), leaked(1)])
    assert "WHERE id IN (1, 2) AND command = 'Sleep'" in step
    assert "KILL s.id" in step


def test_a_cancelled_query_is_looked_at_once_more() -> None:
    (step,) = cancel_query(Backend.POSTGRESQL, active(7, opened=MINUTE))
    assert step.startswith(
        "SELECT pid, pg_cancel_backend(pid) FROM pg_stat_activity WHERE state = 'active' AND pid = 7 "
    )
    assert "backend_start = '2026-01-30T15:00:00+00:00'" in step
    assert "xact_start = '2026-01-31T14:59:00+00:00'" in step


def test_without_its_start_nobody_is_cancelled() -> None:
    assert cancel_query(Backend.POSTGRESQL, active(7, connected=None)) == ()


@pytest.mark.parametrize("backend", [Backend.MYSQL, Backend.MARIADB])
def test_a_cancelled_query_is_looked_at_once_more_on_mysql_and_mariadb(backend: Backend) -> None:
    """By the time somebody pastes it, the session may run another statement."""
    (step,) = cancel_query(backend, active(7, MINUTE))
    assert "KILL QUERY" in step
    assert "processlist" in step
