"""Metrics in Prometheus' text format, for the node exporter's textfile collector.

Names follow the field's conventions: a prefix, a base unit, no value of any row in a label. A label's values are
bounded: targets, detectors, severities and the states of sessions. What was not looked at has no value; whether a target
could be looked at is a metric of its own, so that an alert can tell "all well" from "nobody looked".

https://prometheus.io/docs/instrumenting/exposition_formats/
https://prometheus.io/docs/practices/naming/
https://github.com/prometheus/node_exporter#textfile-collector
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from triage.findings import Gauge, Report, Severity
from triage.health import HealthReport, TargetHealth, single
from triage.runbooks import Runbook

_LONGEST_LABEL = 120
_GAUGES: Mapping[str, tuple[str, str]] = {
    "sessions": ("sessions", "Sessions of the app, by what they do."),
    "sessions_waiting": ("sessions_waiting", "Sessions of the app that wait for a lock."),
    "idle_in_transaction_longest": (
        "idle_in_transaction_longest_seconds",
        "How long the app's session that sat idle in transaction for longest had done so.",
    ),
    "connections_in_use": ("connections_in_use", "Connections of the server that are in use, whoever has them."),
    "connections_available": ("connections_available", "Connections that ordinary roles can have at the most."),
    "pool_demand": ("pool_demand_connections", "Connections that the app's pools may open together."),
}
"""By a gauge's name, its metric's, and what the metric is."""

Sample = tuple[Mapping[str, str], float]


@dataclass(slots=True)
class _Metric:
    help: str
    samples: list[Sample] = field(default_factory=list)


def render(report: Report, runbooks: Mapping[str, Runbook], *, color: bool = False) -> str:  # noqa: ARG001 - for people
    """The metrics of one look."""
    return render_health(single(report, _name_of(report)), runbooks)


def render_health(health: HealthReport, runbooks: Mapping[str, Runbook]) -> str:  # noqa: ARG001 - as above
    """The metrics of a scheduled run."""
    metrics: dict[str, _Metric] = {}
    for name, text, samples in _families(health):
        metrics.setdefault(name, _Metric(text)).samples.extend(samples)
    lines: list[str] = []
    for name, metric in metrics.items():
        if metric.samples:
            lines += [f"# HELP triage_{name} {metric.help}", f"# TYPE triage_{name} gauge"]
            lines += [f"triage_{name}{_labels(labels)} {_number(value)}" for labels, value in metric.samples]
    return "\n".join(lines) + "\n"


def _name_of(report: Report) -> str:
    return report.sources[0].name if report.sources else "triage"


def _families(health: HealthReport) -> Iterator[tuple[str, str, Iterable[Sample]]]:
    targets = health.targets
    yield (
        "target_up",
        "Whether the target could be looked at: 1, or 0.",
        [({"target": target.name}, float(target.report.looked)) for target in targets],
    )
    yield (
        "look_timestamp_seconds",
        "When the target was looked at, in seconds since 1970.",
        [({"target": target.name}, target.report.collected_at.timestamp()) for target in targets],
    )
    yield (
        "look_duration_seconds",
        "How long the look took.",
        [({"target": t.name}, t.elapsed.total_seconds()) for t in targets if t.elapsed],
    )
    yield (
        "findings",
        "Findings of the target, by severity.",
        [
            ({"target": target.name, "severity": str(severity)}, number)
            for target in targets
            if target.report.looked
            for severity, number in target.report.counts.items()
        ],
    )
    yield (
        "finding",
        "How many findings of this id and severity the target has; absent where it has none.",
        [sample for target in targets for sample in _by_id(target)],
    )
    yield (
        "findings_new",
        "Findings that are new or have become worse since the run before.",
        [({"target": target.name}, len(target.new)) for target in targets if target.trends or target.gone],
    )
    yield (
        "gaps",
        "What could not be seen of the target.",
        [({"target": target.name}, len(target.report.gaps)) for target in targets],
    )
    for target in targets:
        for gauge in target.report.gauges:
            if gauge.name in _GAUGES:
                name, text = _GAUGES[gauge.name]
                yield name, text, [_gauge(target, gauge)]


def _by_id(target: TargetHealth) -> Iterator[Sample]:
    counts = Counter((finding.id, finding.severity) for finding in target.report.findings)
    for (id_, severity), number in sorted(counts.items()):
        yield {"target": target.name, "id": id_, "severity": str(Severity(severity))}, number


def _gauge(target: TargetHealth, gauge: Gauge) -> Sample:
    return {"target": target.name, **gauge.labels}, gauge.value


def _labels(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    value = value.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
    if len(value) > _LONGEST_LABEL:  # what was cut tells it from others: one series twice spoils the whole file
        value = f"{value[: _LONGEST_LABEL - 9]}…{sha256(value.encode()).hexdigest()[:8]}"
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) else repr(float(value))
