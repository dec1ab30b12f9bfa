"""Logs whose end another one begins with."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.querylogs.sources import logs
from tests.querylogs.sources.logs import stderr as log
from triage.querylogs.sources import LogFile, opened, without_copies


def given_files(folder: Path, *contents: bytes) -> list[LogFile]:
    found = []
    for number, data in enumerate(contents):
        path = folder / str(number)
        path.write_bytes(data)
        found.append(LogFile(str(number), path, len(data)))
    return found


def text(files: list[LogFile]) -> bytes:
    return b"".join(file.path.read_bytes()[: file.size] for file in files)


@pytest.mark.parametrize(
    "contents",
    [
        [log(0, 9000), log(9000, 18000)],
        [log(0, 9000), log(0, 9000, pid=7), log(4000, 9000, pid=8)],
        [log(0, 100) + log(100, 101), log(100, 101).replace(b"a, b", b"x") + log(101, 200)],
        [logs.GENERAL, logs.ECHO_BASIC, logs.STDERR, b"no time\n" * 50],
    ],
    ids=["rotated", "machines", "same time", "formats"],
)
def test_what_is_not_the_same_all_counts(contents: list[bytes], tmp_path: Path) -> None:
    files = given_files(tmp_path, *contents)
    assert without_copies(files) == (files, [])


@pytest.mark.parametrize("begins", [1, 50, 4321, 8990])
def test_a_later_log_goes_on_where_it_begins(begins: int, tmp_path: Path) -> None:
    files = given_files(tmp_path, log(0, 9000), log(begins, 12000))
    kept, notes = without_copies(files)
    assert text(kept) == log(0, 12000)
    assert notes == ["0 ends as 1 begins; what both have is counted once"]
    assert without_copies(files[::-1])[0] == kept[::-1]


@pytest.mark.parametrize("missing", [1, 30, 90])
def test_the_first_log_may_end_anywhere(missing: int, tmp_path: Path) -> None:
    files = given_files(tmp_path, log(0, 9000)[:-missing], log(7000, 12000))
    assert text(without_copies(files)[0]) == log(0, 12000)


def test_three_logs_in_a_row(tmp_path: Path) -> None:
    files = given_files(tmp_path, log(0, 9000), log(6000, 12000), log(8000, 15000))
    assert text(without_copies(files)[0]) == log(0, 15000)


def test_a_part_of_another_is_left_out(tmp_path: Path) -> None:
    files = given_files(tmp_path, log(0, 9000), log(3000, 5000))
    assert without_copies(files) == (files[:1], ["1 is a part of 0, and counted once"])


def test_a_wrapped_log_that_ends_within_a_wrapper(tmp_path: Path) -> None:
    wrapped = logs.cri(log(0, 3000))
    with ExitStack() as stack:
        for name, data in {"a": wrapped[:-110], "b": logs.cri(log(2000, 4000))}.items():
            (tmp_path / name).write_bytes(data)
        files = [stack.enter_context(opened(str(tmp_path / name)))[0] for name in "ab"]
        assert text(without_copies(files)[0]) == log(0, 4000)


@settings(max_examples=60)
@given(first=st.integers(1, 300), both=st.integers(0, 300), last=st.integers(1, 300))
def test_any_two_windows_of_a_log_make_the_whole(
    first: int, both: int, last: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    one, other = log(0, first + both), log(first, first + both + last)
    kept, _ = without_copies(given_files(tmp_path_factory.mktemp("windows"), one, other))
    whole = log(0, first + both + last)
    if both > 2:
        assert text(kept) == whole
    elif both < 2:
        assert text(kept) == one + other


def test_lines_that_are_alike_on_both_sides_of_a_rotation_all_count(tmp_path: Path) -> None:
    """A loop that one second's lines cannot tell apart, cut in the middle."""
    line = b"2026-01-31 15:00:00 UTC [123] LOG:  execute <unnamed>: SELECT a FROM authors WHERE id = $1\n"
    before = b"".join(b"2026-01-31 14:00:%02d UTC [123] LOG:  statement: SELECT 1\n" % second for second in range(60))
    files = given_files(tmp_path, before + line * 50, line * 70 + before.replace(b"14:", b"16:"))
    assert without_copies(files) == (files, [])


def test_hours_of_one_digit(tmp_path: Path) -> None:
    """As MariaDB's error log has them before ten o'clock."""
    lines = [b"2026-11-23  %d:%02d:00 0 [Note] InnoDB: waited\n" % (at // 60, at % 60) for at in range(600)]
    files = given_files(tmp_path, b"".join(lines[:400]), b"".join(lines[300:]))
    assert text(without_copies(files)[0]) == b"".join(lines)
