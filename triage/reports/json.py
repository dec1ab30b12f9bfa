"""The JSON report: a versioned shape of its own, apart from the types inside.

Scripts that are not ours read it. A field may be added; one that is there neither goes nor changes
its meaning without a new ``schema_version``. The schema is ``report.schema.json`` beside this file.
"""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files

from triage import __version__
from triage.evidence import Source
from triage.findings import Finding, Measurement, Report
from triage.runbooks import Runbook

SCHEMA_VERSION = 1


def render(report: Report, runbooks: Mapping[str, Runbook], *, color: bool = False) -> str:  # noqa: ARG001
    """The report as JSON text; ``runbooks`` and ``color`` are for formats that people read."""
    return json.dumps(document(report), indent=2, ensure_ascii=False, allow_nan=False)


def document(report: Report) -> dict[str, object]:
    """The report as the contract has it."""
    return {
        "schema_version": SCHEMA_VERSION,
        "triage_version": __version__,
        "collected_at": _instant(report.collected_at),
        "sources": [_source(source) for source in report.sources],
        "findings": [_finding(finding) for finding in report.findings],
        "gaps": [{"source": gap.source, "reason": gap.reason, "hint": gap.hint} for gap in report.gaps],
        "skipped": [{"detector": skipped.detector, "reason": skipped.reason} for skipped in report.skipped],
    }


def schema() -> str:
    """The JSON Schema of the report, as text."""
    return files("triage.reports").joinpath("report.schema.json").read_text(encoding="utf-8")


def _source(source: Source) -> dict[str, object]:
    return {
        "kind": str(source.kind),
        "name": source.name,
        "backend": str(source.backend) if source.backend else None,
        "server_version": source.server_version,
        "collected_at": _instant(source.collected_at),
        **source.facts,
    }


def _finding(finding: Finding) -> dict[str, object]:
    location = finding.location
    return {
        "id": finding.id,
        "key": finding.key,
        "severity": str(finding.severity),
        "confidence": str(finding.confidence),
        "subject": finding.subject,
        "summary": finding.summary,
        "measurements": [_measurement(measurement) for measurement in finding.measurements],
        "details": finding.details,
        "location": {"file": location.file, "line": location.line, "function": location.function} if location else None,
        "remediation": finding.remediation,
        "runbook": finding.runbook,
        "next_steps": list(finding.next_steps),
    }


def _measurement(measurement: Measurement) -> dict[str, object]:
    return {
        "name": measurement.name,
        "value": _number(measurement.value),
        "unit": measurement.unit,
        "threshold": _number(measurement.threshold),
    }


def _number(value: float | None) -> float | None:
    """JSON has neither infinity nor NaN."""
    return value if value is not None and math.isfinite(value) else None


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
