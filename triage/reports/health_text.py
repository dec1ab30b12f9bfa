"""A scheduled run for a terminal or cron's mail: what is new first, then target by target.

The first line is the thing to know. A finding that was there before is one line; one that is new or worse is told whole.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from triage.findings import Finding, Report
from triage.health import Change, HealthReport, TargetHealth, Trend
from triage.reports.text import finding_lines, wrapped
from triage.runbooks import Runbook


def render_health(health: HealthReport, runbooks: Mapping[str, Runbook]) -> str:
    """The run as text."""
    lines = [*wrapped(headline(health)), ""]
    for target in health.targets:
        lines += [*_target(target, runbooks, health.collected_at), ""]
    for gap in health.gaps:
        lines += wrapped(f"- {gap.reason} ({gap.hint})", indent="  ")
    return "\n".join(lines).rstrip() + "\n"


def outcome(health: HealthReport) -> str:
    """What was found, and in how many targets: those that could not be looked at are not among them."""
    number = len(health.targets)
    seen = sum(target.report.looked for target in health.targets)
    if not seen:
        return "the target could not be looked at" if number == 1 else f"none of {number} targets could be looked at"
    return f"{health.counted or 'nothing wrong was found'} in {seen} {'target' if seen == 1 else 'targets'}"


def unseen(health: HealthReport) -> list[str]:
    """How many targets could not be looked at, where others could."""
    number = sum(not target.report.looked for target in health.targets)
    return [f"{number} could not be looked at"] if 0 < number < len(health.targets) else []


def headline(health: HealthReport) -> str:
    """The thing to know about a run, in one line."""
    said = outcome(health)
    new = sum(len(target.new) for target in health.targets)
    gone = sum(len(target.gone) for target in health.targets)
    parts = [
        f"{said[:1].upper()}{said[1:]}",
        *([f"{new} new or worse"] if new else []),
        *([f"{gone} gone"] if gone else []),
        *unseen(health),
        f"{health.collected_at:%Y-%m-%d %H:%M} UTC",
    ]
    return "; ".join(parts)


def _target(target: TargetHealth, runbooks: Mapping[str, Runbook], now: datetime) -> Iterator[str]:
    yield from wrapped(f"{target.name}: {_state(target.report)}")
    for finding in target.report.findings:
        trend = target.trends.get(finding.key)
        yield from wrapped(f"{_label(finding, trend, now)}{finding.id}, {finding.subject}", first="  ", indent="    ")
        if trend is None or trend.change in {Change.NEW, Change.WORSE}:
            yield from (f"  {line}" for line in finding_lines(finding, runbooks.get(finding.runbook), ()))
    for gone in target.gone:
        yield from wrapped(
            f"gone      {gone.id}, {gone.subject} (since {when(gone.since, now)})", first="  ", indent="    "
        )
    for pending in target.pending:
        line = f"waiting   {pending.finding.id}, {pending.finding.subject}: seen in {pending.looks} of {pending.needed} looks"
        yield from wrapped(line, first="  ", indent="    ")
    for each in target.ignored:
        until = f" until {each.until}" if each.until else ""
        line = f"ignored   {each.finding.id}, {each.finding.subject}{until}: {each.reason}"
        yield from wrapped(line, first="  ", indent="    ")
    for line in _not_looked_at(target.report):
        yield from wrapped(f"unseen    {line}", first="  ", indent="    ")


def _state(report: Report) -> str:
    if report.worst is not None:
        return str(report.worst)
    return "nothing wrong" if report.looked else "could not be looked at"


def _not_looked_at(report: Report) -> Iterator[str]:
    """What was not seen. A run is read every day: how many detectors did not judge for a reason is enough, not which.

    Of a target that could not be looked at, none did, and why is said once.
    """
    for gap in report.gaps:
        yield f"{gap.reason} ({gap.hint})"
    if not report.looked and report.gaps:
        return
    for reason, number in Counter(skipped.reason for skipped in report.skipped).items():
        yield f"{reason} ({number} {'detector' if number == 1 else 'detectors'})"


def _label(finding: Finding, trend: Trend | None, now: datetime) -> str:
    label = f"{str(finding.severity).upper():<10}"
    if trend is None:
        return label
    if trend.change is Change.SAME:
        return f"{label}since {when(trend.since, now)}: "
    return f"{label}{str(trend.change).upper()}: "


def when(moment: datetime, now: datetime) -> str:
    """When, as people say it: with the day only where the time alone could be another day's."""
    return f"{moment:%H:%M} UTC" if abs(now - moment) < timedelta(hours=12) else f"{moment:%Y-%m-%d %H:%M} UTC"
