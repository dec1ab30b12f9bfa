"""Findings about repetitions: what the four detectors of repeated statements have in common.

Repetitions of one verdict add up: a finding is about one statement and the one that it ran for, in however many
transactions. A log that does not show everything, or not whose it was, makes it suspected at most.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta

from triage.evidence import Evidence
from triage.findings import Confidence, Finding, Location, Measurement, Severity, make_key
from triage.querylogs.evidence import QueryLogs, RepetitionStats
from triage.querylogs.naming import plain
from triage.querylogs.statement import statement_of
from triage.querylogs.verdict import Verdict, verdict_of
from triage.sql.lexer import Dialect

Judged = tuple[Verdict, RepetitionStats]
CRITICAL_WORST = 500
"""Repetitions in one episode that no request survives unnoticed."""

_REMEDIES = {
    "n-plus-one": "Load the rows together with their parents",
    "loop-lookup": "Ask for all keys at once",
    "duplicate-query": "Run the query once and keep its result",
    "write-loop": "Send the rows together",
}


def repeated(
    evidence: Evidence, finding_id: str, runbook: str, with_parent: int, without_parent: int
) -> Iterator[Finding]:
    """The findings of one id."""
    logs: QueryLogs = getattr(evidence, "query_logs")  # noqa: B009 - the field is of the evidence with query logs
    judged = _judged(logs.repetitions)
    written = {_table(stats) for verdict, stats in judged if verdict.id == "write-loop"}
    groups: dict[tuple[str | None, ...], list[Judged]] = defaultdict(list)
    for verdict, stats in judged:
        enough = with_parent if verdict.parent else without_parent
        if verdict.id != finding_id or _repetitions(verdict, stats) < enough:
            continue
        if verdict.kind in {"get", "refresh", "expired"} and _table(stats) in written:
            continue  # the read before each write: one problem, not two
        groups[stats.statement, verdict.parent, verdict.kind, verdict.relationship].append((verdict, stats))
    for group in groups.values():
        yield _finding(finding_id, runbook, group, judged)


def _judged(repetitions: Iterable[RepetitionStats]) -> list[Judged]:
    return [(verdict, stats) for stats in repetitions if (verdict := verdict_of(stats))]


def _table(stats: RepetitionStats) -> str:
    return plain(statement_of(stats.statement, Dialect(stats.dialect)).shape.table or "")


def _repetitions(verdict: Verdict, stats: RepetitionStats) -> int:
    if verdict.id == "duplicate-query" or stats.blind:
        return stats.worst
    return stats.worst_distinct


def _finding(finding_id: str, runbook: str, group: list[Judged], judged: list[Judged]) -> Finding:
    verdict, first = group[0]
    stats = [each for _, each in group]
    executions, episodes = sum(s.executions for s in stats), sum(s.episodes for s in stats)
    worst = max(s.worst for s in stats)
    times = [s.total for s in stats if s.total is not None]
    total = sum(times, timedelta()) if times else None
    fix = _chained(verdict, judged) or verdict.fix
    tags = next((s.tags for s in stats if s.tags), {})
    what = verdict.relationship or _table(first) or "a statement"
    sure = all(v.sure and s.confirmed and not s.blind for v, s in group)
    suspected = "" if all(s.confirmed for s in stats) else "Suspected: "
    return Finding(
        id=finding_id,
        key=make_key(finding_id, first.statement, verdict.parent, verdict.kind),
        severity=Severity.CRITICAL if worst >= CRITICAL_WORST and sure else Severity.WARNING,
        confidence=_confidence(group),
        subject=what,
        summary=(
            f"{suspected}{_said(finding_id, what)} ran {executions:,} times in "
            f"{episodes:,} {'transaction' if episodes == 1 else 'transactions'}, up to {worst:,} times in one"
            f"{f', {total.total_seconds() * 1000:,.0f} ms in all' if total else ''}: {_short(first.statement)}"
        ),
        remediation=f"{_REMEDIES[finding_id]}{f': {fix}' if fix else ''}.",
        runbook=runbook,
        measurements=(
            Measurement(name="worst", value=worst, unit="executions"),
            Measurement(name="executions", value=executions, unit="executions"),
        ),
        details={
            "kind": verdict.kind,
            "child_statement": first.statement,
            "parent_statement": verdict.parent,
            "episodes": episodes,
            "executions": executions,
            "worst": worst,
            "total_ms": round(total.total_seconds() * 1000, 3) if total is not None else None,
            "relationship": verdict.relationship,
            "relationship_source": "inferred" if verdict.relationship else None,
            "loader": verdict.loader,
            "fix": fix,
        },
        location=location_of(tags),
        impact=(total.total_seconds() * 1000 if total else 0.0) + executions,
    )


def _said(finding_id: str, what: str) -> str:
    return {
        "n-plus-one": f"N+1: {what} is loaded row by row; the statement",
        "loop-lookup": f"Rows of {what} are looked up one at a time; the statement",
        "duplicate-query": f"The same query on {what} with the same parameters",
        "write-loop": f"Rows of {what} are written one at a time; the statement",
    }[finding_id]


def _confidence(group: list[Judged]) -> Confidence:
    if not all(stats.confirmed and not stats.blind for _, stats in group):
        return Confidence.LOW
    if not all(verdict.sure for verdict, _ in group):
        return Confidence.LOW
    is_plain = all(stats.scope == "transaction" for _, stats in group)
    is_told = group[0][0].parent is not None or group[0][0].id in {"duplicate-query", "write-loop"}
    return Confidence.HIGH if is_plain and is_told else Confidence.MEDIUM


def _chained(verdict: Verdict, judged: list[Judged]) -> str | None:
    """The loaders from the first list on, where the parent is itself loaded row by row."""
    path, current, root = [verdict], verdict, None
    while current.parent and len(path) < 6:
        above = next(
            (v for v, s in judged if s.statement == current.parent and v.id == "n-plus-one" and v.loader), None
        )
        if above is None or above in path:
            break
        path.insert(0, above)
        current = above
    if len(path) == 1 or not all(each.loader and each.relationship for each in path):
        return None
    root = (path[0].relationship or "").partition(".")[0]
    return f"select({root}).options({'.'.join(f'{each.loader}({each.relationship})' for each in path)})"


def location_of(tags: object) -> Location | None:
    """Where the application says the statement comes from: marginalia's file and line, or a route."""
    if not isinstance(tags, dict) or not tags:
        return None
    file, _, line = str(tags.get("line") or tags.get("file") or "").partition(":")
    function = next((str(tags[name]) for name in ("function", "route", "action", "controller") if name in tags), None)
    if not file and not function:
        return None
    number = line.partition(":")[0]
    return Location(file=file or str(function), line=int(number) if number.isdecimal() else None, function=function)


def _short(statement: str) -> str:
    return statement if len(statement) <= 120 else statement[:119] + "…"
