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
from triage.evidence import Gap, Source
from triage.findings import Finding, Gauge, Measurement, Report
from triage.health import Gone, HealthReport, TargetHealth
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
        "collected_at": instant(report.collected_at),
        "sources": [_source(source) for source in report.sources],
        "findings": [_finding(finding) for finding in report.findings],
        "gaps": [_gap(gap) for gap in report.gaps],
        "skipped": [{"detector": skipped.detector, "reason": skipped.reason} for skipped in report.skipped],
    }


def render_health(health: HealthReport, runbooks: Mapping[str, Runbook]) -> str:  # noqa: ARG001 - as above
    """A scheduled run as JSON text."""
    return json.dumps(health_document(health), indent=2, ensure_ascii=False, allow_nan=False)


def health_document(health: HealthReport) -> dict[str, object]:
    """A scheduled run: of each target the report that the contract has, and what has changed."""
    return {
        "schema_version": SCHEMA_VERSION,
        "triage_version": __version__,
        "collected_at": instant(health.collected_at),
        "targets": [_target(target) for target in health.targets],
        "gaps": [_gap(gap) for gap in health.gaps],
    }


def _target(target: TargetHealth) -> dict[str, object]:
    return {
        "name": target.name,
        "tags": list(target.tags),
        "elapsed_ms": round(target.elapsed.total_seconds() * 1000),
        "report": document(target.report),
        "gauges": [_gauge(gauge) for gauge in target.report.gauges],
        "trends": {
            key: {"change": str(trend.change), "since": instant(trend.since), "looks": trend.looks}
            for key, trend in target.trends.items()
        },
        "gone": [_gone(gone) for gone in target.gone],
        "ignored": [
            {
                "finding": _finding(each.finding),
                "reason": each.reason,
                "until": each.until.isoformat() if each.until else None,
            }
            for each in target.ignored
        ],
        "pending": [
            {"finding": _finding(each.finding), "looks": each.looks, "needed": each.needed} for each in target.pending
        ],
    }


def _gone(gone: Gone) -> dict[str, object]:
    return {
        "id": gone.id,
        "key": gone.key,
        "severity": str(gone.severity),
        "subject": gone.subject,
        "summary": gone.summary,
        "since": instant(gone.since),
        "last_seen": instant(gone.last_seen),
    }


def _gauge(gauge: Gauge) -> dict[str, object]:
    return {"name": gauge.name, "value": _number(gauge.value), "unit": gauge.unit, "labels": dict(gauge.labels)}


def _gap(gap: Gap) -> dict[str, object]:
    return {"source": gap.source, "reason": gap.reason, "hint": gap.hint}


def schema() -> str:
    """The JSON Schema of the report, as text."""
    return files("triage.reports").joinpath("report.schema.json").read_text(encoding="utf-8")


def health_schema() -> str:
    """The JSON Schema of a scheduled run, as text, with that of the report inside of it."""
    whole = json.loads(files("triage.reports").joinpath("health.schema.json").read_text(encoding="utf-8"))
    whole["$defs"]["report"] = {"$id": "report.schema.json", **json.loads(schema())}
    return json.dumps(whole, indent=2) + "\n"


def _source(source: Source) -> dict[str, object]:
    return {
        "kind": str(source.kind),
        "name": source.name,
        "backend": str(source.backend) if source.backend else None,
        "server_version": source.server_version,
        "collected_at": instant(source.collected_at),
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


def instant(moment: datetime) -> str:
    """A time as scripts read it, in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
