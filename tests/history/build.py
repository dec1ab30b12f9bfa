"""Reports and runs as literals."""

from datetime import datetime, timedelta
from typing import Any

from tests.detectors.build import NOW, source
from triage.findings import Confidence, Finding, Gauge, Report, Severity
from triage.health import TargetHealth
from triage.history import Past, Store, compared

WARNING, CRITICAL, INFO = Severity.WARNING, Severity.CRITICAL, Severity.INFO


def finding(key: str = "leak", severity: Severity = WARNING, **fields: Any) -> Finding:
    return Finding(
        **{
            "id": "idle-in-transaction",
            "key": key,
            "severity": severity,
            "confidence": Confidence.HIGH,
            "subject": "shop",
            "summary": "It leaks.",
            "remediation": "Close it.",
            "runbook": "session-leak",
            **fields,
        }
    )


def report(*findings: Finding, hour: float = 0, **fields: Any) -> Report:
    """What a look so many hours after noon saw."""
    return Report(**{"collected_at": at(hour), "findings": findings, "sources": (source(),), **fields})


def at(hour: float) -> datetime:
    return NOW + timedelta(hours=hour)


def gauge(name: str, value: float, **labels: str) -> Gauge:
    return Gauge(name=name, value=value, unit="sessions", labels=labels)


def run(store: Store, seen: Report, target: str = "shop", needed: int = 1) -> tuple[Past, TargetHealth]:
    """Compare a report with what the store knows, and save it."""
    past = store.past(target)
    result = compared(past, seen, needed=needed)
    health = TargetHealth(name=target, report=seen, trends=result.trends, gone=result.gone, pending=result.pending)
    store.save(health, seen.collected_at, result.kept)
    return past, health
