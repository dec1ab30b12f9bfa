"""What is new, worse, the same or gone: this run's findings against those of the run before.

Only what was looked at can be gone. Where a source could not be read, or a detector did not judge, what was known before
is carried on unchanged: it neither ends, nor counts as seen once more.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from triage.findings import Confidence, Finding, Report, Severity
from triage.health import Change, Gone, Pending, Sample, Trend


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What is kept of a finding between two runs."""

    id: str
    key: str
    severity: Severity
    confidence: Confidence
    subject: str
    summary: str
    since: datetime
    """When it was first seen, without a look in between that did not see it."""
    last_seen: datetime
    looks: int
    """How many looks in a row have seen it."""
    told: bool
    """Whether it was raised: seen often enough, and not ignored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known of a target from the runs before."""

    at: datetime | None = None
    """When the last run was that could look at the target."""
    findings: Mapping[str, Before] = field(default_factory=dict)
    """By key, what it had seen, or carried on."""
    unread: bool = False
    """Whether the last run could not read all that it was asked to, or could not look at all."""
    samples: tuple[Sample, ...] = ()
    """What earlier runs measured, the oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A report, held against the past."""

    raised: tuple[Finding, ...]
    """What is to be told."""
    trends: Mapping[str, Trend]
    """Of each finding that is raised, by its key."""
    pending: tuple[Pending, ...]
    gone: tuple[Gone, ...]
    kept: tuple[Before, ...]
    """What the next run has to know."""


def compared(past: Past, report: Report, *, needed: int = 1, ignored: Collection[str] = ()) -> Compared:
    """Hold a report against the past.

    ``needed`` is how many looks in a row have to see a finding before it is raised; ``ignored`` are the keys of those that
    are never raised, but followed all the same.
    """
    seen = {finding.key: _seen(finding, past, report.collected_at) for finding in report.findings}
    told = {key for key, each in seen.items() if each.looks >= needed and key not in ignored}
    lost = [before for key, before in past.findings.items() if key not in seen]
    carried = [before for before in lost if _is_unknown(before, report)]
    return Compared(
        raised=tuple(f for f in report.findings if f.key in told),
        trends={
            key: Trend(change=_change(past, seen[key]), since=seen[key].since, looks=seen[key].looks) for key in told
        },
        pending=tuple(_pending(report, seen, told | set(ignored), needed)),
        gone=tuple(_gone(before) for before in lost if before not in carried and before.told),
        kept=(*(replace(each, told=key in told) for key, each in seen.items()), *carried),
    )


def _seen(finding: Finding, past: Past, now: datetime) -> Before:
    before = past.findings.get(finding.key)
    return Before(
        id=finding.id,
        key=finding.key,
        severity=finding.severity,
        confidence=finding.confidence,
        subject=finding.subject,
        summary=finding.summary,
        since=before.since if before else now,
        last_seen=now,
        looks=before.looks + 1 if before else 1,
        told=False,
    )


def _change(past: Past, seen: Before) -> Change:
    before = past.findings.get(seen.key)
    if before is None or not before.told:
        return Change.NEW
    if seen.severity == before.severity:
        return Change.SAME
    return Change.WORSE if seen.severity > before.severity else Change.BETTER


def _is_unknown(before: Before, report: Report) -> bool:
    """Whether nobody looked for it this time."""
    is_partial = not report.looked or report.unread
    return is_partial or before.id in {skipped.detector for skipped in report.skipped}


def _pending(report: Report, seen: Mapping[str, Before], settled: Collection[str], needed: int) -> Iterator[Pending]:
    for finding in report.findings:
        if finding.key not in settled:
            yield Pending(finding=finding, looks=seen[finding.key].looks, needed=needed)


def _gone(before: Before) -> Gone:
    return Gone(
        id=before.id,
        key=before.key,
        severity=before.severity,
        subject=before.subject,
        summary=before.summary,
        since=before.since,
        last_seen=before.last_seen,
    )
