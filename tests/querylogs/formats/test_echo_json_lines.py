"""Lines of JSON that a pattern reads are what the parser reads in them."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.querylogs.formats import sqlalchemy_echo
from triage.querylogs.formats.base import Tally
from triage.querylogs.formats.echo_json_lines import Line, Lines
from triage.querylogs.rows import Row

VARIANT = "message\njson: yes\nstreams: thread\nidentity: pid\ndialect: postgresql"
TEXTS = st.one_of(
    st.sampled_from(
        ["SELECT 1", "[raw sql] ()", "COMMIT", "BEGIN (implicit)", 'SELECT "a"\nFROM t', "[cached since 1s ago] (1,)"]
    ),
    st.text(st.sampled_from('a1 "\\\n\té\x00\x7f{},:[]\ud83d🙂'), max_size=8),
)
VALUES = st.one_of(TEXTS, st.integers(-(10**20), 10**20), st.floats(), st.booleans(), st.none(), st.just({"a": 1}))
OBJECTS = st.fixed_dictionaries(
    {"message": TEXTS, "name": st.sampled_from(["sqlalchemy.engine.Engine", "app"])},
    optional={"asctime": TEXTS, "thread": VALUES, "lineno": VALUES, "exc_info": VALUES, "created": VALUES},
)
DUMPS: tuple[Callable[[object], str], ...] = (
    json.dumps,
    lambda value: json.dumps(value, ensure_ascii=False).encode(errors="replace").decode(),
    lambda value: json.dumps(value, separators=(",", ":")),
)
LINES = st.one_of(
    st.tuples(OBJECTS, st.sampled_from(DUMPS)).map(lambda pair: pair[1](pair[0])),
    st.sampled_from(
        [
            '{"message": "SELECT 1',
            '{"message": "SELECT \\q", "name": "sqlalchemy.engine"}',
            "",
            '", "name": "x"}',
            "junk",
        ]
    ),
)


def read(data: bytes) -> tuple[list[Row], Tally]:
    tally = Tally()
    return list(sqlalchemy_echo.rows(data, 0, len(data), VARIANT, tally)), tally


@settings(max_examples=300, deadline=None)
@given(lines=st.lists(LINES, min_size=1, max_size=4), times=st.integers(1, 3))
def test_a_pattern_reads_what_the_parser_reads(lines: list[str], times: int) -> None:
    data = "\n".join(lines * times).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lines, "read", lambda *_: None)
        parsed = read(data)
    assert read(data) == parsed


def test_a_line_like_the_one_before_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        json.dumps(
            {"asctime": f"2026-01-31 15:00:0{n},123", "name": "sqlalchemy.engine.Engine", "thread": n, "message": text}
        )
        for n, text in enumerate(['SELECT "a"\nFROM t', "[raw sql] ()", "COMMIT"])
    ]
    found: list[Line | None] = []
    original = Lines.read

    def spied(self: Lines, data: bytes, position: int, end: int) -> Line | None:
        found.append(original(self, data, position, end))
        return found[-1]

    monkeypatch.setattr(Lines, "read", spied)
    data = "\n".join(lines).encode()
    read(data)
    assert [each and each[1:4] for each in found] == [
        None,
        (b"[raw sql] ()", b"2026-01-31 15:00:01,123", b"1"),
        (b"COMMIT", b"2026-01-31 15:00:02,123", b"2"),
    ]
