"""The two questions that the tests of detectors ask, and what has to hold for every finding."""

import json
import re
from typing import Any

from jsonschema import Draft202012Validator

from tests.detectors.build import NOW
from triage.detectors.detector import Detector
from triage.evidence import Evidence
from triage.findings import Confidence, Finding, Report, Severity
from triage.reports.json import render, schema

_SCHEMA = Draft202012Validator(json.loads(schema()))
_NOUNS = "session|connection|process|engine|transaction"
_WRONG_NUMBER = re.compile(rf"(?<![\w.,])(?:1 (?:{_NOUNS})(?:s|es)|(?!1\b)[\d,]+ (?:{_NOUNS}))\b")


def check_silent(detector: Detector, evidence: Evidence) -> None:
    """The detector finds nothing."""
    assert [finding.summary for finding in detector.detect(evidence)] == []


def check_found(
    detector: Detector,
    evidence: Evidence,
    severity: Severity | None = None,
    confidence: Confidence | None = None,
    *,
    says: str | tuple[str, ...] = (),
) -> Finding:
    """The detector finds one thing, this bad and this sure, and its summary says all of these."""
    findings = all_found(detector, evidence)
    assert len(findings) == 1, [finding.summary for finding in findings]
    (finding,) = findings
    if severity is not None:
        assert finding.severity is severity, finding.summary
    if confidence is not None:
        assert finding.confidence is confidence, finding.summary
    for words in (says,) if isinstance(says, str) else says:
        assert words in finding.summary
    return finding


def all_found(detector: Detector, evidence: Evidence) -> list[Finding]:
    """All that the detector finds, each held against what has to hold for every finding."""
    findings = list(detector.detect(evidence))
    for finding in findings:
        assert_sound(detector, finding)
        assert_reads_well(finding)
    return findings


def assert_sound(detector: Detector, finding: Finding) -> None:
    """It is of the detector's id and runbooks, and the JSON report of it is valid."""
    assert finding.id == detector.id
    assert finding.runbook in detector.runbooks
    assert re.fullmatch(rf"{finding.id}:[0-9a-f]{{12}}", finding.key)
    assert_valid(document(finding))


def assert_reads_well(finding: Finding) -> None:
    """Its sentences are sentences: nothing is missing, doubled or in the wrong number."""
    for text in (finding.subject, finding.summary, finding.remediation):
        assert text == " ".join(text.split())
        assert not re.search(r"\bNone\b|[ .,]\.|,,|\(\)", text), text
        assert not _WRONG_NUMBER.search(text), text
    assert finding.remediation[0].isupper()
    assert finding.remediation.endswith(".")


def assert_valid(document: object) -> None:
    """It is what the schema of the JSON report says."""
    errors = [f"{'/'.join(map(str, error.path))}: {error.message}" for error in _SCHEMA.iter_errors(document)]
    assert errors == []


def document(*findings: Finding) -> dict[str, Any]:
    """The JSON report of these findings, after a round trip through its text."""
    read: dict[str, Any] = json.loads(render(_report(*findings), {}))
    return read


def _report(*findings: Finding) -> Report:
    return Report(collected_at=NOW, findings=findings)
