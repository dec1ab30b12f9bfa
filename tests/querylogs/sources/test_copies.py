"""What is a copy of what, among real files."""

import gzip
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.querylogs.sources import logs
from tests.querylogs.sources.logs import CSV, ECHO, STDERR
from triage.querylogs.sources import LogFile, opened, without_copies

BIG = logs.stderr(0, 40_000)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def files(stack: ExitStack, *paths: Path) -> list[LogFile]:
    return [file for path in paths for file in stack.enter_context(opened(str(path)))]


def written(folder: Path, **contents: bytes) -> list[Path]:
    paths = [folder / name for name in contents]
    for path, data in zip(paths, contents.values(), strict=True):
        path.write_bytes(data)
    return paths


def test_different_logs_all_count(tmp_path: Path, stack: ExitStack) -> None:
    changed = bytearray(BIG)
    changed[len(BIG) // 3] ^= 1
    end = BIG[:-2] + b"x\n"
    given = files(stack, *written(tmp_path, a=BIG, b=CSV, c=ECHO, d=bytes(changed), e=end, f=BIG[100:], g=b""))
    assert without_copies(given) == (given, [])


def test_empty_files_are_no_copies(tmp_path: Path, stack: ExitStack) -> None:
    given = files(stack, *written(tmp_path, a=b"", b=b"", c=STDERR))
    assert without_copies(given) == (given, [])


def test_a_log_and_its_compressed_copy(tmp_path: Path, stack: ExitStack) -> None:
    (plain, other, packed) = written(tmp_path, plain=BIG, other=CSV, packed=gzip.compress(BIG))
    first, second, third = files(stack, plain, other, packed)
    assert without_copies([first, second, third]) == (
        [first, second],
        [f"{packed} is the same as {plain}, and counted once"],
    )


def test_links(tmp_path: Path, stack: ExitStack) -> None:
    (path,) = written(tmp_path, log=BIG)
    (tmp_path / "soft").symlink_to(path)
    os.link(path, tmp_path / "hard")
    first, *others = files(stack, path, tmp_path / "soft", tmp_path / "hard")
    kept, notes = without_copies([first, *others])
    assert kept == [first]
    assert len(notes) == 2


@pytest.mark.parametrize("size", [1, 50, 4096, 5000, len(BIG) // 2, len(BIG) - 1])
def test_a_copy_made_while_the_log_grew(size: int, tmp_path: Path, stack: ExitStack) -> None:
    early, late = written(tmp_path, early=BIG[:size], late=BIG)
    given = files(stack, early, late)
    assert without_copies(given) == (given[1:], [f"{early} is the beginning of {late}, and counted once"])


def test_of_a_compressed_copy_that_is_cut_the_whole_log_counts(tmp_path: Path, stack: ExitStack) -> None:
    cut, whole = written(tmp_path, cut=gzip.compress(BIG)[:-500], whole=BIG)
    given = files(stack, cut, whole)
    assert given[0].cut_short
    assert without_copies(given)[0] == given[1:]


@pytest.mark.parametrize("cut", [1, 5, 20, 40])
def test_a_copy_that_ends_within_a_wrapper(cut: int, tmp_path: Path, stack: ExitStack) -> None:
    wrapped = logs.cri(BIG)
    early, late = written(tmp_path, early=wrapped[: 700_000 - cut], late=wrapped)
    given = files(stack, early, late)
    assert without_copies(given)[0] == given[1:]


def test_a_wrapped_log_and_the_same_without(tmp_path: Path, stack: ExitStack) -> None:
    plain, wrapped = written(tmp_path, plain=BIG, wrapped=logs.docker_json(BIG))
    given = files(stack, plain, wrapped)
    assert without_copies(given)[0] == given[:1]


def test_many_large_files_that_begin_alike_cost_little(tmp_path: Path, stack: ExitStack) -> None:
    paths = []
    (first,) = written(tmp_path, first=BIG * 2)
    for number in range(12):
        path = tmp_path / f"log.{number}"
        shutil.copy(first, path)
        with path.open("r+b") as file:
            file.seek(-10, os.SEEK_END)
            file.write(b"<%d>" % number)
        paths.append(path)
    given = files(stack, *paths)
    began = time.process_time()
    assert without_copies(given) == (given, [])
    assert time.process_time() - began < 0.2


@given(st.lists(st.sampled_from([b"a\n", b"b\n", b"c" * 5000 + b"\n"]), max_size=4).map(b"".join).flatmap(
    lambda data: st.lists(st.integers(0, len(data)).map(lambda size: data[:size]) | st.binary(max_size=3), max_size=5)
))  # fmt: skip
def test_exactly_the_prefixes_of_others_are_left_out(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("copies")
    given = []
    for number, data in enumerate(contents):
        path = folder / str(number)
        path.write_bytes(data)
        given.append(LogFile(str(number), path, len(data)))
    kept, notes = without_copies(given)
    expected = [
        at
        for at, data in enumerate(contents)
        if not data
        or not any(
            other.startswith(data) and (len(other) > len(data) or before < at)
            for before, other in enumerate(contents)
            if before != at
        )
    ]
    assert [int(file.name) for file in kept] == expected
    assert len(notes) == len(contents) - len(expected)
