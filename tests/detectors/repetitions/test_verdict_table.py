"""Every row of the verdict table: what an application does, as its log shows it, and what has to be said."""

from datetime import timedelta

import pytest

from tests.detectors.repetitions.logs import (
    AUTHOR,
    AUTHOR_IDS,
    AUTHORS,
    AUTHORS_BY_QUERY,
    BIOGRAPHY,
    BOOKS,
    BOOKS_BY_HAND,
    BOOKS_COUNTED,
    BOOKS_IN,
    BOOKS_OF,
    EMPLOYEES,
    ENGINEERS_OF,
    INSERT,
    NODES,
    NODES_OF,
    PROFILE_OF,
    REVIEWS_OF,
    TAGS_OF,
    UPDATE,
    found,
    logs,
    repetition,
    said,
)
from triage.evidence import EarlierStatement, EpisodeScope, RepetitionStats
from triage.findings import Confidence, Severity

CHAIN, BURST = EpisodeScope.CHAIN, EpisodeScope.BURST
SECOND = timedelta(seconds=1)
FAST = timedelta(microseconds=20)
QUEUE = "SELECT jobs.id FROM jobs WHERE jobs.state = ? LIMIT ? FOR UPDATE SKIP LOCKED"

SILENT = {
    "one-author-only": repetition(AUTHOR, BOOKS, times=1),
    "selectinload-in-chunks": repetition(BOOKS_IN, AUTHORS, varying=range(500)),
    "yield_per-and-selectinload": repetition(BOOKS_IN, AUTHORS, varying=range(10), times=50),
    "asyncpg-any": repetition(BOOKS.replace("books.id,", "") + " WHERE books.author_id = ANY (...)", AUTHORS),
    "subqueryload-again-and-again": repetition(
        "SELECT books.id, anon_1.authors_id FROM (SELECT authors.id AS authors_id FROM authors LIMIT ?) AS anon_1 "
        "JOIN books ON anon_1.authors_id = books.author_id",
        AUTHORS,
        varying=(0,),
    ),
    "requests-of-one-lookup": repetition(AUTHOR, scope=CHAIN, is_slow=True, step=2 * SECOND),
    "requests-of-one-lookup-with-ascending-keys": repetition(AUTHOR, scope=CHAIN, is_slow=True, walks=True),
    "fast-requests-in-any-order": repetition(AUTHOR, scope=CHAIN),
    "requests-that-each-load-an-author-and-the-books": repetition(BOOKS_OF, scope=CHAIN, walks=True, beside=(AUTHOR,)),
    "a-polling-worker": repetition(BOOKS_BY_HAND, scope=CHAIN, distinct=1, is_slow=True),
    "a-polling-worker-that-never-pauses": repetition(BOOKS_BY_HAND, scope=CHAIN, distinct=1),
    "polling-in-autocommit": repetition(BOOKS_BY_HAND, scope=BURST, distinct=1),
    "polling-in-one-transaction": repetition(BOOKS_BY_HAND, distinct=1, step=5 * SECOND),
    "a-person-in-one-transaction": repetition(AUTHOR, step=5 * SECOND),
    "a-queue": repetition(QUEUE, scope=CHAIN, beside=("UPDATE jobs SET state = ? WHERE jobs.id = ?",), distinct=1),
    "the-updates-of-a-queue": repetition(
        "UPDATE jobs SET state = ? WHERE jobs.id = ?", scope=CHAIN, beside=(QUEUE,), walks=True
    ),
    "offset-pages": repetition(f"{BOOKS} ORDER BY books.id LIMIT ? OFFSET ?", varying=(1,)),
    "offset-pages-of-one-author": repetition(f"{BOOKS_BY_HAND} LIMIT ? OFFSET ?", varying=(2,)),
    "keyset-batches": repetition(f"{BOOKS} WHERE books.id > ? ORDER BY books.id LIMIT ?", varying=(0,)),
    "executemany-of-psycopg2": repetition(UPDATE, AUTHORS, times=40, step=timedelta(microseconds=59)),
    "executemany-of-psycopg": repetition(INSERT, times=40, step=FAST, named=True),
    "executemany-of-asyncpg": repetition(INSERT, times=40, step=FAST),
    "executemany-while-the-machine-stood-still-once": repetition(
        INSERT, times=40, step=timedelta(microseconds=300), steps=timedelta(microseconds=39 * 50)
    ),
    "executemany-under-a-clock-that-is-too-coarse": repetition(INSERT, named=True, step=None, total=None),
    "an-update-of-many-under-a-clock-that-is-too-coarse": repetition(UPDATE, AUTHORS, step=None, total=None),
    "executemany-without-durations": repetition(
        INSERT, named=True, total=None, times=40, step=timedelta(microseconds=300)
    ),
    "insertmanyvalues-in-batches": repetition(
        "INSERT INTO reviews (stars) SELECT p0::integer FROM (VALUES (?, ?)) AS imp_sen(p0, sen_counter) "
        "ORDER BY sen_counter RETURNING reviews.id",
    ),
    "many-rows-of-values-in-batches": repetition(INSERT, varying=range(2000)),
    "bulk-update-in-batches": repetition("UPDATE authors SET name = ? WHERE authors.id IN (...)"),
    "an-update-without-a-key": repetition("UPDATE authors SET name = ? WHERE authors.id < ?"),
    "one-row-updated-again-and-again": repetition(UPDATE, distinct=1),
    "four-repetitions": repetition(BOOKS_OF, AUTHORS, times=4),
    "nine-lookups": repetition(AUTHOR, times=9),
    "nine-lazy-loads-without-a-parent": repetition(BOOKS_OF, times=9),
    "lookups-in-autocommit": repetition(AUTHOR, scope=BURST),
    "plumbing": repetition("SELECT pg_class.oid FROM pg_class WHERE pg_class.relname = ?"),
    "plumbing-with-a-schema": repetition("SELECT t.x FROM information_schema.tables t WHERE t.table_name = ?"),
    "no-table": repetition("SELECT nextval(?)", varying=(0,)),
    "lookups-whose-values-are-hidden": repetition(AUTHOR, blind=True, varying=(), distinct=0),
    "cut-off": repetition(f"{BOOKS} WHERE ? = books.author_id AND books.title IN (?, ?, ...", AUTHORS),
}


