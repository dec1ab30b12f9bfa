"""The JSON report: the contract that scripts rely on."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from tests.detectors.build import NOW, leaked, source, waiter
from tests.detectors.build import evidence as look
from triage import __version__
from triage.detectors.blocking_chain import BlockingChain
from triage.detectors.idle_in_transaction import IdleInTransaction
from triage.evidence import Gap, Source, SourceKind
from triage.findings import Confidence, Finding, Location, Measurement, Report, Severity, Skipped
from triage.reports.json import SCHEMA_VERSION, document, render, schema

FINDING = Finding(
    id="pool-overcommit",
    key="pool-overcommit:1",
    severity=Severity.CRITICAL,
    confidence=Confidence.MEDIUM,
    subject="engine engine",
    summary="Too many.",
    remediation="Make them fit.",
    runbook="pool-sizing",
    measurements=(Measurement(name="demand", value=240, unit="connections", threshold=97),),
    details={
        "processes": 8,
        "pool_size": 10,
        "max_overflow": 20,
        "demand": 240,
        "max_connections": 100,
        "reserved": 3,
        "available": 97,
    },
    location=Location(file="app/db.py", line=42, function="build"),
    next_steps=("triage check",),
    impact=2.5,
)


def rendered(*findings: Finding, **fields: Any) -> dict[str, Any]:
    report = Report(**{"collected_at": NOW, "findings": findings, "sources": (source(),), **fields})
    read: dict[str, Any] = json.loads(render(report, {}))
    return read


def validate(document: object) -> None:
    Draft202012Validator(json.loads(schema())).validate(document)


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(json.loads(schema()))


def test_a_report_without_anything_is_valid() -> None:
    empty = rendered(sources=())
    validate(empty)
    assert empty == {
        "schema_version": 1,
        "triage_version": __version__,
        "collected_at": "2026-01-31T15:00:00Z",
        "sources": [],
        "findings": [],
        "gaps": [],
        "skipped": [],
    }


def test_a_finding_is_as_the_contract_has_it() -> None:
    full = rendered(FINDING)
    validate(full)
    assert full["findings"] == [
        {
            "id": "pool-overcommit",
            "key": "pool-overcommit:1",
            "severity": "critical",
            "confidence": "medium",
            "subject": "engine engine",
            "summary": "Too many.",
            "measurements": [{"name": "demand", "value": 240, "unit": "connections", "threshold": 97}],
            "details": dict(FINDING.details),
            "location": {"file": "app/db.py", "line": 42, "function": "build"},
            "remediation": "Make them fit.",
            "runbook": "pool-sizing",
            "next_steps": ["triage check"],
        }
    ]


def test_impact_is_not_part_of_it() -> None:
    assert "impact" not in rendered(FINDING)["findings"][0]


def test_real_findings_are_valid() -> None:
    seen = look(leaked(1), waiter(2, 1))
    validate(rendered(*IdleInTransaction().detect(seen), *BlockingChain().detect(seen)))


def test_gaps_and_skipped_are_valid() -> None:
    full = rendered(
        gaps=(Gap(source="db", reason="hidden", hint="grant", unread=True),),
        skipped=(Skipped(detector="pool-overcommit", reason="no engine config was read"),),
    )
    validate(full)
    assert full["gaps"] == [{"source": "db", "reason": "hidden", "hint": "grant"}]
    assert full["skipped"] == [{"detector": "pool-overcommit", "reason": "no engine config was read"}]


def test_a_database_says_what_it_cost() -> None:
    (database,) = rendered()["sources"]
    assert database == {
        "kind": "database",
        "name": "postgresql://app@db.example.com/shop",
        "backend": "postgresql",
        "server_version": "18.0",
        "collected_at": "2026-01-31T15:00:00Z",
        "queries": 8,
        "elapsed_ms": 40,
    }


def test_a_source_that_is_no_database() -> None:
    full = rendered(sources=(Source(kind=SourceKind.ENGINE, name="app/db.py", collected_at=NOW),))
    validate(full)
    assert full["sources"][0]["backend"] is None


def test_times_are_in_utc() -> None:
    elsewhere = datetime(2026, 1, 31, 16, 30, 0, 999_999, tzinfo=timezone(timedelta(hours=1, minutes=30)))
    assert rendered(collected_at=elsewhere, sources=())["collected_at"] == "2026-01-31T15:00:00Z"


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_number_json_does_not_have_is_null(value: float) -> None:
    endless = Measurement(name="share", value=value, unit="ratio", threshold=value)
    (measurement,) = rendered(
        Finding(
            id="a",
            key="a:1",
            severity=Severity.INFO,
            confidence=Confidence.LOW,
            subject="a",
            summary="a",
            remediation="a",
            runbook="a",
            measurements=(endless,),
        )
    )["findings"][0]["measurements"]
    assert measurement == {"name": "share", "value": None, "unit": "ratio", "threshold": None}


def test_text_is_written_as_it_is() -> None:
    text = render(Report(collected_at=NOW, gaps=(Gap(source="größe", reason="→", hint="\x1b[31m"),)), {})
    assert "größe" in text
    assert "\x1b" not in text


def test_the_document_is_what_is_rendered() -> None:
    report = Report(collected_at=NOW, findings=(FINDING,), sources=(source(),))
    assert json.loads(render(report, {})) == document(report)
    assert document(report)["schema_version"] == SCHEMA_VERSION


@pytest.mark.parametrize(
    "change",
    [
        {"severity": "fatal"},
        {"confidence": "certain"},
        {"id": "Pool_Overcommit"},
        {"summary": ""},
        {"details": {}},
        {"location": {"file": "a"}},
        {"extra": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_schema_refuses_what_the_contract_does_not_say(change: dict[str, object]) -> None:
    full = rendered(FINDING)
    full["findings"][0] |= change
    with pytest.raises(ValidationError):
        validate(full)


@pytest.mark.parametrize("missing", ["schema_version", "sources", "findings", "gaps", "skipped", "collected_at"])
def test_the_schema_misses_what_the_contract_says(missing: str) -> None:
    full = rendered(FINDING)
    del full[missing]
    with pytest.raises(ValidationError):
        validate(full)
