"""What a scheduled run found over all its targets, and how it compares with the runs before it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from triage.evidence import Gap
from triage.findings import Finding, Gauge, Report, Severity


class Change(StrEnum):
    """What became of a finding since the run before."""

    NEW = "new"
    WORSE = "worse"
    """Its severity rose."""
    BETTER = "better"
    """Its severity fell."""
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """How long a finding has been there, and whether it moves."""

    change: Change
    since: datetime
    """When it was first seen without a run in between that looked and did not see it."""
    looks: int
    """How many looks in a row have seen it, this one included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A finding of the run before that this one no longer sees."""

    id: str
    key: str
    severity: Severity
    subject: str
    summary: str
    since: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A finding that somebody decided not to hear of, and why."""

    finding: Finding
    reason: str
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A finding that has not been seen in enough looks to be raised."""

    finding: Finding
    looks: int
    """How many in a row have seen it."""
    needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one earlier run measured, for charts."""

    at: datetime
    gauges: tuple[Gauge, ...]
    findings: Mapping[Severity, int]
    """How many findings of each severity there were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetHealth:
    """One target of a run."""

    name: str
    report: Report
    """What is to be told: ignored and pending findings are not among its findings."""
    tags: tuple[str, ...] = ()
    elapsed: timedelta = timedelta()
    trends: Mapping[str, Trend] = field(default_factory=dict)
    """By a finding's key; empty where there is no history."""
    gone: tuple[Gone, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    pending: tuple[Pending, ...] = ()
    was_unread: bool = False
    """Whether the run before could not read all of it, either."""
    samples: tuple[Sample, ...] = ()
    """Earlier runs, the oldest first, and this one last."""

    @property
    def new(self) -> tuple[Finding, ...]:
        """What to wake somebody for: findings that are new or have become worse."""
        fresh = {Change.NEW, Change.WORSE}
        return tuple(f for f in self.report.findings if f.key in self.trends and self.trends[f.key].change in fresh)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReport:
    """The outcome of a scheduled run: all that its outputs may print."""

    collected_at: datetime
    targets: tuple[TargetHealth, ...]
    gaps: tuple[Gap, ...] = ()
    """What concerns the run itself: a history that cannot be read, a message that was not delivered."""

    @property
    def worst(self) -> Severity | None:
        """The highest severity over all targets; None where there is no finding."""
        return max((t.report.worst for t in self.targets if t.report.worst is not None), default=None)

    @property
    def counts(self) -> Mapping[Severity, int]:
        """How many findings of each severity there are over all targets, the worst first."""
        return {s: sum(t.report.counts[s] for t in self.targets) for s in sorted(Severity, reverse=True)}

    @property
    def counted(self) -> str:
        """The same in words, such as ``1 critical, 2 info``; empty where there is no finding."""
        return ", ".join(f"{number} {severity}" for severity, number in self.counts.items() if number)


def single(report: Report, name: str) -> HealthReport:
    """One look by itself, for the formats that show scheduled runs."""
    return HealthReport(collected_at=report.collected_at, targets=(TargetHealth(name=name, report=report),))
