"""Why sessions sit idle in transaction, where one look can tell."""

from datetime import timedelta

import pytest

from tests.detectors.build import HOUR, MINUTE, SECOND, aborted, active, bounded, evidence, leaked, several
from triage.detectors import idle_causes
from triage.evidence import EngineConfig, SessionSnapshot


def cause(
    *sessions: SessionSnapshot, others: tuple[SessionSnapshot, ...] = (), engine: EngineConfig | None = None
) -> str:
    """What is said of these, in one sentence; nothing where nothing is."""
    seen = evidence(*sessions, *others, engines=[engine] if engine else None)
    found = idle_causes.explain(seen, sessions)
    return found.sentence if found else ""


def every(interval: timedelta, *, number: int = 5, shift: timedelta = timedelta()) -> list[SessionSnapshot]:
    """Leaked one after another."""
    return [leaked(pid, MINUTE + pid * interval + (pid % 2) * shift) for pid in range(1, number + 1)]


def test_one_session_has_no_cause() -> None:
    assert cause(leaked()) == ""


def test_ages_here_and_there_have_no_cause() -> None:
    assert cause(*[leaked(pid, minutes * MINUTE) for pid, minutes in enumerate((2, 3, 9, 10, 31, 60), 1)]) == ""


def test_failed_transactions_have_no_start_to_reason_from() -> None:
    assert cause(*[aborted(pid, pid * 10 * MINUTE) for pid in range(1, 6)]) == ""


def test_even_intervals_are_a_schedule() -> None:
    assert "one began every 10 min" in cause(*every(10 * MINUTE))
    assert "one began every 10 min" in cause(*every(10 * MINUTE, shift=5 * SECOND))


def test_a_schedule_needs_four() -> None:
    assert cause(*every(10 * MINUTE, number=3)) == ""
    assert cause(*every(10 * MINUTE, number=4)) != ""


def test_uneven_intervals_are_no_schedule() -> None:
    assert cause(*every(10 * MINUTE, shift=4 * MINUTE)) == ""


def test_even_traffic_is_no_schedule() -> None:
    assert cause(*every(4 * SECOND)) == ""


def test_work_before_the_pause_is_slow_work() -> None:
    assert "it had been in use for 8 min" in cause(leaked(idle=2 * MINUTE, opened=10 * MINUTE))


@pytest.mark.parametrize(
    ("idle", "opened"), [(2 * MINUTE, 2 * MINUTE + 29 * SECOND), (HOUR, HOUR + 29 * MINUTE), (HOUR, HOUR)]
)
def test_a_little_work_before_a_long_pause_is_a_leak(idle: timedelta, opened: timedelta) -> None:
    assert cause(leaked(idle=idle, opened=opened)) == ""


def test_most_of_them_have_to_have_worked() -> None:
    worked, forgotten = leaked(1, 2 * MINUTE, opened=10 * MINUTE), leaked(2, 2 * MINUTE)
    assert cause(worked, forgotten) == ""
    assert cause(worked, forgotten, leaked(3, 2 * MINUTE, opened=9 * MINUTE)) != ""


def test_a_whole_pool_at_one_moment_is_a_burst() -> None:
    assert "The whole pool went idle within 0.0 s" in cause(*several(leaked(), 15), engine=bounded())


def test_a_part_of_the_pool_is_no_burst() -> None:
    assert cause(*several(leaked(), 14), engine=bounded()) == ""


def test_a_pool_that_is_not_known_is_no_burst() -> None:
    assert cause(*several(leaked(), 40)) == ""


def test_where_somebody_still_works_there_is_no_burst() -> None:
    assert cause(*several(leaked(), 15), others=(active(99),), engine=bounded()) == ""


def test_a_pool_that_filled_slowly_is_no_burst() -> None:
    sessions = [leaked(pid, 2 * MINUTE + pid * 200 * timedelta(milliseconds=1)) for pid in range(1, 16)]
    assert cause(*sessions, engine=bounded()) == ""


def test_a_pool_of_one_is_no_burst() -> None:
    assert cause(leaked(), engine=bounded(1, 0)) == ""
