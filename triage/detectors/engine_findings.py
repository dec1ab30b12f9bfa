"""What the findings about one engine's configuration have in common."""

from collections.abc import Mapping

from triage.evidence import EngineConfig
from triage.findings import Confidence, Finding, Location, Measurement, Severity, make_key


def is_unbounded(engine: EngineConfig) -> bool:
    """Whether its pool opens a connection for whoever asks, as far as that could be read."""
    return engine.is_queue_pool and (engine.pool_size == 0 or engine.max_overflow == -1)


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
