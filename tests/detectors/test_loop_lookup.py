"""The detector's threshold; what is a lookup in a loop is told in tests/detectors/repetitions."""

from tests.detectors.checks import check_found, check_silent
from tests.detectors.repetitions.logs import AUTHOR, AUTHOR_IDS, AUTHORS, BOOKS_BY_HAND, BOOKS_OF, logs, repetition
from triage.detectors.loop_lookup import LoopLookup
from triage.findings import Confidence, Severity

DETECTOR = LoopLookup()


def test_a_lazy_load_is_none() -> None:
    check_silent(DETECTOR, logs(repetition(BOOKS_OF, AUTHORS)))


def test_get_in_a_loop() -> None:
    finding = check_found(DETECTOR, logs(repetition(AUTHOR)), Severity.WARNING, Confidence.MEDIUM, says="12 times")
    assert finding.details["fix"] == "select(Author).where(Author.id.in_(ids))"


def test_a_list_that_gave_the_keys_makes_it_sure() -> None:
    finding = check_found(DETECTOR, logs(repetition(BOOKS_BY_HAND, AUTHORS)), Severity.WARNING, Confidence.HIGH)
    assert finding.details["parent_statement"] == AUTHORS


def test_ten_keys() -> None:
    check_silent(DETECTOR, logs(repetition(AUTHOR, times=9)))
    check_found(DETECTOR, logs(repetition(AUTHOR, times=10)))
    check_silent(DETECTOR, logs(repetition(AUTHOR, AUTHOR_IDS, times=20, distinct=9)))
