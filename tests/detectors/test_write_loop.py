"""The detector's thresholds; what only looks like a loop is told in tests/detectors/repetitions."""

from datetime import timedelta

from tests.detectors.build import NOW
from tests.detectors.checks import check_found, check_silent
from tests.detectors.repetitions.logs import AUTHORS, INSERT, UPDATE, logs, repetition
from triage.detectors.write_loop import WriteLoop
from triage.evidence import Backend, EpisodeScope, Source, SourceKind
from triage.findings import Confidence, Severity

DETECTOR = WriteLoop()
MICROSECOND = timedelta(microseconds=1)


def test_an_executemany_is_none() -> None:
    check_silent(DETECTOR, logs(repetition(UPDATE, AUTHORS, times=40, step=59 * MICROSECOND)))


def test_requests_that_write_one_row_each_with_pauses_are_none() -> None:
    check_silent(DETECTOR, logs(repetition(INSERT, scope=EpisodeScope.CHAIN, is_slow=True, walks=True)))


def test_a_flush_for_each_row() -> None:
    finding = check_found(DETECTOR, logs(repetition(INSERT)), Severity.WARNING, Confidence.HIGH, says="reviews")
    assert finding.runbook == "write-loop"
    assert finding.details["fix"] == "session.execute(insert(Review), rows)"


def test_a_commit_for_each_row() -> None:
    chain = repetition(UPDATE, AUTHORS, scope=EpisodeScope.CHAIN)
    check_found(DETECTOR, logs(chain), Severity.WARNING, Confidence.MEDIUM, says="in a transaction of its own")


def test_one_change_to_many_rows_is_one_statement() -> None:
    """Where only the key differs a set-based update does it; values of their own need a list of them."""
    same, own = (repetition(UPDATE, AUTHORS, scope=EpisodeScope.CHAIN, varying=varying) for varying in ((1,), (0, 1)))
    one = check_found(DETECTOR, logs(same))
    assert one.details["fix"] == "session.execute(update(Author).where(Author.id.in_(ids)).values(changes))"
    assert check_found(DETECTOR, logs(own)).details["fix"] == "session.execute(update(Author), rows)"


def test_mariadb_returns_keys_and_mysql_does_not() -> None:
    """So one flush of many objects is one statement on the one, and as many as objects on the other."""
    insert = repetition("INSERT INTO reviews (stars) VALUES (?)", dialect="mysql")
    for backend, severity in ((Backend.MARIADB, Severity.WARNING), (Backend.MYSQL, Severity.INFO)):
        log = Source(kind=SourceKind.QUERY_LOG, name="slow.log", collected_at=NOW, backend=backend)
        evidence = logs(insert)
        check_found(
            DETECTOR, type(evidence)(collected_at=NOW, sources=(log,), query_logs=evidence.query_logs), severity
        )


def test_five_rows() -> None:
    check_silent(DETECTOR, logs(repetition(INSERT, times=4)))
    check_found(DETECTOR, logs(repetition(INSERT, times=5)))


def test_100_microseconds_from_one_row_to_the_next() -> None:
    check_silent(DETECTOR, logs(repetition(INSERT, times=40, step=99 * MICROSECOND)))
    check_found(DETECTOR, logs(repetition(INSERT, times=40, step=100 * MICROSECOND)))


def test_what_the_statements_took_themselves_does_not_count() -> None:
    slow = timedelta(milliseconds=80)
    check_silent(DETECTOR, logs(repetition(INSERT, times=40, total=slow, step=20 * MICROSECOND)))
