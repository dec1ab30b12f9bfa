"""Whatever a log holds, the judgement does not raise, and what it says is sound."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detectors.repetitions.logs import logs
from tests.detectors.repetitions.test_of_sqlalchemy import MODELS
from tests.detectors.strategies import SQL, repetitions
from triage.detectors.explanation import explanation
from triage.detectors.repetitions.context import known
from triage.detectors.repetitions.groups import groups
from triage.detectors.repetitions.judging import verdict_of
from triage.evidence import EarlierStatement, Models, RepetitionStats

WORDS = (
    *("SELECT", "FROM", "WHERE", "AND", "OR", "IN", "JOIN", "ON", "AS", "LIMIT", "OFFSET", "VALUES", "INSERT INTO"),
    *(
        "UPDATE",
        "SET",
        "DELETE FROM",
        "FOR UPDATE",
        "count(",
        "(",
        ")",
        ",",
        "=",
        "?",
        "(...)",
        "*",
        ".",
        "'",
        '"',
        "`",
    ),
    *(
        "books",
        "authors",
        "books.author_id",
        "authors.id",
        "? = books.author_id",
        "authors.id = ?",
        "app.tbl_person.id",
    ),
    *("messages.sender_id", "1", "NULL", "--", "/*", "*/", ";", "\x00", "日本", "a" * 300),
)
statements = st.sampled_from(SQL) | st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)


@st.composite
def any_repetition(draw: st.DrawFn) -> RepetitionStats:
    stats = draw(repetitions())
    fields = {name: getattr(stats, name) for name in stats.__dataclass_fields__}
    before = tuple(EarlierStatement(statement=each) for each in draw(st.lists(statements, max_size=3)))
    return RepetitionStats(**{**fields, "statement": draw(statements), "before": (*stats.before, *before)})


@given(st.lists(any_repetition(), min_size=1, max_size=3), st.sampled_from([None, MODELS]))
@settings(max_examples=400, deadline=None, derandomize=True, database=None)
def test_no_statement_makes_the_judgement_fail(counted: list[RepetitionStats], models: Models | None) -> None:
    evidence = logs(*counted, models=models)
    for stats in counted:
        verdict = verdict_of(stats, known(evidence))
        assert verdict is None or verdict.confidence in {0, 1, 2}
        assert verdict is None or verdict.parent in {None, *(each.statement for each in stats.before)}
    for group in groups(evidence):
        assert explanation(evidence, group.key)
