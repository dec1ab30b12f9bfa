"""A line for Nagios, Icinga and what understands their plugins, with performance data.

The exit code is the plugin's: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; UNKNOWN is what could not be looked at, unless
what could be is critical. A bar in the text would begin the performance data, so it becomes a slash.

https://nagios-plugins.org/doc/guidelines.html
"""

from collections.abc import Iterator, Mapping
from math import isfinite

from triage.findings import Finding, Gauge, Report, Severity
from triage.health import Change, HealthReport, TargetHealth, single
from triage.runbooks import Runbook

OK, WARNING, CRITICAL, UNKNOWN = range(4)
_WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
_UNITS = {"seconds": "s"}
_LONGEST = 1000
"""Many versions of Nagios cut a line off at 1 or 4 KB."""


def exit_code(health: HealthReport) -> int:
    """The plugin's exit code."""
    if health.worst is Severity.CRITICAL:
        return CRITICAL
    if any(gap.unread for gap in health.gaps) or any(target.report.unread for target in health.targets):
        return UNKNOWN
    return WARNING if health.worst is Severity.WARNING else OK


def render(report: Report, runbooks: Mapping[str, Runbook], *, color: bool = False) -> str:  # noqa: ARG001 - for people
    """One look as a line."""
    return render_health(single(report, ""), runbooks)


def render_health(health: HealthReport, runbooks: Mapping[str, Runbook]) -> str:  # noqa: ARG001 - as above
    """A scheduled run as a line."""
    said = "; ".join(_said(health)) or "nothing wrong was found"
    said = said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"
    return f"TRIAGE {_WORDS[exit_code(health)]} - {_plain(said)} | {' '.join(_performance(health))}\n"


def _said(health: HealthReport) -> Iterator[str]:
    ranked = sorted(
        ((target, finding) for target in health.targets for finding in target.report.findings),
        key=lambda pair: -pair[1].severity,
    )
    if ranked:
        yield health.counted
    for target, finding in ranked:
        if finding.severity > Severity.INFO:
            yield f"{_of(target)}{_change(target, finding)}{finding.id}: {_sentence(finding)}"
    for target in health.targets:
        if gap := next((gap for gap in target.report.gaps if gap.unread), None):
            yield f"{_of(target)}not looked at: {gap.reason}"
    for gap in health.gaps:
        if gap.unread:
            yield gap.reason


def _of(target: TargetHealth) -> str:
    return f"{target.name}: " if target.name else ""


def _change(target: TargetHealth, finding: Finding) -> str:
    trend = target.trends.get(finding.key)
    return f"{trend.change} " if trend and trend.change in {Change.NEW, Change.WORSE} else ""


def _sentence(finding: Finding) -> str:
    first, _, _ = finding.summary.partition(". ")
    return first.rstrip(".")


def _performance(health: HealthReport) -> Iterator[str]:
    for severity, number in health.counts.items():
        yield f"{severity}={number};;;0"
    for target in health.targets:
        for gauge in target.report.gauges:
            name = "_".join((*([target.name] if target.name else []), gauge.name, *gauge.labels.values()))
            yield f"'{_label(name)}'={_value(gauge)};;;0"


def _value(gauge: Gauge) -> str:
    """Digits only, with the unit; U is what the guidelines have for what cannot be said."""
    if not isfinite(gauge.value):
        return "U"
    return f"{gauge.value:.3f}".rstrip("0").rstrip(".") + _UNITS.get(gauge.unit, "")


def _label(name: str) -> str:
    """A label may have neither a quotation mark nor an equals sign in it."""
    return "".join("_" if c in "'=|" or not c.isprintable() else c for c in name)


def _plain(text: str) -> str:
    return " ".join(
        "".join(c if c.isprintable() or c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text).split()
    ).replace("|", "/")
