"""What the evidence means: findings, and the report that holds them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from hashlib import sha256

from triage.evidence import Gap, Source


class Severity(IntEnum):
    """How bad it is."""

    INFO = 0
    WARNING = 1
    CRITICAL = 2

    def __str__(self) -> str:
        return self.name.lower()


class Confidence(IntEnum):
    """How sure we are."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One number a finding rests on, and the threshold it was held against."""

    name: str
    value: float
    unit: str
    threshold: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """One number that every look measures, whether or not anything is wrong."""

    name: str
    value: float
    unit: str
    labels: Mapping[str, str] = field(default_factory=dict)
    """What tells gauges of one name apart, such as the state of sessions; few values each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where in the app's files a finding can be mended."""

    file: str
    line: int | None = None
    function: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem: what is wrong, how sure we are, what to do now and what ends it."""

    id: str
    key: str
    """The same from run to run for the same problem; see :func:`make_key`."""
    severity: Severity
    confidence: Confidence
    subject: str
    """Who or what it is about, in a few words."""
    summary: str
    """One sentence: what is wrong."""
    remediation: str
    """One sentence that can be acted on."""
    runbook: str
    measurements: tuple[Measurement, ...] = ()
    details: Mapping[str, object] = field(default_factory=dict)
    location: Location | None = None
    next_steps: tuple[str, ...] = ()
    """Commands or SQL to run now, the first one first."""
    impact: float = 0.0
    """Sorts findings of one severity and confidence; not part of any report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A detector that did not judge, and why."""

    detector: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of a run: all a report format may print."""

    collected_at: datetime
    findings: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    sources: tuple[Source, ...] = ()
    gauges: tuple[Gauge, ...] = ()

    @property
    def worst(self) -> Severity | None:
        """The highest severity among the findings; None where there is no finding."""
        return max((f.severity for f in self.findings), default=None)

    @property
    def unread(self) -> bool:
        """Whether something that was asked for could not be read, or not to its end."""
        return any(gap.unread for gap in self.gaps)

    @property
    def looked(self) -> bool:
        """Whether any source could be read: where none could, no finding means nothing."""
        unread = {gap.source for gap in self.gaps if gap.unread}
        return any(source.name not in unread for source in self.sources)

    @property
    def counts(self) -> Mapping[Severity, int]:
        """How many findings of each severity there are."""
        return {severity: sum(f.severity is severity for f in self.findings) for severity in Severity}


def make_key(finding_id: str, *identity: str | None) -> str:
    """Build a finding's key from what identifies the problem.

    ``identity`` must hold nothing that changes while the problem stays the same: no pid, no time,
    no count.
    """
    digest = sha256("\x1f".join("" if part is None else part for part in identity).encode())
    return f"{finding_id}:{digest.hexdigest()[:12]}"


def by_importance(finding: Finding) -> tuple[int, int, float, str, str]:
    """Sort key of a report: severity, then confidence, then impact, worst first."""
    return (-finding.severity, -finding.confidence, -finding.impact, finding.id, finding.key)
