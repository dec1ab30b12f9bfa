"""Whatever happened to a log on its way, reading it never fails, loses no byte, and does not depend on the cut."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.querylogs.formats.postgresql_reading import LOGS, read, read_cut

EACH = pytest.mark.parametrize("name", list(LOGS))
PIECES = [
    *(b'"', b'""', b'",', b'"\n', b"\n", b"\r\n", b"\0", b"\xff", b"\\", b"\t", b":  ", b"LOG:  ", b"DETAIL:  ", b"{"),
    *(b"2026-01-31 15:00:00.000 UTC [1] 1.2 3 LOG:  x\n", b"2026-01-31 15:00:00.000 UTC,", b'{"a":', b"\\u12"),
    *(b"[7-2] ", b"#011", b'"textPayload":"', b"execute ", b"duration: 1.0 ms"),
]
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["cut", "insert", "lines", "end", "begin", "crlf"]), st.integers(0, 10_000), st.integers(0, 99)
    ),
    max_size=5,
)


def edited(log: bytes, edits: list[tuple[str, int, int]]) -> bytes:
    for edit, where, what in edits:
        at = where % (len(log) + 1)
        if edit == "cut":
            log = log[:at] + log[at + what :]
        elif edit == "insert":
            log = log[:at] + PIECES[what % len(PIECES)] + log[at:]
        elif edit == "lines":
            log = b"".join(
                line for number, line in enumerate(log.splitlines(True)) if (number * 7 + where) % (what % 9 + 2)
            )
        elif edit == "crlf":
            log = log.replace(b"\n", b"\r\n")
        else:
            log = log[:at] if edit == "end" else log[at:]
    return log


def hold(name: str, log: bytes, near: int) -> None:
    format_, variant, _ = LOGS[name]
    rows, tally = read(format_, log, variant)
    assert tally.length == len(log)
    assert 0 <= tally.unparsed_bytes <= len(log)
    assert read_cut(format_, log, variant, near % (len(log) + 1)) == (rows, tally)
    format_.sniff(log, variant)


@EACH
@settings(deadline=None, max_examples=150)
@given(edits=EDITS, near=st.integers(0, 20_000))
def test_a_mutilated_log(name: str, edits: list[tuple[str, int, int]], near: int) -> None:
    hold(name, edited(LOGS[name][2], edits), near)


@EACH
@settings(deadline=None, max_examples=100)
@given(
    log=st.binary(max_size=300) | st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join), near=st.integers(0, 500)
)
def test_arbitrary_bytes(name: str, log: bytes, near: int) -> None:
    hold(name, log, near)


@EACH
def test_a_log_that_ends_at_any_byte(name: str) -> None:
    format_, variant, log = LOGS[name]
    log = log[:3000]
    whole = read(format_, log, variant)[0]
    for end in range(len(log)):
        rows, tally = read(format_, log[:end], variant)
        assert tally.length == end
        assert rows[:-1] == whole[: max(len(rows) - 1, 0)]


@EACH
@pytest.mark.parametrize("filling", [b"a", b'"', b"\\", b":  ", b"@ ", b"LOG:  ", b'","', b"\n\t", b"[4-2] ", b'{"a":'])
def test_a_line_of_megabytes_takes_time_in_proportion(name: str, filling: bytes) -> None:
    format_, variant, log = LOGS[name]
    position = len(log) // 2
    long = log[:position] + filling * (5_000_000 // len(filling)) + log[position:]
    began = time.process_time()
    _, tally = read(format_, long, variant)
    assert tally.length == len(long)
    format_.first_record(long, position + 5, variant)
    assert time.process_time() - began < 30  # quadratic would be hours