@pytest.mark.parametrize("stats", SILENT.values(), ids=SILENT)
def test_healthy_or_not_to_be_told_from_healthy(stats: RepetitionStats) -> None:
    assert said(logs(stats)) == []


NAMES = ("kind", "relationship", "loader", "executions", "episodes")
BOOKS_OF_AUTHOR = ("n-plus-one", "one-to-many", "Author.books", "selectinload", 12, 1)
FOUND = {
    "one-to-many": (repetition(BOOKS_OF, AUTHORS), BOOKS_OF_AUTHOR),
    "one-to-many-by-query": (repetition(BOOKS_OF, AUTHORS_BY_QUERY), BOOKS_OF_AUTHOR),
    "in-three-requests": (
        repetition(BOOKS_OF, AUTHORS, episodes=3),
        ("n-plus-one", "one-to-many", "Author.books", "selectinload", 36, 3),
    ),
    "many-to-one": (
        repetition(AUTHOR, BOOKS, times=10),
        ("n-plus-one", "many-to-one", "Book.author", "joinedload", 10, 1),
    ),
    "one-to-one": (
        repetition(PROFILE_OF, AUTHORS),
        ("n-plus-one", "one-to-many", "Author.profiles", "selectinload", 12, 1),  # the text is that of a collection
    ),
    "many-to-many": (
        repetition(TAGS_OF, BOOKS),
        ("n-plus-one", "many-to-many", "Book.tags", "selectinload", 12, 1),
    ),
    "eager-then-lazy": (
        repetition(REVIEWS_OF, AUTHORS, BOOKS_IN),
        ("n-plus-one", "one-to-many", "Book.reviews", "selectinload", 12, 1),
    ),
    "self-referential": (
        repetition(NODES_OF, NODES),
        ("n-plus-one", "one-to-many", "Node.children", "selectinload", 12, 1),
    ),
    "joined-inheritance": (
        repetition(ENGINEERS_OF, EMPLOYEES),
        ("n-plus-one", "inheritance", None, "selectin_polymorphic", 12, 1),
    ),
    "single-table-inheritance": (
        repetition(
            "SELECT employees.lives FROM employees WHERE employees.id = ? AND employees.kind IN (...)", EMPLOYEES
        ),
        ("n-plus-one", "inheritance", None, "selectin_polymorphic", 12, 1),
    ),
    "deferred-column": (
        repetition(BIOGRAPHY, AUTHORS),
        ("n-plus-one", "deferred-column", "Author.biography", "undefer", 12, 1),
    ),
    "refresh": (repetition(AUTHOR, AUTHORS), ("n-plus-one", "refresh", None, None, 12, 1)),
    "expired": (repetition(AUTHOR, previous=(AUTHORS,)), ("n-plus-one", "expired", None, None, 12, 1)),
    "expired-after-an-insert": (
        repetition(AUTHOR, previous=("INSERT INTO authors (name) VALUES (?)",)),
        ("n-plus-one", "expired", None, None, 12, 1),
    ),
    "get-in-a-loop": (repetition(AUTHOR), ("loop-lookup", "get", None, None, 12, 1)),
    "get-of-ids-that-were-listed": (repetition(AUTHOR, AUTHOR_IDS), ("loop-lookup", "get", None, None, 12, 1)),
    "a-select-of-ones-own": (repetition(BOOKS_BY_HAND, AUTHORS), ("loop-lookup", "query", None, None, 12, 1)),
    "lookups-of-keys-that-come-again": (
        repetition(BOOKS_BY_HAND, times=100, distinct=20),
        ("loop-lookup", "query", None, None, 100, 1),
    ),
    "count-for-each": (repetition(BOOKS_COUNTED, AUTHORS), ("n-plus-one", "query", None, None, 12, 1)),
    "a-session-for-each": (
        repetition(AUTHOR, AUTHOR_IDS, scope=CHAIN),
        ("loop-lookup", "get", None, None, 12, 12),
    ),
    "autocommit": (repetition(BOOKS_OF, AUTHORS, scope=BURST), BOOKS_OF_AUTHOR),
    "duplicate-query": (
        repetition(BOOKS_BY_HAND, distinct=1),
        ("duplicate-query", "query", None, None, 12, 1),
    ),
    "flush-for-each": (repetition(INSERT), ("write-loop", "query", None, None, 12, 1)),
    "flush-for-each-with-a-name": (
        repetition(INSERT, named=True, times=40),
        ("write-loop", "query", None, None, 40, 1),
    ),
    "savepoint-for-each": (repetition(INSERT, interleaved=True), ("write-loop", "query", None, None, 12, 1)),
    "commit-for-each": (
        repetition(UPDATE, AUTHORS, scope=CHAIN, beside=(AUTHOR,)),
        ("write-loop", "query", None, None, 12, 12),
    ),
}


