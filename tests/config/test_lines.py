"""On which line of a TOML file a key stands."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.config.lines import line_of, lines_of
from triage.config.problems import Place

TEXT = '''# a comment
[targets.shop]
url = "x"
engine = [
  "a",   # = not a key
  "b",
]

[targets."the other".thresholds.long-query]
warning_seconds = 3

[[outputs]]
format = "html"
[[outputs]]
format = """
path = 3
"""
history.keep = "9d"
[[outputs]]
inline = { a = 1, b = { c = 2 } }
[outputs.within]
d = 4
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("targets",), 2),
        (("targets", "shop"), 2),
        (("targets", "shop", "url"), 3),
        (("targets", "shop", "engine"), 4),
        (("targets", "the other", "thresholds", "long-query", "warning_seconds"), 10),
        (("outputs", 0, "format"), 13),
        (("outputs", 1), 14),
        (("outputs", 1, "format"), 15),
        (("outputs", 1, "history", "keep"), 18),
        (("outputs", 2, "inline", "b", "c"), 20),
        (("outputs", 2, "within", "d"), 22),
    ],
)
def test_every_key_has_its_line(place: Place, line: int) -> None:
    assert lines_of(TEXT)[place] == line


def test_a_key_that_is_not_there_has_the_line_of_its_table() -> None:
    assert line_of(("targets", "shop", "processes"), lines_of(TEXT)) == 2
    assert line_of(("history",), lines_of(TEXT)) is None


def test_only_what_ends_a_line_of_toml_is_counted() -> None:
    assert lines_of("a = 'x\u2028\x85y'\nb = 1\n")[("b",)] == 2


def test_an_empty_file_has_no_lines() -> None:
    assert lines_of("") == {}


KEYS = st.sampled_from(["a", "b-c", '"d e"', "'f.g'", "1"])
VALUES = st.sampled_from(["1", '"x"', "'''\n[y]\nz = 1\n'''", "[\n 1,\n 2 ]", "{ k = 1 }", "true", "2026-01-31"])


@given(st.lists(st.tuples(st.sampled_from(["set", "table", "list"]), KEYS, KEYS, VALUES), max_size=12))
def test_any_valid_file_has_a_line_for_every_key(deeds: list[tuple[str, str, str, str]]) -> None:
    text = ""
    for deed, first, second, value in deeds:
        line = {
            "set": f"{first} = {value} # {second}\n",
            "table": f"[{first}.{second}]\n",
            "list": f"[[{first}]]\n",
        }[deed]
        try:
            tomllib.loads(text + line)
        except tomllib.TOMLDecodeError:
            continue
        text += line
    lines = lines_of(text)
    assert set(places(tomllib.loads(text))) <= set(lines)
    assert all(1 <= number <= text.count("\n") for number in lines.values())


def places(content: object, before: Place = ()) -> list[Place]:
    if isinstance(content, dict):
        return [place for key, value in content.items() for place in [(*before, key), *places(value, (*before, key))]]
    if isinstance(content, list):
        return [place for index, value in enumerate(content) for place in places(value, (*before, index))]
    return []
