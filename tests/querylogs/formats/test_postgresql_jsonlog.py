"""jsonlog, its escapes, and the JSON that operators make of csvlog."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.querylogs.formats.postgresql_reading import CSVLOG, JSONLOG, ran, read
from triage.querylogs.formats import postgresql_csvlog, postgresql_jsonlog
from triage.querylogs.formats.postgresql_json import unescaped
from triage.querylogs.rows import Mark

NAMES = (
    "log_time user_name database_name process_id connection_from session_id session_line_num command_tag"
    " session_start_time virtual_transaction_id transaction_id error_severity sql_state_code message detail hint"
    " internal_query internal_query_pos context query query_pos location application_name backend_type leader_pid query_id"
).split()


def of_operator(nested: str | None = "record") -> bytes:
    """The sample of csvlog as CloudNativePG writes it: all columns as strings, inside of its own log's object."""
    fields = [
        {name: value.decode() for name, value in zip(NAMES, row, strict=True)}
        for row in map(postgresql_csvlog._fields, _records())
        if row
    ]
    outer = {"level": "info", "logger": "postgres", "msg": "record", "logging_pod": "db-1"}
    return "".join(json.dumps({**outer, nested: each} if nested else each) + "\n" for each in fields).encode()


def _records() -> list[bytes]:
    starts = [0]
    while starts[-1] < len(CSVLOG):
        starts.append(postgresql_csvlog.first_record(CSVLOG, starts[-1] + 1, None))
    return [CSVLOG[start:end] for start, end in pairwise(starts)]


@pytest.mark.parametrize("nested", ["record", None])
def test_an_operators_json_says_what_its_csvlog_says(nested: str | None) -> None:
    rows, tally = read(postgresql_jsonlog, of_operator(nested))
    expected, other = read(postgresql_csvlog, CSVLOG)
    assert rows == expected
    assert (tally.records, tally.unparsed_bytes) == (other.records, 0)


def test_newest_first_is_read_as_it_stands() -> None:
    newest_first = b"".join(reversed(JSONLOG.splitlines(keepends=True)))
    rows, tally = read(postgresql_jsonlog, newest_first)
    assert rows == read(postgresql_jsonlog, JSONLOG)[0][::-1]
    assert tally.first is not None
    assert tally.last is not None
    assert tally.first > tally.last


def test_another_order_of_the_keys() -> None:
    log = b"".join(json.dumps(json.loads(line), sort_keys=True).encode() + b"\n" for line in JSONLOG.splitlines())
    assert read(postgresql_jsonlog, log)[0] == read(postgresql_jsonlog, JSONLOG)[0]


def test_json_of_others_is_no_record() -> None:
    log = b'{"level":"info","msg":"started"}\n{"error_severity":7}\n[1]\n{"a":\n' + b'{"a":' * 5000 + b"\n"
    rows, tally = read(postgresql_jsonlog, log)
    assert (rows, tally.records, tally.unparsed_bytes) == ([], 0, len(log))


@given(text=st.text(max_size=50), ascii_only=st.booleans())
def test_any_string_comes_back(text: str, ascii_only: bool) -> None:
    written = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
    expected = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
    if not any("\ud800" <= each <= "\udfff" for each in text):
        assert unescaped(written.encode()) == expected


@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
    value=st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
)
def test_any_statement_comes_back(text: str, value: str) -> None:
    line = json.loads(JSONLOG.splitlines()[1])
    line |= {"message": f"execute _pg3_1: {text}", "detail": f"Parameters: $1 = '{value}'"}
    order = (
        "timestamp user dbname pid remote_host remote_port session_id line_num ps session_start vxid txid"
        " error_severity message detail application_name backend_type query_id"
    ).split()
    log = json.dumps({name: line[name] for name in order if name in line}, ensure_ascii=False, separators=(",", ":"))
    rows, tally = read(postgresql_jsonlog, log.encode() + b"\n" + JSONLOG)
    assert rows[0] == (
        Mark.NAMED,
        line["session_id"].encode(),
        line["timestamp"].encode(),
        text.encode(),
        None,
        f"$1 = '{value}'".encode(),
    )
    assert ran(rows[1:]) == ran(read(postgresql_jsonlog, JSONLOG)[0])
    assert tally.unparsed_bytes == 0


def test_bytes_that_are_no_utf_8() -> None:
    log = JSONLOG.replace(b"\xc3\xa9", b"\xe9")
    rows, tally = read(postgresql_jsonlog, log)
    assert any(b"line\\ \xe9" in text for text, _ in ran(rows))
    assert tally.unparsed_bytes == 0
