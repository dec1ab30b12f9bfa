import pytest

from tests.detectors.build import engine, evidence
from tests.detectors.checks import all_found, check_found, check_silent
from triage.detectors.reset_on_return_disabled import ResetOnReturnDisabled
from triage.findings import Confidence, Severity

DETECTOR = ResetOnReturnDisabled()


def test_the_default_is_silent() -> None:
    check_silent(DETECTOR, evidence(engines=[engine()]))


def test_a_value_that_could_not_be_read_is_silent() -> None:
    unknown = engine(reset_on_return=None, unknown=frozenset({"pool_reset_on_return"}))
    check_silent(DETECTOR, evidence(engines=[unknown]))


def test_in_autocommit_nothing_is_left_open() -> None:
    check_silent(DETECTOR, evidence(engines=[engine(reset_on_return=None, isolation_level="AUTOCOMMIT")]))


def test_null_pool_hands_nothing_on() -> None:
    check_silent(DETECTOR, evidence(engines=[engine(reset_on_return=None, poolclass="NullPool")]))


def test_no_reset_is_found() -> None:
    finding = check_found(
        DETECTOR, evidence(engines=[engine(reset_on_return=None)]), Severity.WARNING, says="leaves transactions open"
    )
    assert finding.details["reset_on_return"] is None


def test_a_commit_is_found() -> None:
    check_found(
        DETECTOR,
        evidence(engines=[engine(reset_on_return="commit")]),
        Severity.WARNING,
        says="commits whatever was left",
    )


def test_an_isolation_level_that_could_not_be_read_makes_it_less_sure() -> None:
    """In AUTOCOMMIT the option would be harmless."""
    unknown = engine(reset_on_return=None, unknown=frozenset({"isolation_level"}))
    assert check_found(DETECTOR, evidence(engines=[unknown])).confidence < Confidence.HIGH


@pytest.mark.parametrize("poolclass", ["StaticPool", "AsyncAdaptedQueuePool"])
def test_other_pools_hand_connections_on_too(poolclass: str) -> None:
    check_found(DETECTOR, evidence(engines=[engine(reset_on_return=None, poolclass=poolclass)]))


def test_each_engine_has_its_key() -> None:
    engines = [engine(reset_on_return=None, name=name) for name in ("a", "b")]
    assert len({f.key for f in all_found(DETECTOR, evidence(engines=engines))}) == 2
