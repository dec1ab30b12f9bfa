from tests.detectors.checks import all_found, check_found, check_silent
from tests.detectors.failures import CHECKOUT, JAVA, NOT_NULL, app_logs, clue, failure
from triage.detectors.missing_foreign_key import MissingForeignKey
from triage.evidence import AppFrame
from triage.findings import Confidence, Severity

DETECTOR = MissingForeignKey()
ERROR = clue(
    "sqlalchemy.exc.NoForeignKeysError", message="Could not determine join condition between parent/child tables"
)


def test_logs_without_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs())


def test_other_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs(NOT_NULL, JAVA))


def test_it_is_found_where_the_app_was() -> None:
    finding = check_found(
        DETECTOR, app_logs(failure(ERROR, 3)), Severity.CRITICAL, Confidence.HIGH, says="3 times, from "
    )
    assert finding.location
    assert (finding.location.file, finding.location.function) == (CHECKOUT.file, CHECKOUT.function)
    assert finding.details["occurrences"] == 3


def test_the_table_of_a_key() -> None:
    check_found(
        DETECTOR, app_logs(clue("sqlalchemy.exc.NoReferencedTableError", message="could not find table 'parents'"))
    )


def test_an_argument_error() -> None:
    check_found(
        DETECTOR,
        app_logs(
            clue(
                "sqlalchemy.exc.ArgumentError",
                message="Could not locate any relevant foreign key columns for primary join condition",
            )
        ),
    )


def test_each_function_is_a_finding_and_a_line_is_not() -> None:
    moved = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=43, function=CHECKOUT.function))
    other = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=90, function="refund"))
    (before,) = all_found(DETECTOR, app_logs(ERROR))
    findings = all_found(DETECTOR, app_logs(moved, other))
    assert len({finding.key for finding in findings}) == 2
    assert before.key in {finding.key for finding in findings}