@pytest.mark.parametrize(("stats", "expected"), FOUND.values(), ids=FOUND)
def test_it_hurts_and_is_named(stats: RepetitionStats, expected: tuple[object, ...]) -> None:
    assert said(logs(stats), *NAMES) == [expected]
    assert [(each.severity, each.confidence > Confidence.LOW) for each in found(logs(stats))] == [
        (Severity.WARNING, True)
    ]


# Several statements


def test_two_levels_are_two_findings_with_chained_loaders() -> None:
    evidence = logs(repetition(BOOKS_OF, AUTHORS), repetition(REVIEWS_OF, AUTHORS, BOOKS_OF, times=36))
    assert said(evidence, "relationship", "executions", "fix") == [
        ("n-plus-one", "Author.books", 12, "select(Author).options(selectinload(Author.books))"),
        (
            "n-plus-one",
            "Book.reviews",
            36,
            "select(Author).options(selectinload(Author.books).selectinload(Book.reviews))",
        ),
    ]


def test_the_loader_of_what_was_loaded_eagerly_begins_there_too() -> None:
    ((_, fix),) = said(logs(repetition(REVIEWS_OF, AUTHORS, BOOKS_IN)), "fix")
    assert fix == "select(Author).options(selectinload(Author.books).selectinload(Book.reviews))"


