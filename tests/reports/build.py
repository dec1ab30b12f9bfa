"""A scheduled run as a literal, with something of everything; and texts that want to be more than texts."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tests.detectors.build import HOUR, NOW, evidence, leaked, several, source
from triage.detectors.idle_in_transaction import IdleInTransaction
from triage.evidence import Gap
from triage.findings import Confidence, Finding, Gauge, Location, Measurement, Report, Severity, Skipped
from triage.health import Change, Gone, HealthReport, Ignored, Pending, Sample, TargetHealth, Trend

HOSTILE = (
    "<script>alert(1)</script> | `a` ``b`` **c** [d](javascript:e) @f #1 \\ \"g\" 'h' \u202e\n# i\n\0\ud800 ~~j~~ &lt;"
)
UNREAD = Gap(source="db", reason="the server cannot be reached", hint="check the host", unread=True)


def finding(**fields: Any) -> Finding:
    return Finding(
        **{
            "id": "pool-overcommit",
            "key": "pool-overcommit:1",
            "severity": Severity.WARNING,
            "confidence": Confidence.HIGH,
            "subject": "engine engine",
            "summary": "8 processes × (pool_size 10 + max_overflow 20) = 240 connections. But there are 97.",
            "remediation": "Make them fit.",
            "runbook": "pool-sizing",
            "details": {
                "processes": 8,
                "pool_size": 10,
                "max_overflow": 20,
                "demand": 240,
                "max_connections": 100,
                "reserved": 3,
                "available": 97,
            },
            "measurements": (Measurement(name="demand", value=240, unit="connections", threshold=97),),
            "location": Location(file="app/db.py", line=42),
            "next_steps": ("triage check",),
            **fields,
        }
    )


def leak(sessions: int = 3) -> Finding:
    """A real one, with its table of sessions."""
    (found,) = IdleInTransaction().detect(evidence(*several(leaked(idle=HOUR), sessions)))
    return found


def gauges(active: float = 3) -> tuple[Gauge, ...]:
    return (
        Gauge(name="sessions", value=active, unit="sessions", labels={"state": "active"}),
        Gauge(name="sessions", value=0, unit="sessions", labels={"state": "idle"}),
        Gauge(name="idle_in_transaction_longest", value=3600.5, unit="seconds"),
        Gauge(name="connections_available", value=97, unit="connections"),
    )


def report(*findings: Finding, **fields: Any) -> Report:
    return Report(**{"collected_at": NOW, "findings": findings, "sources": (source(),), "gauges": gauges(), **fields})


def whole() -> HealthReport:
    """Two targets that could be looked at and one that could not."""
    leaking, pool = leak(), finding()
    shop = TargetHealth(
        name="shop",
        report=report(
            leaking,
            pool,
            gaps=(Gap(source="db", reason="statements are hidden", hint="grant pg_read_all_stats"),),
            skipped=(Skipped(detector="n-plus-one", reason="no query log was read"),),
        ),
        tags=("prod",),
        elapsed=timedelta(milliseconds=123.4),
        trends={
            leaking.key: Trend(change=Change.NEW, since=NOW, looks=1),
            pool.key: Trend(change=Change.SAME, since=NOW - timedelta(days=3), looks=4),
        },
        gone=(
            Gone(
                id="long-query",
                key="long-query:1",
                severity=Severity.WARNING,
                subject="shop",
                summary="It ran.",
                since=NOW - HOUR,
                last_seen=NOW - HOUR,
            ),
        ),
        ignored=(Ignored(finding=finding(id="echo-enabled", key="e"), reason="on purpose", until=date(2026, 12, 31)),),
        pending=(Pending(finding=finding(id="long-transaction", key="t"), looks=1, needed=3),),
        samples=tuple(
            Sample(at=NOW - timedelta(days=day), gauges=gauges(day), findings={Severity.WARNING: day})
            for day in reversed(range(5))
        ),
    )
    down = TargetHealth(name="billing", report=Report(collected_at=NOW, gaps=(UNREAD,)))
    fine = TargetHealth(name="fine", report=report())
    return HealthReport(collected_at=NOW, targets=(shop, down, fine), gaps=(replace(UNREAD, source="history"),))


def hostile() -> HealthReport:
    """A run whose every text wants to be more."""
    attack = finding(
        id="long-query",
        subject=HOSTILE,
        summary=HOSTILE,
        remediation=HOSTILE,
        location=Location(file=HOSTILE),
        next_steps=(HOSTILE,),
        details={"sessions": [{"pid": 1, "client": HOSTILE}]},
    )
    target = TargetHealth(
        name=HOSTILE,
        report=report(attack, gaps=(Gap(source=HOSTILE, reason=HOSTILE, hint=HOSTILE),)),
        tags=(HOSTILE,),
        ignored=(Ignored(finding=attack, reason=HOSTILE),),
    )
    return HealthReport(collected_at=NOW, targets=(target,))
