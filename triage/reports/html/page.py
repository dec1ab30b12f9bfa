"""What stands where on the page: all targets first, then each with its findings, then the runbooks, once each."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from triage.findings import Finding, Severity
from triage.health import Change, HealthReport, TargetHealth, Trend
from triage.reports.health_text import headline
from triage.reports.html import books, chain, evidence, pictures
from triage.reports.html.templates import filled
from triage.reports.text import about, by_reason
from triage.runbooks import Runbook

_AT_ONCE = 5
"""How many findings of one id and severity are shown before the rest is folded away."""
_MOST_OPEN = 25
"""A page with more findings has the evidence of all of them folded away."""
_MOST_LISTED = 20
"""How many findings the summary names that are new, worse or gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A finding, where it is and what became of it."""

    finding: Finding
    anchor: str
    trend: Trend | None

    @property
    def is_fresh(self) -> bool:
        """Whether it is new or worse."""
        return self.trend is not None and self.trend.change in {Change.NEW, Change.WORSE}

    @property
    def is_urgent(self) -> bool:
        """Whether its evidence is what the reader came for."""
        return self.is_fresh or self.finding.severity is Severity.CRITICAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Findings of one id and severity: the first ones, and those that are folded away."""

    id: str
    severity: Severity
    first: Sequence[Shown]
    rest: Sequence[Shown]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One target."""

    target: TargetHealth
    anchor: str
    state: str
    """The worst severity, ``ok``, or ``unread`` where it could not be looked at."""
    groups: Sequence[Group]
    fresh: Sequence[Shown]


class Anchors:
    """Ids of parts of the page: made of names, and none of them twice. They hold no dot: one sets off what belongs to a part."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def new(self, *names: str) -> str:
        """An id that begins with these names, as far as an id may hold them."""
        wanted = "-".join(re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-") or "x" for name in names)
        anchor, number = wanted, 1
        while anchor in self._taken:
            number += 1
            anchor = f"{wanted}-{number}"
        self._taken.add(anchor)
        return anchor


def rendered(health: HealthReport, runbooks: Mapping[str, Runbook]) -> str:
    """The page."""
    anchors = Anchors()
    for taken in ("top", "summary", "filter", "runbooks"):
        anchors.new(taken)
    sections = [_section(target, anchors) for target in health.targets]
    used = dict.fromkeys(f.runbook for t in health.targets for f in t.report.findings if f.runbook in runbooks)
    findings = sum(len(target.report.findings) for target in health.targets)
    fresh = [(section, shown) for section in sections for shown in section.fresh]
    fresh.sort(key=lambda each: -each[1].finding.severity)
    gone = [(section, each) for section in sections for each in section.target.gone]
    gone.sort(key=lambda each: -each[1].severity)
    return filled(
        "page.html",
        health=health,
        state=max((section.state for section in sections), key=list(_STATES).index, default="ok"),
        headline=headline(health),
        sections=sections,
        fresh=fresh[:_MOST_LISTED],
        more_fresh=max(len(fresh) - _MOST_LISTED, 0),
        gone=gone[:_MOST_LISTED],
        more_gone=max(len(gone) - _MOST_LISTED, 0),
        findings=findings,
        is_open=findings <= _MOST_OPEN,
        has_history=any(target.trends or target.gone for target in health.targets),
        books={name: (anchors.new("runbook", name), runbooks[name], books.markup(runbooks[name])) for name in used},
        about=about,
        by_reason=by_reason,
        chain=chain.drawn,
        kind=lambda part: type(part).__name__.lower(),
        measured=evidence.measured,
        parts=evidence.parts,
        pictures=pictures.pictures,
        severities=sorted(Severity, reverse=True),
        signs=_SIGNS,
        states=_STATES,
    )


_SIGNS = {"critical": "◆", "warning": "▲", "info": "●", "ok": "✓", "unread": "?"}
_STATES = {
    "ok": "nothing wrong",
    "info": "info",
    "warning": "warning",
    "unread": "could not be looked at",
    "critical": "critical",
}
"""What a target can be in, the best first: what nobody could look at may be as bad as can be."""


def _section(target: TargetHealth, anchors: Anchors) -> Section:
    anchor = anchors.new("target", target.name)
    report = target.report
    state = str(report.worst) if report.worst is not None else "ok" if report.looked else "unread"
    shown = [
        Shown(finding=finding, anchor=anchors.new(anchor, finding.key), trend=target.trends.get(finding.key))
        for finding in report.findings
    ]
    return Section(
        target=target,
        anchor=anchor,
        state=state,
        groups=list(_groups(shown)),
        fresh=[each for each in shown if each.is_fresh],
    )


def _groups(shown: Sequence[Shown]) -> Iterator[Group]:
    """By severity and id, in the order of the report; what is new or worse comes first in each."""
    found: dict[tuple[Severity, str], list[Shown]] = {}
    for each in shown:
        found.setdefault((each.finding.severity, each.finding.id), []).append(each)
    for (severity, name), group in found.items():
        group.sort(key=lambda each: not each.is_fresh)
        cut = len(group) if len(group) <= _AT_ONCE + 1 else _AT_ONCE
        yield Group(id=name, severity=severity, first=group[:cut], rest=group[cut:])
