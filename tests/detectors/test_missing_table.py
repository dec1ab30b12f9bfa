from tests.detectors.checks import all_found, check_found, check_silent
from tests.detectors.failures import CHECKOUT, JAVA, NOT_NULL, app_logs, clue, failure
from triage.detectors.missing_table import MissingTable
from triage.evidence import AppFrame
from triage.findings import Confidence, Severity

DETECTOR = MissingTable()
ERROR = clue("psycopg2.errors.UndefinedTable", sqlstate="42P01", message='relation "books" does not exist')


def test_logs_without_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs())


def test_other_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs(NOT_NULL, JAVA))


def test_a_missing_column_is_another() -> None:
    check_silent(
        DETECTOR,
        app_logs(clue("psycopg2.errors.UndefinedColumn", sqlstate="42703", message='column "isbn" does not exist')),
    )


def test_it_is_found_where_the_app_was() -> None:
    finding = check_found(
        DETECTOR, app_logs(failure(ERROR, 3)), Severity.WARNING, Confidence.HIGH, says="3 times, from "
    )
    assert finding.location
    assert (finding.location.file, finding.location.function) == (CHECKOUT.file, CHECKOUT.function)
    assert finding.details["occurrences"] == 3


def test_mysqls_number() -> None:
    check_found(DETECTOR, app_logs(clue("pymysql.err.ProgrammingError", errno=1146)))


def test_sqlites_words() -> None:
    check_found(DETECTOR, app_logs(clue("sqlite3.OperationalError", message="no such table: books")))


def test_each_function_is_a_finding_and_a_line_is_not() -> None:
    moved = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=43, function=CHECKOUT.function))
    other = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=90, function="refund"))
    (before,) = all_found(DETECTOR, app_logs(ERROR))
    findings = all_found(DETECTOR, app_logs(moved, other))
    assert len({finding.key for finding in findings}) == 2
    assert before.key in {finding.key for finding in findings}


def test_a_table_that_a_statement_leaves_out_of_its_from_clause_is_there() -> None:
    message = 'missing FROM-clause entry for table "books"'
    check_silent(DETECTOR, app_logs(clue("psycopg2.errors.UndefinedTable", sqlstate="42P01", message=message)))
