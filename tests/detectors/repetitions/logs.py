"""Query logs as literals: repetitions, with the statements of a library of authors and books."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tests.detectors.build import NOW
from triage.check import judge
from triage.evidence import (
    EarlierStatement,
    EpisodeScope,
    Evidence,
    Models,
    QueryLogs,
    RepetitionStats,
    Source,
    SourceKind,
)
from triage.findings import Finding
from triage.sql.lexer import Dialect
from triage.sql.shape import Verb, shape, values

AUTHORS = "SELECT authors.id, authors.name FROM authors"
AUTHORS_BY_QUERY = "SELECT authors.id AS authors_id, authors.name AS authors_name FROM authors"
AUTHOR = f"{AUTHORS} WHERE authors.id = ?"
AUTHOR_IDS = "SELECT authors.id FROM authors"
BIOGRAPHY = "SELECT authors.biography FROM authors WHERE authors.id = ?"
BOOKS = "SELECT books.id, books.title, books.author_id FROM books"
BOOK = f"{BOOKS} WHERE books.id = ?"
BOOKS_OF = f"{BOOKS} WHERE ? = books.author_id"
BOOKS_BY_HAND = f"{BOOKS} WHERE books.author_id = ?"
BOOKS_IN = "SELECT books.author_id, books.id, books.title FROM books WHERE books.author_id IN (...)"
BOOKS_COUNTED = "SELECT count(*) AS count_1 FROM books WHERE books.author_id = ?"
REVIEWS_OF = "SELECT reviews.id, reviews.book_id, reviews.stars FROM reviews WHERE ? = reviews.book_id"
TAGS_OF = "SELECT tags.id, tags.label FROM tags, book_tags WHERE ? = book_tags.book_id AND tags.id = book_tags.tag_id"
PROFILE_OF = "SELECT profiles.id, profiles.author_id, profiles.site FROM profiles WHERE ? = profiles.author_id"
NODES = "SELECT nodes.id, nodes.name, nodes.parent_id FROM nodes"
NODES_OF = f"{NODES} WHERE ? = nodes.parent_id"
EMPLOYEES = "SELECT employees.id, employees.kind FROM employees"
ENGINEERS_OF = "SELECT engineers.language AS engineers_language FROM engineers WHERE ? = engineers.id"
INSERT = "INSERT INTO reviews (book_id, stars) VALUES (?, ?) RETURNING reviews.id"
UPDATE = "UPDATE authors SET name = ? WHERE authors.id = ?"

REPEATED = {"n-plus-one", "loop-lookup", "duplicate-query", "write-loop"}


def repetition(
    statement: str,
    *before: str | EarlierStatement,
    times: int = 12,
    distinct: int | None = None,
    episodes: int = 1,
    varying: Sequence[int] | None = None,
    scope: EpisodeScope = EpisodeScope.TRANSACTION,
    step: timedelta | None = timedelta(milliseconds=1),
    dialect: str = Dialect.POSTGRESQL,
    **fields: Any,
) -> RepetitionStats:
    """A statement that ran that many times in each episode, each time with a key of its own, 1 ms after the last."""
    distinct = times if distinct is None else distinct
    total = fields.get("total", timedelta(microseconds=50) * times * episodes)
    own = (total or timedelta()) * (times - 1) / times
    return RepetitionStats(
        statement=statement,
        dialect=dialect,
        scope=scope,
        before=tuple(EarlierStatement(statement=each) if isinstance(each, str) else each for each in before),
        varying=_varying(statement, dialect) if varying is None else tuple(varying),
        **{
            "episodes": episodes,
            "executions": times * episodes,
            "distinct": distinct * episodes,
            "fewest": times,
            "worst": times,
            "worst_distinct": distinct,
            "total": total,
            "lasted": timedelta() if step is None else own + step * (times - 1) * episodes,
            **fields,
        },
    )


def _varying(statement: str, dialect: str) -> tuple[int, ...]:
    """All values of a write, and those of a read that its first equality has."""
    read = shape(statement, Dialect(dialect))
    if read.verb is Verb.SELECT:
        return tuple(each.position for each in read.equality[:1])
    return tuple(range(len(values(statement, Dialect(dialect)))))


def logs(*repetitions: RepetitionStats, models: Models | None = None, **fields: Any) -> Evidence:
    """The evidence of a replay that saw these."""
    return Evidence(
        collected_at=NOW,
        sources=(Source(kind=SourceKind.QUERY_LOG, name="postgresql.log", collected_at=NOW),),
        query_logs=QueryLogs(repetitions=repetitions, **fields),
        models=models,
    )


def found(evidence: Evidence) -> list[Finding]:
    """What the four detectors of repeated statements find, by their ids and statements."""
    report = judge(evidence, {})
    assert [each for each in report.skipped if "it failed" in each.reason] == []
    findings = [each for each in report.findings if each.id in REPEATED]
    return sorted(findings, key=lambda each: (each.id, str(each.details["child_statement"])))


def said(evidence: Evidence, *names: str) -> list[tuple[object, ...]]:
    """Of each finding its id and these details."""
    return [(each.id, *(each.details[name] for name in names)) for each in found(evidence)]
