"""N+1 suspects where there is no log: the server's counts of its statements.

pg_stat_statements and MySQL's digests tell how often each statement ran, not in which transaction. A statement that
reads as a lazy load, ran many times for each call of a list that could be its parent, and not more often than that
list returned rows, is a suspect. It must not be mistaken for a healthy lookup by primary key that every request
makes: such a one has no parent, or runs more often than the parent has rows.

https://www.postgresql.org/docs/current/pgstatstatements.html
https://dev.mysql.com/doc/refman/9.7/en/performance-schema-statement-summary-tables.html
"""

from collections.abc import Iterator

from triage.detectors.repetitions.context import Context, Known
from triage.detectors.repetitions.judging import verdict_of
from triage.detectors.repetitions.names import plain
from triage.detectors.repetitions.reading import is_list, is_plumbing, read
from triage.detectors.repetitions.verdict import Verdict
from triage.detectors.wording import shortened
from triage.evidence import Backend, EarlierStatement, EpisodeScope, Evidence, RepetitionStats, StatementStats
from triage.findings import Confidence, Finding, Measurement, Severity, make_key
from triage.sql.fingerprint import fingerprint
from triage.sql.lexer import Dialect
from triage.sql.shape import Shape

_KINDS = frozenset({"one-to-many", "one-to-one", "many-to-many", "many-to-one"})


def suspected(evidence: Evidence, finding: str, *, calls_each: float, least_calls: int) -> Iterator[Finding]:
    """One finding for each statement that may be the N of an N+1."""
    source = evidence.database
    is_mysql = source is not None and source.backend in {Backend.MYSQL, Backend.MARIADB}
    dialect = Dialect.MYSQL if is_mysql else Dialect.POSTGRESQL
    counted = [(each, read(each.statement, dialect)) for each in evidence.statements or ()]
    tables = frozenset(plain(table.name).lower() for _, shape in counted for table in shape.tables)
    schema = Known(models=evidence.models, tables=tables)
    seen: set[str] = set()
    for child, shape in counted:
        if child.calls < least_calls or is_plumbing(shape) or not shape.equality or shape.in_list:
            continue
        parents = [each for each, listed in counted if each is not child and _may_lead(each, listed, child, calls_each)]
        verdict = _verdict(child, parents, dialect, schema)
        if verdict is None or verdict.parent is None or verdict.kind not in _KINDS:
            continue
        parent = next(each for each in parents if each.statement == verdict.parent)
        found = _finding(finding, child, parent, verdict, dialect=dialect, calls_each=calls_each)
        if found.key not in seen:
            seen.add(found.key)
            yield found


def _may_lead(parent: StatementStats, listed: Shape, child: StatementStats, calls_each: float) -> bool:
    """Say whether the numbers allow it: several calls for each of the parent's, and no more than it returned rows."""
    if not is_list(listed) or listed.truncated or parent.calls < 1:
        return False
    if (parent.database, parent.user) != (child.database, child.user):
        return False
    is_many = child.calls >= calls_each * parent.calls
    return is_many and (parent.rows is None or child.calls <= parent.rows)


def _verdict(child: StatementStats, parents: list[StatementStats], dialect: Dialect, schema: Known) -> Verdict | None:
    """What the statement would be as a repetition behind these; the parent that gives most of the keys weighs first."""
    if not parents:
        return None
    shape = read(child.statement, dialect)
    ordered = sorted(parents, key=lambda each: each.calls)
    stats = RepetitionStats(
        statement=child.statement,
        dialect=dialect,
        scope=EpisodeScope.TRANSACTION,
        before=tuple(EarlierStatement(statement=each.statement) for each in ordered),
        varying=tuple(each.position for each in shape.equality if each.side is shape.equality[0].side),
        executions=child.calls,
        distinct=child.calls,
        worst=child.calls,
        worst_distinct=child.calls,
    )
    if not Context(stats=stats, known=schema).keys:
        return None
    return verdict_of(stats, schema)


def _finding(
    finding: str,
    child: StatementStats,
    parent: StatementStats,
    verdict: Verdict,
    *,
    dialect: Dialect,
    calls_each: float,
) -> Finding:
    shape = read(child.statement, dialect)
    each = child.calls / parent.calls
    what = verdict.relationship or plain(shape.table or "") or "a statement"
    statement = fingerprint(child.statement, dialect)
    before = fingerprint(parent.statement, dialect)
    total_ms = round(child.total.total_seconds() * 1000, 3)
    return Finding(
        id=finding,
        key=make_key(finding, statement, before, verdict.kind),
        severity=Severity.INFO,
        confidence=Confidence.LOW,
        subject=what,
        summary=(
            f"Suspected: {what} may be loaded row by row (N+1); the statement ran {child.calls:,} times, "
            f"{each:,.0f} for each call of the list it may belong to: {shortened(statement)}"
        ),
        remediation="Replay a query log of every statement, which tells it for sure: triage replay.",
        runbook="n-plus-one",
        measurements=(
            Measurement(name="calls_per_parent", value=round(each, 1), unit="calls", threshold=calls_each),
            Measurement(name="executions", value=child.calls, unit="executions"),
        ),
        details={
            "kind": verdict.kind,
            "child_statement": statement,
            "parent_statement": before,
            "episodes": None,
            "executions": child.calls,
            "worst": None,
            "total_ms": total_ms,
            "relationship": verdict.relationship,
            "relationship_source": ("models" if verdict.exact else "inferred") if verdict.relationships else None,
            "loader": verdict.loader,
            "fix": verdict.fix,
        },
        impact=total_ms,
    )
