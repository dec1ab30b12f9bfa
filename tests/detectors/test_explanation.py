import pytest

from tests.detectors.repetitions.logs import AUTHOR, AUTHORS, BOOKS_OF, found, logs, repetition
from triage.detectors.explanation import explanation
from triage.errors import UsageError
from triage.evidence import EarlierStatement, Evidence

TEN = EarlierStatement(statement=f"{AUTHORS} LIMIT ?", limit=10)


def explained(evidence: Evidence) -> str:
    (finding,) = found(evidence)
    return "\n".join(explanation(evidence, finding.key))


def test_it_says_what_it_is_and_every_sign_with_its_weight() -> None:
    text = explained(logs(repetition(BOOKS_OF, AUTHORS)))
    assert text.startswith("n-plus-one (one-to-many): Author.books\n")
    assert "+3 the value stands on the left of books.author_id, as a lazy load writes it" in text
    assert "+3 author_id names authors" in text
    assert "+8 in all: high confidence" in text
    assert f"the parent: {AUTHORS}" in text


def test_it_says_what_speaks_against_it() -> None:
    text = explained(logs(repetition(AUTHOR, episodes=5, same_keys=True)))
    assert "-1 every transaction asked for exactly the same keys" in text


def test_it_says_which_statements_cannot_be_the_parent() -> None:
    text = explained(logs(repetition(BOOKS_OF, AUTHORS, TEN)))
    assert f"excluded: {TEN.statement}\n    its LIMIT of 10 allows fewer rows than the 12 keys" in text


def test_it_says_why_it_is_less_sure_than_the_signs() -> None:
    text = explained(logs(repetition(BOOKS_OF, AUTHORS, confirmed=False)))
    assert "no more than low all the same: the log does not show every statement" in text


def test_what_was_too_little_for_a_finding_can_be_explained() -> None:
    evidence = logs(repetition(BOOKS_OF, AUTHORS, times=3))
    assert found(evidence) == []
    (key,) = [found(logs(repetition(BOOKS_OF, AUTHORS)))[0].key]
    assert explanation(evidence, key)


def test_an_unknown_key_is_a_usage_error_that_names_the_known_ones() -> None:
    evidence = logs(repetition(BOOKS_OF, AUTHORS))
    with pytest.raises(UsageError, match="has the key n-plus-one:nope") as caught:
        explanation(evidence, "n-plus-one:nope")
    assert found(evidence)[0].key in caught.value.hint


def test_without_repetitions_nothing_can_be_explained() -> None:
    with pytest.raises(UsageError) as caught:
        explanation(logs(), "n-plus-one:nope")
    assert "nothing repeats" in caught.value.hint
