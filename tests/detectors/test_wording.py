"""Numbers and names as the findings' sentences say them."""

from datetime import timedelta

import pytest

from tests.detectors.build import session
from triage.detectors.wording import count, duration, listed, owner, shortened, verb


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0.0 s"),
        (0.44, "0.4 s"),
        (9.94, "9.9 s"),
        (10, "10 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (432, "7 min 12 s"),
        (3600, "1 h"),
        (3725, "1 h 2 min"),
        (86400, "1 d"),
        (266_400, "3 d 2 h"),
        (86_405, "1 d"),
        (3_605, "1 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, expected: str) -> None:
    assert duration(timedelta(seconds=seconds)) == expected


@pytest.mark.parametrize(
    ("number", "noun", "expected"),
    [
        (0, "session", "0 sessions"),
        (1, "session", "1 session"),
        (2, "process", "2 processes"),
        (2, "query", "2 queries"),
        (1, "process", "1 process"),
    ],
)
def test_a_number_and_its_noun(number: int, noun: str, expected: str) -> None:
    assert count(number, noun) == expected


def test_a_verb_goes_with_its_number() -> None:
    assert [verb(number, "is", "are") for number in (0, 1, 2)] == ["are", "is", "are"]


def test_an_owner_is_named_as_far_as_it_is_known() -> None:
    assert owner(session()) == "shop (user app)"
    assert owner(session(application_name=None)) == "user app"
    assert owner(session(application_name=None, user=None)) == "an unknown user"


def test_a_statement_is_one_line() -> None:
    assert shortened("SELECT 1\n   FROM\tbooks") == "SELECT 1 FROM books"
    assert shortened(None) == ""


def test_a_long_statement_is_cut_where_it_says() -> None:
    assert shortened("x" * 120) == "x" * 120
    assert shortened("x" * 121) == "x" * 119 + "…"


def test_a_long_list_says_how_much_is_left_out() -> None:
    assert listed([]) == ""
    assert listed(["a", "b"]) == "a, b"
    assert listed(list("abcde")) == "a, b, c, d, e"
    assert listed(list("abcdefg")) == "a, b, c, d, e and 2 more"
