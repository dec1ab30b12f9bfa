"""Which charts a target has: only those for which there are numbers. Each comes with a table that says the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import pairwise
from math import isfinite

from markupsafe import Markup

from triage.findings import Finding, Gauge, Severity
from triage.health import Sample, TargetHealth
from triage.reports.charts import Bar, Series, bars, columns, stacked
from triage.reports.drawing import number

_MOST_LOOKS = 60
_MOST_BARS = 10
_STATES = {
    "active": ("active", "active"),
    "idle": ("idle", "idle"),
    "idle_in_transaction": ("idle in transaction", "held"),
    "idle_in_transaction_aborted": ("failed transaction", "failed"),
    "unknown": ("unknown", "unknown"),
}
"""By the state of a gauge, its name and its look; in the order they are stacked."""
_AGES = ((10, "10s"), (60, "1m"), (300, "5m"), (1_800, "30m"), (7_200, "2h"), (86_400, "1d"))
_REPEATED = ("n-plus-one", "loop-lookup", "duplicate-query", "write-loop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A chart and its numbers."""

    title: str
    svg: Markup
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


def pictures(target: TargetHealth, name: str) -> Iterator[Picture]:
    """The charts of a target; ``name`` begins the ids in them."""
    samples = target.samples[-_MOST_LOOKS:] or (
        Sample(at=target.report.collected_at, gauges=target.report.gauges, findings=target.report.counts),
    )
    yield from _sessions(samples, f"{name}-sessions")
    yield from _demand(target, f"{name}-demand")
    yield from _ages(target.report.findings, f"{name}-ages")
    yield from _repetitions(target.report.findings, f"{name}-repeated")
    yield from _history(samples, f"{name}-history")


def picture(title: str, svg: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Picture:
    """A chart of ours, which has escaped what is in it."""
    return Picture(title=title, svg=Markup(svg), headings=headings, rows=rows)  # noqa: S704 - the charts escape


def _sessions(samples: Sequence[Sample], name: str) -> Iterator[Picture]:
    by_state = [{g.labels.get("state", ""): g.value for g in s.gauges if g.name == "sessions"} for s in samples]
    seen = [(at, states) for at, states in zip(samples, by_state, strict=True) if states]
    used = [state for state in _STATES if any(states.get(state) for _, states in seen)]
    if not used:
        return
    title = "Sessions by state"
    rows = [[_moment(at), *(number(states.get(state, 0)) for state in used)] for at, states in seen]
    headings = ["look", *(_STATES[state][0] for state in used)]
    if len(seen) == 1:
        states = seen[0][1]
        lying = [Bar(label=_STATES[s][0], value=states.get(s, 0), look=_STATES[s][1]) for s in used]
        yield picture(title, bars(name, title, lying), headings, rows)
        return
    series = [
        Series(name=_STATES[s][0], look=_STATES[s][1], values=[states.get(s, 0) for _, states in seen]) for s in used
    ]
    yield picture(f"{title} over time", stacked(name, title, [_moment(at) for at, _ in seen], series), headings, rows)


def _demand(target: TargetHealth, name: str) -> Iterator[Picture]:
    gauges: Mapping[str, Gauge] = {gauge.name: gauge for gauge in target.report.gauges}
    if "connections_available" not in gauges:
        return
    limit = Bar(label="the server has", value=gauges["connections_available"].value)
    rows = [
        Bar(label=label, value=gauges[each].value, look="critical" if gauges[each].value > limit.value else "active")
        for each, label in (("pool_demand", "the pools may open"), ("connections_in_use", "in use now"))
        if each in gauges
    ]
    if rows:
        said = [[row.label, number(row.value)] for row in (*rows, limit)]
        title = "Connections against what the server has"
        yield picture(title, bars(name, title, rows, limit=limit), ["", "connections"], said)


def _ages(findings: Sequence[Finding], name: str) -> Iterator[Picture]:
    ages: dict[object, float] = {}
    for finding in findings:
        sessions = finding.details.get("sessions")
        if finding.id.startswith("idle-in-transaction") and isinstance(sessions, list):
            ages |= dict(_idle(sessions))
    if not ages:
        return
    edges = [0.0, *(float(edge) for edge, _ in _AGES), float("inf")]
    labels = [*(f"<{label}" for _, label in _AGES), f"≥{_AGES[-1][1]}"]
    rows = [
        Bar(label=label, value=sum(low <= age < high for age in ages.values()), look="held")
        for label, (low, high) in zip(labels, pairwise(edges), strict=True)
    ]
    title = "Sessions idle in transaction, by age"
    said = [[row.label, number(row.value)] for row in rows]
    yield picture(title, columns(name, title, rows), ["idle for", "sessions"], said)


def _idle(sessions: Sequence[object]) -> Iterator[tuple[object, float]]:
    for session in sessions:
        idle = session.get("idle_seconds") if isinstance(session, Mapping) else None
        if isinstance(session, Mapping) and isinstance(idle, int | float) and isfinite(idle):
            yield session.get("pid"), idle


def _repetitions(findings: Sequence[Finding], name: str) -> Iterator[Picture]:
    found = [
        (finding, executions)
        for finding in findings
        if finding.id in _REPEATED and isinstance(executions := finding.details.get("executions"), int | float)
    ]
    if not found:
        return
    found.sort(key=lambda each: -each[1])
    rows = [
        Bar(label=f"{each.subject} ({each.id})", value=ran, look=str(each.severity)) for each, ran in found[:_MOST_BARS]
    ]
    title = "Repeated statements by executions"
    if len(found) > len(rows):
        title += f", the first {len(rows)} of {len(found):,}"
    said = [[row.label, number(row.value)] for row in rows]
    yield picture(title, bars(name, title, rows), ["statement", "executions"], said)


def _history(samples: Sequence[Sample], name: str) -> Iterator[Picture]:
    if len(samples) < 2 or not any(any(sample.findings.values()) for sample in samples):
        return
    order = sorted(Severity, reverse=True)
    series = [
        Series(name=str(severity), look=str(severity), values=[s.findings.get(severity, 0) for s in samples])
        for severity in order
    ]
    rows = [[_moment(s), *(number(s.findings.get(severity, 0)) for severity in order)] for s in samples]
    title = "Findings over time"
    yield picture(title, stacked(name, title, list(map(_moment, samples)), series), ["look", *map(str, order)], rows)


def _moment(sample: Sample) -> str:
    return f"{sample.at.astimezone(UTC):%Y-%m-%d %H:%M}"
