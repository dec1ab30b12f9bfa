"""Prometheus' text format, parsed back by its own client."""

from collections.abc import Mapping

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.detectors.build import NOW
from tests.reports.build import HOSTILE, UNREAD, finding, hostile, report, whole
from triage.health import HealthReport, TargetHealth, single
from triage.reports.prometheus import render, render_health

Samples = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]


def parsed(health: HealthReport) -> Samples:
    families = list(text_string_to_metric_families(render_health(health, {})))
    assert len({family.name for family in families}) == len(families)
    for family in families:
        assert family.name.startswith("triage_")
        assert family.type == "gauge"
        assert family.documentation.endswith(".")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float | None:
    return samples.get((f"triage_{name}", tuple(sorted(labels.items()))))


def test_a_target_without_findings_has_counts_of_nothing() -> None:
    samples = parsed(single(report(), "shop"))
    assert value(samples, "target_up", target="shop") == 1
    for severity in ("info", "warning", "critical"):
        assert value(samples, "findings", target="shop", severity=severity) == 0
    assert not any(name == "triage_finding" for name, _ in samples)


def test_a_target_that_could_not_be_looked_at_has_no_counts() -> None:
    samples = parsed(whole())
    assert value(samples, "target_up", target="billing") == 0
    assert value(samples, "findings", target="billing", severity="critical") is None


def test_findings_and_gauges() -> None:
    samples = parsed(whole())
    assert value(samples, "findings", target="shop", severity="critical") == 1
    assert value(samples, "finding", target="shop", id="pool-overcommit", severity="warning") == 1
    assert value(samples, "findings_new", target="shop") == 1
    assert value(samples, "sessions", target="shop", state="active") == 3
    assert value(samples, "idle_in_transaction_longest_seconds", target="shop") == 3600.5
    assert value(samples, "connections_available", target="fine") == 97
    assert value(samples, "look_duration_seconds", target="shop") == pytest.approx(0.1234)
    assert value(samples, "look_timestamp_seconds", target="shop") == whole().collected_at.timestamp()


def test_several_findings_of_one_id_are_one_sample() -> None:
    samples = parsed(single(report(finding(key="a"), finding(key="b")), "shop"))
    assert value(samples, "finding", target="shop", id="pool-overcommit", severity="warning") == 2


def test_a_hostile_name_stays_a_label() -> None:
    samples = parsed(hostile())
    (target,) = {dict(labels)["target"] for _, labels in samples}
    assert target == HOSTILE.replace("\0", "\N{REPLACEMENT CHARACTER}").replace("\ud800", "?")[:119] + (
        "…" if len(HOSTILE) > 120 else HOSTILE[119:]
    )


def test_a_label_is_bounded() -> None:
    samples = parsed(
        HealthReport(collected_at=report().collected_at, targets=(TargetHealth(name="x" * 500, report=report()),))
    )
    assert {len(dict(labels)["target"]) for _, labels in samples} == {120}


def test_one_look_is_named_after_its_source() -> None:
    text = render(report(gaps=(UNREAD,)), {})
    assert 'triage_target_up{target="postgresql://app@db.example.com/shop"}' in text
    assert text.endswith("\n")


def test_long_names_that_begin_alike_are_two() -> None:
    targets = tuple(TargetHealth(name="x" * 200 + end, report=report()) for end in "ab")
    lines = render_health(HealthReport(collected_at=NOW, targets=targets), {}).splitlines()
    names = [line.split(" ")[0] for line in lines if line.startswith("triage_target_up{")]
    assert len(set(names)) == 2
    assert max(map(len, names)) < 160
