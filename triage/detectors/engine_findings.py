"""What the findings about one engine's configuration have in common."""

from collections.abc import Mapping

from triage.evidence import EngineConfig
from triage.findings import Confidence, Finding, Location, Measurement, Severity, make_key


def finding(
    finding_id: str,
    engine: EngineConfig,
    *,
    severity: Severity,
    summary: str,
    remediation: str,
    runbook: str,
    confidence: Confidence = Confidence.HIGH,
    measurements: tuple[Measurement, ...] = (),
    details: Mapping[str, object] | None = None,
) -> Finding:
    """A finding about an engine, with the place in the app's files where it can be mended."""
    return Finding(
        id=finding_id,
        key=make_key(finding_id, engine.file, engine.name),
        severity=severity,
        confidence=confidence,
        subject=f"engine {engine.name}",
        summary=summary,
        remediation=remediation,
        runbook=runbook,
        measurements=measurements,
        details={"engine": engine.name, **(details or {})},
        location=Location(file=engine.file, line=engine.line, function=engine.function),
    )
