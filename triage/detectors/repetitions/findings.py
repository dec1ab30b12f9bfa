"""Findings about repetitions: what the four detectors of repeated statements have in common.

A log that does not show everything, or not whose it was, makes a finding suspected at most.
"""

from collections.abc import Iterator

from triage.detectors.location import location_of
from triage.detectors.repetitions.context import known, same
from triage.detectors.repetitions.groups import Group, groups
from triage.detectors.repetitions.names import plain
from triage.detectors.repetitions.paths import fix_of
from triage.detectors.repetitions.reading import entities, read
from triage.detectors.repetitions.verdict import MEDIUM, Verdict
from triage.detectors.wording import count, shortened
from triage.evidence import EpisodeScope, Evidence
from triage.findings import Confidence, Finding, Measurement, Severity
from triage.sql.shape import Verb

_REMEDIES = {
    "n-plus-one": "Load the rows together with their parents",
    "loop-lookup": "Ask for all keys at once",
    "duplicate-query": "Run the query once and keep its result",
    "write-loop": "Send the rows together",
}
_REMEDIES_BY_KIND = {
    "expired": "Keep what was loaded over the commit, or select it once more",
    "refresh": "Select the rows once more, together",
    "deferred-column": "Load the column with the rows",
    "inheritance": "Load the columns of the subclasses with the rows",
}


def repeated(
    evidence: Evidence, finding: str, *, with_parent: int, without_parent: int, critical: int | None = None
) -> Iterator[Finding]:
    """The findings of one id; ``critical`` is how many repetitions in one episode nobody fails to notice."""
    found = groups(evidence)
    schema = known(evidence)
    for group in found:
        enough = with_parent if group.verdict.parent else without_parent
        if group.verdict.finding == finding and group.repetitions >= enough:
            cascade = (
                " (or, as they are then deleted, set passive_deletes=True)" if _is_cascade(group, evidence) else ""
            )
            yield _finding(group, fix_of(group, found, schema), enough, critical, cascade)


def _finding(group: Group, fix: str | None, enough: int, critical: int | None, also: str) -> Finding:
    verdict, total = group.verdict, group.total
    what = _what(group)
    total_ms = round(total.total_seconds() * 1000, 3) if total is not None else None
    remedy = _REMEDIES_BY_KIND.get(verdict.kind) or _REMEDIES[verdict.finding]
    remedy += "" if fix or not verdict.loader else f", with {verdict.loader}"
    return Finding(
        id=verdict.finding,
        key=group.key,
        severity=_severity(group, critical),
        confidence=verdict.confidence,
        subject=what,
        summary=(
            f"{'' if group.is_confirmed else 'Suspected: '}{_said(verdict.finding, what)} {_counted(group)}"
            f"{f', {total_ms:,.0f} ms in all' if total_ms and total_ms >= 1 else ''}: {shortened(group.statement)}"
        ),
        remediation=f"{remedy}{f': {fix}' if fix else ''}{also}.{_guessed(verdict)}",
        runbook="write-loop" if verdict.finding == "write-loop" else "n-plus-one",
        measurements=(
            Measurement(name="worst", value=group.worst, unit="executions", threshold=enough),
            Measurement(name="executions", value=group.executions, unit="executions"),
            Measurement(name="episodes", value=group.episodes, unit="episodes"),
        ),
        details={
            "kind": verdict.kind,
            "child_statement": group.statement,
            "parent_statement": verdict.parent,
            "episodes": group.episodes,
            "executions": group.executions,
            "worst": group.worst,
            "total_ms": total_ms,
            "relationship": verdict.relationship,
            "relationship_source": ("models" if verdict.exact else "inferred") if verdict.relationships else None,
            "loader": verdict.loader,
            "fix": fix,
        },
        location=next(filter(None, (location_of(each.tags) for each in group.stats)), None),
        impact=(total_ms or 0.0) + group.executions,
    )


def _guessed(verdict: Verdict) -> str:
    is_guessed = verdict.relationships and not verdict.exact
    return " The names are guessed from the tables; --models has the real ones." if is_guessed else ""


def _is_cascade(group: Group, evidence: Evidence) -> bool:
    """Say whether the parents were deleted afterwards: a delete loads what it cascades to, unless told not to."""
    if group.verdict.kind not in {"one-to-many", "one-to-one"} or group.verdict.parent is None:
        return False
    parents = entities(read(group.verdict.parent, group.members[0].stats.dialect))
    return any(
        shape.verb is Verb.DELETE
        and same(parents, shape.table)
        and group.statement in {each.statement for each in stats.before}
        for stats in (evidence.query_logs.repetitions if evidence.query_logs else ())
        for shape in (read(stats.statement, stats.dialect),)
    )


def _what(group: Group) -> str:
    stats = group.members[0].stats
    return group.verdict.relationship or plain(read(stats.statement, stats.dialect).table or "") or "a statement"


def _severity(group: Group, critical: int | None) -> Severity:
    verdict = group.verdict
    if verdict.score < MEDIUM:
        return Severity.INFO
    is_critical = critical is not None and group.worst >= critical and verdict.confidence is Confidence.HIGH
    return Severity.CRITICAL if is_critical else Severity.WARNING


def _said(finding: str, what: str) -> str:
    return {
        "n-plus-one": f"{what} is loaded row by row (N+1); the statement",
        "loop-lookup": f"Rows of {what} are looked up one at a time; the statement",
        "duplicate-query": f"The same query on {what} with the same parameters",
        "write-loop": f"Rows of {what} are written one at a time; the statement",
    }[finding]


def _counted(group: Group) -> str:
    ran = f"ran {group.executions:,} times"
    scopes = {each.scope for each in group.stats}
    if scopes == {EpisodeScope.CHAIN}:
        return f"{ran}, each in a transaction of its own"
    where = count(group.episodes, "burst" if scopes == {EpisodeScope.BURST} else "transaction")
    return f"{ran} in {where}, up to {group.worst:,} in one"
