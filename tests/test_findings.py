"""What a finding is: how bad, how sure, and the same one from run to run."""

import dataclasses
from itertools import permutations
from random import Random
from typing import Any

import pytest

from tests.detectors.build import NOW
from triage.evidence import Gap, Source, SourceKind
from triage.findings import Confidence, Finding, Report, Severity, by_importance, make_key


def finding(**fields: Any) -> Finding:
    usual = {
        "id": "a-problem",
        "key": "a-problem:1",
        "severity": Severity.WARNING,
        "confidence": Confidence.MEDIUM,
        "subject": "shop",
        "summary": "Something is wrong.",
        "remediation": "Mend it.",
        "runbook": "a-runbook",
    }
    return Finding(**{**usual, **fields})


def test_severities_are_in_order() -> None:
    assert Severity.INFO < Severity.WARNING < Severity.CRITICAL
    assert [str(severity) for severity in sorted(Severity)] == ["info", "warning", "critical"]


def test_confidences_are_in_order() -> None:
    assert Confidence.LOW < Confidence.MEDIUM < Confidence.HIGH
    assert [str(confidence) for confidence in sorted(Confidence)] == ["low", "medium", "high"]


def test_a_report_without_findings_has_no_worst() -> None:
    assert Report(collected_at=NOW).worst is None


def test_the_worst_is_the_highest_severity_wherever_it_stands() -> None:
    findings = [finding(severity=severity) for severity in Severity]
    for order in permutations(findings):
        assert Report(collected_at=NOW, findings=order).worst is Severity.CRITICAL


def test_findings_are_sorted_by_severity_then_confidence_then_impact() -> None:
    expected = [
        finding(severity=Severity.CRITICAL, confidence=Confidence.LOW),
        finding(confidence=Confidence.HIGH, impact=-1.0),
        finding(impact=float("inf")),
        finding(impact=7.0),
        finding(id="a-problem", key="a-problem:2"),
        finding(id="b-problem"),
        finding(confidence=Confidence.LOW, impact=99.0),
        finding(severity=Severity.INFO, confidence=Confidence.HIGH, impact=99.0),
    ]
    shuffled = Random(7).sample(expected, len(expected))
    assert sorted(shuffled, key=by_importance) == expected


def test_findings_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        finding().severity = Severity.INFO  # type: ignore[misc]


def test_a_key_begins_with_the_id_and_holds_nothing_readable() -> None:
    key = make_key("idle-in-transaction", "shop", "customer@example.com")
    assert key.startswith("idle-in-transaction:")
    assert "customer" not in key


def test_a_key_is_the_same_in_every_process() -> None:
    """It is stored and compared on other machines, so it must never change between two versions either."""
    assert make_key("idle-in-transaction", "shop", None, "SELECT ?") == "idle-in-transaction:27497100d88b"


def test_each_part_of_the_identity_counts_and_so_does_its_place() -> None:
    identities: list[tuple[str | None, ...]] = [
        (),
        ("a",),
        ("a", "b"),
        ("b", "a"),
        ("ab",),
        ("a", "b", "c"),
        (None, "a", "b"),
        ("a", None, "b"),
        ("a b",),
    ]
    assert len({make_key("x", *identity) for identity in identities}) == len(identities)


def test_another_id_has_another_key() -> None:
    assert make_key("a", "same") != make_key("b", "same")


def test_a_report_looked_if_any_of_its_sources_could_be_read() -> None:
    def seen(*names: str, unread: str = "") -> Report:
        sources = tuple(Source(kind=SourceKind.QUERY_LOG, name=name, collected_at=NOW) for name in names)
        gaps = (Gap(source=unread, reason="it is gone", hint="look for it", unread=True),) if unread else ()
        return Report(collected_at=NOW, sources=sources, gaps=gaps)

    assert not seen().looked
    assert not seen("a", unread="a").looked
    assert seen("a", "b", unread="a").looked
    assert seen("a", unread="b").looked
