"""Scheduled runs to make reports of: one as it comes in practice, and one of any length."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tests.detectors.build import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    WRITE,
    aborted,
    active,
    bounded,
    leaked,
    limit,
    server,
    session,
    several,
    source,
    waiter,
)
from tests.detectors.build import evidence as look
from triage.check import judge
from triage.evidence import Backend, Gap, LockSnapshot, Source, SourceKind
from triage.findings import Confidence, Finding, Gauge, Location, Measurement, Report, Severity, make_key
from triage.health import Change, Gone, HealthReport, Ignored, Pending, Sample, TargetHealth, Trend

ORDERS = "SELECT orders.id, orders.total, orders.state FROM orders WHERE orders.customer_id = ? ORDER BY orders.placed_at DESC"
_RELATIONS = ("Author.books", "Order.lines", "Customer.orders", "Book.reviews", "User.addresses", "Invoice.items")


def n_plus_one(relation: str = "Author.books", executions: int = 4210, number: int = 0, **fields: Any) -> Finding:
    """As a query log comes to it."""
    parent, child = relation.split(".")
    child_statement = f"SELECT {child}.id, {child}.title FROM {child} WHERE {child}.{parent.lower()}_id = ?"
    usual = {
        "id": "n-plus-one",
        "key": make_key("n-plus-one", relation, str(number)),
        "severity": Severity.WARNING,
        "confidence": Confidence.HIGH,
        "subject": relation,
        "summary": f"{relation} is loaded row by row (N+1); the statement ran {executions:,} times in 35 transactions, up to "
        f"480 in one, 2,140 ms in all: {child_statement}",
        "remediation": f"Load the rows together with their parents: select({parent}).options(selectinload({relation})).",
        "runbook": "n-plus-one",
        "measurements": (
            Measurement(name="worst", value=480, unit="executions", threshold=5),
            Measurement(name="executions", value=executions, unit="executions"),
            Measurement(name="episodes", value=35, unit="episodes"),
        ),
        "details": {
            "kind": "one-to-many",
            "child_statement": child_statement,
            "parent_statement": f"SELECT {parent.lower()}s.id, {parent.lower()}s.name FROM {parent.lower()}s LIMIT ?",
            "episodes": 35,
            "executions": executions,
            "worst": 480,
            "total_ms": 2140.25,
            "relationship": relation,
            "relationship_source": "models",
            "loader": "selectinload",
            "fix": f"select({parent}).options(selectinload({relation}))",
        },
        "location": Location(file="shop/views.py", line=40 + number, function=f"list_{child}"),
    }
    return Finding(**{**usual, **fields})


def bookstore() -> TargetHealth:
    """A target in trouble: leaked sessions, a queue behind an ALTER, pools that do not fit, and statements that repeat."""
    leaks = [
        replace(
            one, state_for=timedelta(seconds=40 + 61 * at**1.7), transaction_for=timedelta(seconds=41 + 61 * at**1.7)
        )
        for at, one in enumerate(several(leaked(statement=ORDERS), 14, first=4101))
    ]
    leaks[0] = replace(leaks[0], application_name="nightly", statement=WRITE, fingerprint=WRITE, state_for=8 * MINUTE)
    alter = "ALTER TABLE books ADD COLUMN year INTEGER"
    strong = LockSnapshot(type="relation", mode="AccessExclusiveLock", relation="books")
    queue = [
        waiter(
            4301, 4101, waited=6 * MINUTE, lock=strong, statement=alter, application_name="alembic", user="migrator"
        ),
        *(waiter(4302 + at, 4301, waited=(5 * MINUTE - at * 20 * SECOND)) for at in range(6)),
        waiter(4310, 4303, waited=20 * SECOND),
    ]
    failed = several(aborted(idle=11 * MINUTE, application_name="worker"), 2, first=4201)
    others = [*several(active(running=SECOND), 9, first=4401), *several(session(), 31, first=4501)]
    evidence = look(
        *leaks,
        *failed,
        *queue,
        *others,
        engines=[bounded(10, 20, 8)],
        limits=(limit(100, in_use=71, reserved=3),),
        server=server(idle_in_transaction_session_timeout=None, lock_timeout=None, statement_timeout=None),
    )
    judged = judge(evidence, {})
    log = Source(
        kind=SourceKind.QUERY_LOG,
        name="/var/log/postgresql/postgresql.log",
        collected_at=NOW,
        facts={
            "format": "stderr",
            "executions": 184_201,
            "transactions": {"begun": 9_114},
            "sessions": 212,
            "first": "2026-01-31T08:00:02Z",
            "last": "2026-01-31T14:59:58Z",
        },
    )
    repeated = [n_plus_one(name, 4210 // (at + 1), at) for at, name in enumerate(_RELATIONS)]
    findings = (*judged.findings, *repeated)
    report = replace(judged, findings=tuple(sorted(findings, key=lambda f: -f.severity)), sources=(source(), log))
    changes = [Change.NEW, Change.SAME, Change.SAME, Change.WORSE, Change.SAME, Change.SAME, Change.BETTER]
    trends = {
        finding.key: Trend(
            change=changes[at % len(changes)],
            since=NOW if changes[at % len(changes)] is Change.NEW else NOW - (at + 1) * DAY,
            looks=1 if changes[at % len(changes)] is Change.NEW else 4 * (at + 1),
        )
        for at, finding in enumerate(report.findings)
    }
    return TargetHealth(
        name="bookstore",
        tags=("prod", "shop"),
        report=report,
        elapsed=timedelta(milliseconds=412),
        trends=trends,
        gone=(
            Gone(
                id="connection-churn",
                key=make_key("connection-churn", "shop"),
                severity=Severity.WARNING,
                subject="shop (user app) in shop",
                summary="412 connections were opened in 10 min, 9 of 10 for less than a second.",
                since=NOW - 3 * DAY,
                last_seen=NOW - 6 * HOUR,
            ),
        ),
        ignored=(
            Ignored(
                finding=n_plus_one("Report.rows", 900, 77),
                reason="the export reads them one by one on purpose, to stay small",
                until=date(2026, 6, 30),
            ),
        ),
        pending=(Pending(finding=n_plus_one("Cart.items", 60, 78, severity=Severity.INFO), looks=1, needed=3),),
        samples=samples(report, 28),
    )


def samples(report: Report, number: int) -> tuple[Sample, ...]:
    """So many looks before and with this one, six hours apart."""
    return (
        *(
            Sample(
                at=NOW - (number - 1 - at) * 6 * HOUR,
                gauges=(
                    *_states(4 + at * 5 % 9, 28 + at * 7 % 11, max(0, at - 14) + at % 3, (at % 9 == 4) * 2),
                    Gauge(name="connections_in_use", value=50 + at % 13, unit="connections"),
                ),
                findings={
                    Severity.CRITICAL: int(at > 20) + int(at > 24),
                    Severity.WARNING: 3 + at * 3 % 4,
                    Severity.INFO: 1 + at % 2,
                },
            )
            for at in range(number - 1)
        ),
        Sample(at=NOW, gauges=report.gauges, findings=report.counts),
    )


def _states(active_ones: int, idle: int, held: int, failed: int) -> tuple[Gauge, ...]:
    states = {"active": active_ones, "idle": idle, "idle_in_transaction": held, "idle_in_transaction_aborted": failed}
    return tuple(
        Gauge(name="sessions", value=value, unit="sessions", labels={"state": state})
        for state, value in {**states, "unknown": 0}.items()
    )


def healthy(name: str = "search") -> TargetHealth:
    """A target with nothing wrong."""
    report = judge(look(*several(session(), 6), backend=Backend.MARIADB, limits=(limit(151, in_use=9),)), {})
    quiet = replace(report, findings=(), sources=(source(Backend.MARIADB, name=f"mysql://app@db2/{name}"),))
    return TargetHealth(name=name, tags=("prod",), report=quiet, elapsed=timedelta(milliseconds=96))


def unreachable(name: str = "warehouse") -> TargetHealth:
    """A target that could not be looked at."""
    gap = Gap(
        source=name,
        reason="the server at db3.example.com:5432 cannot be reached: connection refused",
        hint="check the host and the port, and that the server runs",
        unread=True,
    )
    return TargetHealth(name=name, tags=("prod", "reporting"), report=Report(collected_at=NOW, gaps=(gap,)))


def billing() -> TargetHealth:
    """A target with something to do, but not tonight."""
    report = judge(
        look(
            *several(leaked(idle=90 * SECOND, application_name="billing", database="shop"), 2),
            *several(session(application_name="billing"), 12, first=900),
            engines=[bounded(5, 10, 4)],
            limits=(limit(100, in_use=22, reserved=3),),
        ),
        {},
    )
    trends = {f.key: Trend(change=Change.SAME, since=NOW - 9 * DAY, looks=36) for f in report.findings}
    return TargetHealth(name="billing", tags=("prod",), report=report, trends=trends, samples=samples(report, 12))


def realistic() -> HealthReport:
    """Several targets, of which one is in trouble, one is well and one cannot be reached."""
    run_gap = Gap(
        source="slack",
        reason="the message to hooks.example.com was not delivered: HTTP 503, three attempts",
        hint="see whether the service is up; the report itself is complete",
        unread=True,
    )
    return HealthReport(collected_at=NOW, targets=(bookstore(), billing(), healthy(), unreachable()), gaps=(run_gap,))


def long(number: int, targets: int = 4, ids: Mapping[str, Severity] | None = None) -> HealthReport:
    """So many findings over some targets: the evidence of each is what one of its kind has in practice."""
    kinds = ids or {"n-plus-one": Severity.WARNING, "loop-lookup": Severity.WARNING, "duplicate-query": Severity.INFO}
    leak = judge(look(*several(leaked(statement=ORDERS), 12)), {}).findings[0]
    found: list[list[Finding]] = [[] for _ in range(targets)]
    for at in range(number):
        if at % 10 == 0:
            one = replace(leak, key=make_key(leak.id, str(at)), subject=f"shop{at} (user app) in shop")
        else:
            name, severity = list(kinds.items())[at % len(kinds)]
            relation = f"Model{at}.children{at % 97}"
            one = n_plus_one(relation, 10 + at * 7919 % 5000, at, id=name, severity=severity)
        found[at % targets].append(one)
    return HealthReport(
        collected_at=NOW,
        targets=tuple(
            TargetHealth(
                name=f"target{at}",
                report=Report(
                    collected_at=NOW,
                    findings=tuple(sorted(each, key=lambda f: -f.severity)),
                    sources=(source(),),
                ),
                trends={
                    finding.key: Trend(
                        change=Change.NEW if place % 50 == 0 else Change.SAME, since=NOW - DAY, looks=1 + place % 9
                    )
                    for place, finding in enumerate(each)
                },
            )
            for at, each in enumerate(found)
        ),
    )
