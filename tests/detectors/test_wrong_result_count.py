from tests.detectors.checks import all_found, check_found, check_silent
from tests.detectors.failures import CHECKOUT, JAVA, NOT_NULL, app_logs, clue, failure
from triage.detectors.wrong_result_count import WrongResultCount
from triage.evidence import AppFrame
from triage.findings import Confidence, Severity

DETECTOR = WrongResultCount()
ERROR = clue("sqlalchemy.exc.NoResultFound", message="No row was found when one was required")


def test_logs_without_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs())


def test_other_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs(NOT_NULL, JAVA))


def test_an_apps_own_exception_of_that_name() -> None:
    check_silent(DETECTOR, app_logs(clue("shop.errors.NoResultFound", message="no book")))


def test_it_is_found_where_the_app_was() -> None:
    finding = check_found(
        DETECTOR, app_logs(failure(ERROR, 3)), Severity.WARNING, Confidence.HIGH, says="3 times, from "
    )
    assert finding.location
    assert (finding.location.file, finding.location.function) == (CHECKOUT.file, CHECKOUT.function)
    assert finding.details["occurrences"] == 3


def test_several() -> None:
    check_found(
        DETECTOR,
        app_logs(
            clue(
                "sqlalchemy.exc.MultipleResultsFound", message="Multiple rows were found when exactly one was required"
            )
        ),
    )


def test_where_version_1_3_had_it() -> None:
    check_found(DETECTOR, app_logs(clue("sqlalchemy.orm.exc.NoResultFound", message="No row was found for one()")))


def test_each_function_is_a_finding_and_a_line_is_not() -> None:
    moved = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=43, function=CHECKOUT.function))
    other = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=90, function="refund"))
    (before,) = all_found(DETECTOR, app_logs(ERROR))
    findings = all_found(DETECTOR, app_logs(moved, other))
    assert len({finding.key for finding in findings}) == 2
    assert before.key in {finding.key for finding in findings}
