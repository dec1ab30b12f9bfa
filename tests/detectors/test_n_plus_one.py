"""The detector's thresholds and its two sources; what is an N+1 at all is told in tests/detectors/repetitions."""

from datetime import timedelta

import pytest

from tests.detectors.build import NOW, evidence
from tests.detectors.checks import check_found, check_silent
from tests.detectors.repetitions.logs import AUTHOR, AUTHORS, BOOKS, BOOKS_BY_HAND, BOOKS_OF, logs, repetition
from triage.check import judge
from triage.detectors.n_plus_one import NPlusOne
from triage.evidence import Backend, Evidence, StatementStats
from triage.findings import Confidence, Severity

DETECTOR = NPlusOne()


def counted(*statements: tuple[str, int, int | None], backend: Backend = Backend.POSTGRESQL) -> Evidence:
    """What the server counted: statement, calls, rows."""
    return evidence(
        backend=backend,
        statements=tuple(
            StatementStats(
                statement=text, calls=calls, rows=rows, total=timedelta(seconds=1), database="shop", user="app"
            )
            for text, calls, rows in statements
        ),
    )


PARENT = (AUTHORS, 20, 1000)
CHILD = (BOOKS_OF.replace("?", "$1"), 1000, 4000)


# Silent


def test_nothing_repeats() -> None:
    check_silent(DETECTOR, logs())
    check_silent(DETECTOR, counted())


def test_a_healthy_lookup_without_a_parent_is_no_suspect() -> None:
    check_silent(DETECTOR, counted((AUTHOR.replace("?", "$1"), 1_000_000, 1_000_000), ("SELECT now()", 9, 9)))


def test_a_lookup_that_runs_more_often_than_the_list_has_rows_is_no_suspect() -> None:
    """Every request looks its user up; the list that refers to users has nothing to do with it."""
    check_silent(DETECTOR, counted((BOOKS, 100, 5_000), (AUTHOR, 100_000, 100_000)))


def test_a_query_of_ones_own_is_no_suspect() -> None:
    check_silent(DETECTOR, counted(PARENT, (BOOKS_BY_HAND, 1000, 4000)))


def test_a_list_of_another_user_is_no_parent() -> None:
    other = StatementStats(statement=AUTHORS, calls=20, rows=1000, total=timedelta(), database="shop", user="etl")
    child = StatementStats(statement=CHILD[0], calls=1000, rows=9, total=timedelta(), database="shop", user="app")
    check_silent(DETECTOR, evidence(statements=(other, child)))


def test_a_few_calls_tell_nothing() -> None:
    check_silent(DETECTOR, counted((AUTHORS, 3, 99), (CHILD[0], 99, 400)))


# Found


def test_a_lazy_load_in_a_log() -> None:
    finding = check_found(
        DETECTOR, logs(repetition(BOOKS_OF, AUTHORS)), Severity.WARNING, Confidence.HIGH, says="Author.books"
    )
    assert finding.runbook == "n-plus-one"
    assert finding.location is None


def test_a_tag_of_the_application_is_its_place() -> None:
    tags = {"line": "/app/shop/views.py:42:in `index'", "route": "/books"}
    finding = check_found(DETECTOR, logs(repetition(BOOKS_OF, AUTHORS, tags=tags)))
    assert finding.location
    assert (finding.location.file, finding.location.line) == ("/app/shop/views.py", 42)
    assert finding.location.function == "/books"


@pytest.mark.parametrize("backend", Backend)
def test_a_suspect_in_the_server_s_counts(backend: Backend) -> None:
    child = CHILD if backend is Backend.POSTGRESQL else (BOOKS_OF, *CHILD[1:])
    found = check_found(
        DETECTOR,
        counted(PARENT, child, backend=backend),
        Severity.INFO,
        Confidence.LOW,
        says=("Suspected", "50 for each"),
    )
    assert found.details["relationship"] == "Author.books"
    assert found.details["parent_statement"] == AUTHORS


def test_a_suspect_as_mysql_s_digests_write_it() -> None:
    found = check_found(
        DETECTOR,
        counted(
            ("SELECT `books` . `id` , `books` . `author_id` FROM `books`", 20, 1000),
            ("SELECT `authors` . `id` , `authors` . `name` FROM `authors` WHERE `authors` . `id` = ?", 400, 400),
            backend=Backend.MYSQL,
        ),
    )
    assert (found.details["kind"], found.details["relationship"]) == ("many-to-one", "Book.author")


def test_what_a_log_has_found_is_no_suspect_any_more() -> None:
    both = logs(repetition(BOOKS_OF, AUTHORS)).merged(counted(PARENT, CHILD))
    assert check_found(DETECTOR, both).confidence is Confidence.HIGH


def test_a_suspect_has_the_key_that_the_log_would_give_it() -> None:
    assert (
        check_found(DETECTOR, counted(PARENT, CHILD)).key
        == check_found(DETECTOR, logs(repetition(BOOKS_OF, AUTHORS))).key
    )


def test_without_a_log_and_without_counts_it_is_skipped() -> None:
    report = judge(Evidence(collected_at=NOW), {})
    (skipped,) = [each for each in report.skipped if each.detector == DETECTOR.id]
    assert skipped.reason == "no query log was read, and the server's counts of its statements were not read"


# Edges


def test_five_with_a_parent_ten_without() -> None:
    check_silent(DETECTOR, logs(repetition(BOOKS_OF, AUTHORS, times=4)))
    check_found(DETECTOR, logs(repetition(BOOKS_OF, AUTHORS, times=5)))
    check_silent(DETECTOR, logs(repetition(BOOKS_OF, times=9)))
    check_found(DETECTOR, logs(repetition(BOOKS_OF, times=10)))


def test_five_calls_for_each_of_the_parent() -> None:
    check_silent(DETECTOR, counted((AUTHORS, 201, 4000), CHILD))
    check_found(DETECTOR, counted((AUTHORS, 200, 4000), CHILD))


def test_100_calls() -> None:
    check_silent(DETECTOR, counted(PARENT, (CHILD[0], 99, 0), (AUTHORS, 1, 1)))
    check_found(DETECTOR, counted(PARENT, (CHILD[0], 100, 0)))
