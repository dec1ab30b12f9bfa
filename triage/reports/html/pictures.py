"""Which charts a target has: only those for which there are numbers. Each comes with a table that says the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import pairwise

from markupsafe import Markup

from triage.findings import Finding, Gauge, Severity
from triage.health import Sample, TargetHealth
from triage.reports.charts import Bar, Node, Series, bars, columns, number, stacked, tree
from triage.reports.html.evidence import spoken

_MOST_LOOKS = 60
_MOST_BARS = 10
_MOST_WAITERS = 25
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


def _picture(title: str, svg: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Picture:
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
        yield _picture(title, bars(name, title, lying), headings, rows)
        return
    series = [
        Series(name=_STATES[s][0], look=_STATES[s][1], values=[states.get(s, 0) for _, states in seen]) for s in used
    ]
    yield _picture(f"{title} over time", stacked(name, title, [_moment(at) for at, _ in seen], series), headings, rows)


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
        yield _picture(title, bars(name, title, rows, limit=limit), ["", "connections"], said)


def _ages(findings: Sequence[Finding], name: str) -> Iterator[Picture]:
    ages: dict[object, float] = {}
    for finding in findings:
        sessions = finding.details.get("sessions")
        if finding.id.startswith("idle-in-transaction") and isinstance(sessions, list):
            ages |= {s["pid"]: s["idle_seconds"] for s in sessions if s.get("idle_seconds") is not None}
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
    yield _picture(title, columns(name, title, rows), ["idle for", "sessions"], said)


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
    yield _picture(title, bars(name, title, rows), ["statement", "executions"], said)


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
    yield _picture(title, stacked(name, title, list(map(_moment, samples)), series), ["look", *map(str, order)], rows)


def chain(finding: Finding, name: str) -> Picture | None:
    """A blocking chain as a tree: each waiter below the one it waits for."""
    root, waiters = finding.details.get("root"), finding.details.get("waiters")
    if not isinstance(root, Mapping) or not isinstance(waiters, list) or not waiters:
        return None
    nodes = [Node(label=_root(root), depth=0, look="critical"), *_below(root.get("pid"), waiters)]
    left_out = len(nodes) - 1 - _MOST_WAITERS
    if left_out > 0:
        nodes = [*nodes[: _MOST_WAITERS + 1], Node(label=f"and {left_out} more", depth=1)]
    title = "Who waits for whom"
    return _picture(title, tree(name, title, nodes), (), ())


def _root(root: Mapping[str, object]) -> str:
    who = root.get("application_name") or root.get("user") or root.get("prepared_transaction") or ""
    said = [str(root["pid"]) if root.get("pid") else "", str(who), str(root.get("state") or "")]
    return " · ".join(filter(None, said)) or "the root"


def _below(root: object, waiters: Sequence[Mapping[str, object]]) -> Iterator[Node]:
    """The waiters in the order of the tree. One that waits for several stands below the one deepest in the queue."""
    by_pid = {waiter.get("pid"): waiter for waiter in waiters}
    depths: dict[object, int] = {root: 0}
    parents: dict[object, object] = {}
    left = list(by_pid)
    while left:
        ready = [pid for pid in left if all(each in depths or each not in by_pid for each in _waits_for(by_pid[pid]))]
        ready = ready or left  # they wait for each other in a circle: all of them hang on the root
        for pid in ready:
            known = [each for each in _waits_for(by_pid[pid]) if each in depths]
            parents[pid] = max(known, key=depths.__getitem__, default=root)
        depths |= {pid: depths[parents[pid]] + 1 for pid in ready}
        left = [pid for pid in left if pid not in depths]
    children: dict[object, list[object]] = {}
    for pid, parent in parents.items():
        children.setdefault(parent, []).append(pid)
    waiting = list(reversed(children.get(root, [])))
    while waiting:
        pid = waiting.pop()
        yield Node(label=_waiter(by_pid[pid]), depth=depths[pid], look="held")
        waiting += reversed(children.get(pid, []))


def _waits_for(waiter: Mapping[str, object]) -> Sequence[object]:
    found = waiter.get("waits_for")
    return found if isinstance(found, list) else []


def _waiter(waiter: Mapping[str, object]) -> str:
    seconds = waiter.get("seconds")
    waited = spoken(seconds) if isinstance(seconds, int | float) else ""
    who = waiter.get("application_name") or waiter.get("user") or ""
    return " · ".join(filter(None, [str(waiter.get("pid")), waited, str(who), str(waiter.get("lock") or "")]))


def _moment(sample: Sample) -> str:
    return f"{sample.at.astimezone(UTC):%Y-%m-%d %H:%M}"