@pytest.mark.parametrize(
    ("read", "write"),
    [
        (repetition(AUTHOR, interleaved=True), repetition(UPDATE, AUTHOR, interleaved=True)),
        (
            repetition("SELECT tags.id, tags.label FROM tags WHERE tags.label = ?", interleaved=True),
            repetition(
                "INSERT INTO tags (label) VALUES (?) RETURNING tags.id",
                "SELECT tags.id, tags.label FROM tags WHERE tags.label = ?",
                interleaved=True,
            ),
        ),
    ],
    ids=["merge", "get-or-create"],
)
def test_a_read_before_each_write_is_one_problem(read: RepetitionStats, write: RepetitionStats) -> None:
    assert said(logs(read, write)) == [("write-loop",)]


def test_merges_that_one_flush_writes_are_lookups() -> None:
    evidence = logs(repetition(AUTHOR, times=40), repetition(UPDATE, AUTHOR, times=40, step=FAST))
    assert said(evidence, "kind") == [("loop-lookup", "get")]


def test_a_write_of_another_place_does_not_hide_a_lookup() -> None:
    assert said(logs(repetition(AUTHOR), repetition(UPDATE, BOOKS, interleaved=True))) == [
        ("loop-lookup",),
        ("write-loop",),
    ]


def test_two_relationships_of_each_row_are_two_findings() -> None:
    evidence = logs(repetition(REVIEWS_OF, BOOKS), repetition(TAGS_OF, BOOKS, REVIEWS_OF))
    assert said(evidence, "relationship") == [("n-plus-one", "Book.reviews"), ("n-plus-one", "Book.tags")]


def test_loads_before_a_delete_can_be_left_to_the_database() -> None:
    deleted = repetition("DELETE FROM authors WHERE authors.id = ?", AUTHORS, BOOKS_OF, step=FAST)
    (finding,) = found(logs(repetition(BOOKS_OF, AUTHORS), deleted))
    assert "passive_deletes=True" in finding.remediation
    (finding,) = found(logs(repetition(BOOKS_OF, AUTHORS)))
    assert "passive_deletes" not in finding.remediation


# Which list it was


def test_the_list_that_the_key_names_is_the_parent_wherever_it_stands() -> None:
    customers = "SELECT customers.id, customers.name FROM customers"
    assert said(logs(repetition(BOOKS_OF, AUTHORS, customers)), "parent_statement") == [("n-plus-one", AUTHORS)]


def test_of_two_that_could_be_it_the_later_one_is() -> None:
    some = f"{AUTHORS} WHERE authors.name = ?"
    assert said(logs(repetition(BOOKS_OF, AUTHORS, some)), "parent_statement") == [("n-plus-one", some)]


def test_a_list_of_fewer_rows_than_there_were_keys_is_not_it() -> None:
    ten = EarlierStatement(statement=f"{AUTHORS} LIMIT ?", limit=10)
    assert said(logs(repetition(BOOKS_OF, ten)), "parent_statement", "relationship") == [
        ("n-plus-one", None, "Author.books")
    ]
    assert said(logs(repetition(BOOKS_OF, ten, times=10)), "parent_statement") == [("n-plus-one", ten.statement)]


