"""What a message in a chat says of a run: a few lines that are read on a phone."""

from collections.abc import Iterator, Mapping

from triage import __version__
from triage.config import Output
from triage.findings import Finding
from triage.health import HealthReport, TargetHealth
from triage.reports.characters import visible
from triage.reports.health_text import outcome, unseen
from triage.reports.json import instant

MOST_LINES = 20
"""More than this nobody reads in a chat, and Slack cuts a block off at 3,000 characters."""
_LONGEST = 300


def body_of(health: HealthReport, output: Output) -> dict[str, object] | None:
    """The body of the message, as JSON; None where there is nothing to be told."""
    lines = [" ".join(visible(line).split()) for line in _lines(health, output)]
    if not lines:
        return None
    title = _title(health)
    if output.style == "slack":
        said = "\n".join(map(_escaped, _shortened(lines)))
        return {"text": f"{_escaped(title)}\n{said}", "unfurl_links": False}
    return {
        "triage_version": __version__,
        "collected_at": instant(health.collected_at),
        "worst": str(health.worst) if health.worst is not None else None,
        "title": title,
        "text": "\n".join([title, *_shortened(lines)]),
        "findings": [_entry(target, finding) for target in health.targets for finding in _chosen(target, output)],
        "gone": [
            {
                "target": target.name,
                "id": gone.id,
                "key": gone.key,
                "severity": str(gone.severity),
                "subject": gone.subject,
            }
            for target in health.targets
            for gone in target.gone
        ],
    }


def _title(health: HealthReport) -> str:
    return f"triage: {'; '.join([outcome(health), *unseen(health)])}"


def _chosen(target: TargetHealth, output: Output) -> tuple[Finding, ...]:
    """What is told: without a history all is new."""
    return target.new if output.only == "new" and target.trends else target.report.findings


def _lines(health: HealthReport, output: Output) -> Iterator[str]:
    for target in health.targets:
        for finding in _chosen(target, output):
            change = f"{target.trends[finding.key].change} " if finding.key in target.trends else ""
            yield (
                f"{str(finding.severity).upper()} {target.name}: {change}{finding.id}, {finding.subject}. {finding.summary} "
                f"(triage runbook show {finding.runbook})"
            )
        for gone in target.gone:
            yield f"gone {target.name}: {gone.id}, {gone.subject}"
        for gap in target.report.gaps:
            if gap.unread and not (output.only == "new" and target.was_unread):
                yield f"NOT LOOKED AT {target.name}: {gap.reason}"
    for gap in health.gaps:
        if gap.unread:
            yield f"NOT LOOKED AT {gap.source}: {gap.reason}"


def _shortened(lines: list[str]) -> list[str]:
    kept = [line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…" for line in lines[:MOST_LINES]]
    rest = len(lines) - len(kept)
    return [*kept, f"… and {rest} more"] if rest else kept


def _escaped(text: str) -> str:
    """As Slack wants it, so that a name in a statement calls nobody: https://docs.slack.dev/messaging/formatting-message-text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _entry(target: TargetHealth, finding: Finding) -> Mapping[str, object]:
    trend = target.trends.get(finding.key)
    return {
        "target": target.name,
        "id": finding.id,
        "key": finding.key,
        "severity": str(finding.severity),
        "confidence": str(finding.confidence),
        "subject": finding.subject,
        "summary": finding.summary,
        "remediation": finding.remediation,
        "runbook": finding.runbook,
        "change": str(trend.change) if trend else None,
        "since": instant(trend.since) if trend else None,
    }
