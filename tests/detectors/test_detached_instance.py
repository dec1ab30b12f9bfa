from tests.detectors.checks import all_found, check_found, check_silent
from tests.detectors.failures import CHECKOUT, JAVA, NOT_NULL, app_logs, clue, failure
from triage.detectors.detached_instance import DetachedInstance
from triage.evidence import AppFrame
from triage.findings import Confidence, Severity

DETECTOR = DetachedInstance()
ERROR = clue(
    "sqlalchemy.orm.exc.DetachedInstanceError",
    code="bhk3",
    message="Parent instance <Author> is not bound to a Session; lazy load operation of attribute 'books' cannot proceed",
)


def test_logs_without_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs())


def test_other_errors_are_silent() -> None:
    check_silent(DETECTOR, app_logs(NOT_NULL, JAVA))


def test_it_is_found_where_the_app_was() -> None:
    finding = check_found(
        DETECTOR, app_logs(failure(ERROR, 3)), Severity.WARNING, Confidence.HIGH, says="3 times, from "
    )
    assert finding.location
    assert (finding.location.file, finding.location.function) == (CHECKOUT.file, CHECKOUT.function)
    assert finding.details["occurrences"] == 3


def test_the_code_of_another_version() -> None:
    check_found(DETECTOR, app_logs(clue(code="bhk3", message="reworded")))


def test_the_class_alone() -> None:
    check_found(DETECTOR, app_logs(clue("DetachedInstanceError")))


def test_the_words_alone() -> None:
    check_found(
        DETECTOR,
        app_logs(
            clue(message="Instance <Author> is not bound to a Session; attribute refresh operation cannot proceed")
        ),
    )


def test_each_function_is_a_finding_and_a_line_is_not() -> None:
    moved = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=43, function=CHECKOUT.function))
    other = failure(ERROR, frame=AppFrame(file=CHECKOUT.file, line=90, function="refund"))
    (before,) = all_found(DETECTOR, app_logs(ERROR))
    findings = all_found(DETECTOR, app_logs(moved, other))
    assert len({finding.key for finding in findings}) == 2
    assert before.key in {finding.key for finding in findings}