def test_pages_of_a_list_together_have_rows_enough() -> None:
    pages = EarlierStatement(statement=f"{AUTHORS} LIMIT ? OFFSET ?", limit=10)
    counted = EarlierStatement(statement=f"{AUTHORS} LIMIT ?", limit=10, executions=3)
    for page in (pages, counted):
        ((_, parent),) = said(logs(repetition(BOOKS_OF, page, times=30)), "parent_statement")
        assert parent == page.statement


def test_a_joined_list_gives_the_keys_of_all_its_tables() -> None:
    joined = "SELECT books.id, books.author_id, authors_1.id FROM books LEFT OUTER JOIN authors AS authors_1 ON books.author_id = authors_1.id"
    assert said(logs(repetition(BOOKS_OF, joined)), "parent_statement", "relationship", "fix") == [
        ("n-plus-one", joined, "Author.books", None)  # the option would have to begin at Book, by a name nobody knows
    ]


# How sure


def test_one_sure_lazy_load_is_told_with_high_confidence() -> None:
    (finding,) = found(logs(repetition(BOOKS_OF, AUTHORS)))
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.HIGH)
    assert finding.summary.startswith("Author.books is loaded row by row (N+1)")


def test_500_in_one_transaction_are_critical() -> None:
    assert [each.severity for each in found(logs(repetition(BOOKS_OF, AUTHORS, times=499)))] == [Severity.WARNING]
    assert [each.severity for each in found(logs(repetition(BOOKS_OF, AUTHORS, times=500)))] == [Severity.CRITICAL]


@pytest.mark.parametrize("stats", [each for each, _ in FOUND.values()], ids=FOUND)
def test_a_log_with_gaps_makes_it_suspected(stats: RepetitionStats) -> None:
    fields = {name: getattr(stats, name) for name in stats.__dataclass_fields__}
    (finding,) = found(logs(RepetitionStats(**{**fields, "confirmed": False})))
    assert finding.summary.startswith("Suspected: ")
    assert finding.confidence is Confidence.LOW
    assert finding.severity <= Severity.WARNING


def test_fast_requests_with_ascending_keys_are_no_more_than_a_hint() -> None:
    for stats in (
        repetition(AUTHOR, scope=CHAIN, walks=True, times=1000, episodes=3, fewest=10),
        repetition(UPDATE, scope=CHAIN, walks=True, times=1000),
        repetition(INSERT, scope=CHAIN, walks=True, times=1000, episodes=3, fewest=10),
    ):
        (finding,) = found(logs(stats))
        assert (finding.severity, finding.confidence) == (Severity.INFO, Confidence.LOW)


def test_lazy_loads_whose_values_are_hidden_are_possible_at_most() -> None:
    (finding,) = found(logs(repetition(BOOKS_OF, AUTHORS, blind=True, varying=(), distinct=0)))
    assert finding.details["relationship"] == "Author.books"
    assert finding.summary.startswith("Suspected: ")
    assert finding.confidence is Confidence.LOW


def test_inserts_that_one_flush_may_send_are_no_more_than_a_hint() -> None:
    """Without RETURNING, as on MySQL."""
    (finding,) = found(logs(repetition(INSERT.partition(" RET")[0], dialect="mysql")))
    assert (finding.id, finding.severity, finding.confidence) == ("write-loop", Severity.INFO, Confidence.LOW)


def test_changes_that_one_flush_may_send_are_silent() -> None:
    assert found(logs(repetition(UPDATE, AUTHORS))) == []


def test_the_same_keys_in_every_transaction_speak_against_a_loop() -> None:
    (usual,) = found(logs(repetition(AUTHOR, episodes=5)))
    (fixed,) = found(logs(repetition(AUTHOR, episodes=5, same_keys=True, step=None)))
    assert usual.confidence is Confidence.MEDIUM
    assert (fixed.severity, fixed.confidence) == (Severity.INFO, Confidence.LOW)
