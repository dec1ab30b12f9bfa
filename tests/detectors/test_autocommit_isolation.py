import pytest

from tests.detectors.build import engine, evidence
from tests.detectors.checks import all_found, check_found, check_silent
from triage.detectors.autocommit_isolation import AutocommitIsolation
from triage.findings import Confidence, Severity

DETECTOR = AutocommitIsolation()


@pytest.mark.parametrize("level", [None, "READ COMMITTED", "SERIALIZABLE"])
def test_transactions_are_silent(level: str | None) -> None:
    check_silent(DETECTOR, evidence(engines=[engine(isolation_level=level)]))


def test_a_level_that_could_not_be_read_is_silent() -> None:
    check_silent(DETECTOR, evidence(engines=[engine(unknown=frozenset({"isolation_level"}))]))


@pytest.mark.parametrize("level", ["AUTOCOMMIT", "autocommit"])
def test_autocommit_is_found(level: str) -> None:
    finding = check_found(
        DETECTOR,
        evidence(engines=[engine(isolation_level=level)]),
        Severity.WARNING,
        Confidence.MEDIUM,
        says="Engine engine runs in AUTOCOMMIT",
    )
    assert finding.runbook == "data-lost-after-commit"
    assert finding.location is not None


def test_each_engine_has_its_key() -> None:
    engines = [engine(isolation_level="AUTOCOMMIT", name=name) for name in ("a", "b")]
    assert len({f.key for f in all_found(DETECTOR, evidence(engines=engines))}) == 2
