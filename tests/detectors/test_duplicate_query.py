"""The detector's threshold; what is no duplicate is told in tests/detectors/repetitions."""

from tests.detectors.checks import check_found, check_silent
from tests.detectors.repetitions.logs import AUTHOR, BOOKS_BY_HAND, logs, repetition
from triage.detectors.duplicate_query import DuplicateQuery
from triage.evidence import EpisodeScope
from triage.findings import Confidence, Severity

DETECTOR = DuplicateQuery()


def test_different_keys_are_none() -> None:
    check_silent(DETECTOR, logs(repetition(AUTHOR)))


def test_a_row_that_is_locked_again_is_none() -> None:
    check_silent(DETECTOR, logs(repetition(f"{AUTHOR} FOR UPDATE", distinct=1)))


def test_polling_is_none() -> None:
    check_silent(DETECTOR, logs(repetition(BOOKS_BY_HAND, distinct=1, scope=EpisodeScope.CHAIN)))


def test_values_that_are_hidden_may_differ() -> None:
    check_silent(DETECTOR, logs(repetition(BOOKS_BY_HAND, distinct=1, blind=True)))


def test_the_same_query_with_the_same_values() -> None:
    check_found(DETECTOR, logs(repetition(BOOKS_BY_HAND, distinct=1)), Severity.WARNING, Confidence.HIGH, says="books")


def test_five_times() -> None:
    check_silent(DETECTOR, logs(repetition(BOOKS_BY_HAND, times=4, distinct=1)))
    check_found(DETECTOR, logs(repetition(BOOKS_BY_HAND, times=5, distinct=1)))
