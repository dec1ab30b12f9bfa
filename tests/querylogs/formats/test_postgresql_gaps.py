"""Numbers of lines: what is missing, and what only looks so."""

import random

from triage.querylogs.formats.postgresql_gaps import has_gaps

SESSIONS = 40
FULL = [(b"%d" % session, number) for number in range(1, 60) for session in range(SESSIONS)]


def test_none_is_missing() -> None:
    assert not has_gaps([])
    assert not has_gaps(FULL)
    assert not has_gaps(reversed(FULL))


def test_a_samples_seams_are_no_gaps() -> None:
    assert not has_gaps(FULL[:500] + FULL[900:1300] + FULL[-400:])


def test_sessions_that_began_before_and_process_numbers_that_come_back() -> None:
    assert not has_gaps([(session, number + 700) for session, number in FULL])
    assert not has_gaps(FULL + FULL + FULL + FULL)


def test_some_are_missing() -> None:
    chance = random.Random(7)
    for part in (0.05, 0.3, 0.9):
        assert has_gaps([line for line in FULL if chance.random() > part])


def test_numbers_that_stand_still_are_no_lines() -> None:
    """A detected prefix may take a transaction's number for the line's."""
    assert not has_gaps([(b"1", number // 3 * 7) for number in range(100)])
