from tests.detectors.build import engine, evidence
from tests.detectors.checks import all_found, check_found, check_silent
from triage.detectors.echo_enabled import EchoEnabled
from triage.findings import Severity

DETECTOR = EchoEnabled()


def test_no_echo_is_silent() -> None:
    check_silent(DETECTOR, evidence(engines=[engine(echo=False)]))


def test_an_echo_that_could_not_be_read_is_silent() -> None:
    check_silent(DETECTOR, evidence(engines=[engine(echo=None, unknown=frozenset({"echo"}))]))


def test_echo_is_found() -> None:
    finding = check_found(
        DETECTOR,
        evidence(engines=[engine(echo=True)]),
        Severity.WARNING,
        says="Engine engine has echo=True: every statement",
    )
    assert "every row" not in finding.summary
    assert finding.runbook == "echo-in-production"


def test_debug_echoes_rows_too() -> None:
    check_found(DETECTOR, evidence(engines=[engine(echo="debug")]), says=('echo="debug"', "and every row,"))


def test_each_engine_has_its_key() -> None:
    engines = [engine(echo=True), engine(echo=True, name="writer"), engine()]
    assert len({f.key for f in all_found(DETECTOR, evidence(engines=engines))}) == 2
    assert (
        check_found(DETECTOR, evidence(engines=[engine(echo=True, line=5)])).key
        == check_found(DETECTOR, evidence(engines=[engine(echo="debug")])).key
    )
