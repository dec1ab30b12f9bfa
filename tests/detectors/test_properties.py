"""What holds for every detector, whatever the evidence is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.detectors.build import NOW
from tests.detectors.checks import assert_sound, assert_valid, document
from tests.detectors.strategies import aged, ages, evidences
from triage.check import judge
from triage.detectors import DETECTORS
from triage.detectors.detector import Detector
from triage.detectors.long_transaction import LongTransaction
from triage.evidence import ActivitySnapshot, AppLogs, ConnectionStats, Evidence, QueryLogs, ServerConfig
from triage.findings import Severity
from triage.reports import text

Test = Callable[..., Any]

EACH = pytest.mark.parametrize("kind", DETECTORS, ids=lambda kind: str(kind.id))
AGES = {"activity", "prepared"}
"""The evidence that has ages."""
HANDS_OVER = {LongTransaction}
"""What goes idle, or runs one statement for long, is found by another detector from then on."""


def examples(number: int) -> Callable[[Test], Test]:
    """So many, the same ones in each run."""
    return settings(
        max_examples=number,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@EACH
def test_evidence_that_shows_nothing_is_silent(kind: type[Detector]) -> None:
    nothing = Evidence(
        collected_at=NOW,
        activity=ActivitySnapshot(sessions=()),
        limits=(),
        prepared=(),
        horizon=(),
        server=ServerConfig(timeouts={}),
        connections=ConnectionStats(sessions=0, transactions=0, since=NOW, period=timedelta()),
        engines=(),
        query_logs=QueryLogs(),
        app_logs=AppLogs(),
        statements=(),
    )
    assert list(kind().detect(nothing)) == []


@EACH
def test_every_finding_is_sound_and_has_a_key_of_its_own(kind: type[Detector]) -> None:
    @given(evidences(*kind.needs))
    @examples(80)
    def holds(evidence: Evidence) -> None:
        findings = list(kind().detect(evidence))
        for finding in findings:
            assert_sound(kind(), finding)
        assert len({finding.key for finding in findings}) == len(findings)

    holds()


@pytest.mark.parametrize(
    "kind", [kind for kind in DETECTORS if AGES.intersection(kind.needs)], ids=lambda kind: str(kind.id)
)
def test_nothing_gets_better_by_waiting(kind: type[Detector]) -> None:
    @given(evidences(*kind.needs), ages)
    @examples(50)
    def holds(evidence: Evidence, by: timedelta) -> None:
        assert worst(kind(), aged(evidence, by)) >= worst(kind(), evidence)

    if kind not in HANDS_OVER:
        holds()


@given(evidences())
@examples(40)
def test_every_report_can_be_printed(evidence: Evidence) -> None:
    report = judge(evidence, {})
    assert report == judge(evidence, {})
    assert not [skipped for skipped in report.skipped if "it failed" in skipped.reason]
    assert text.render(report, {})
    assert_valid(document(*report.findings))


def worst(detector: Detector, evidence: Evidence) -> int:
    return max((finding.severity for finding in detector.detect(evidence)), default=Severity.INFO - 1)
