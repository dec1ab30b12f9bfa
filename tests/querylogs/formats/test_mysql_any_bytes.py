"""What no log may do to the readers of MySQL's: lose bytes, raise, read differently in parts, or take long."""

import time
from mmap import ACCESS_READ, mmap
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.querylogs.formats import mysql_samples as samples
from triage.querylogs.formats import mysql_error, mysql_general, mysql_slow
from triage.querylogs.formats.base import Tally
from triage.querylogs.rows import Row

VARIANTS: list[tuple[ModuleType, str | None]] = [
    (mysql_general, mysql_general.STAMPED),
    (mysql_general, None),
    (mysql_slow, mysql_slow.STAMPED),
    (mysql_slow, None),
    (mysql_slow, mysql_slow.FOREIGN),
    (mysql_error, None),
]
LOGS = [
    samples.GENERAL,
    samples.GENERAL_OLD,
    samples.SLOW,
    samples.SLOW_MARIADB,
    samples.SLOW_OLD,
    samples.SLOW_PERCONA,
    samples.STATUS,
    samples.STATUS_OLD,
    samples.ERRORS + samples.ERRORS,
    samples.quiet(3),
    samples.GENERAL + samples.SLOW_MARIADB + samples.ERRORS,
]
PIECES = [
    b"\0",
    b"\xff\xfe",
    b"\r",
    b"\n",
    b";",
    b";\n",
    b"#",
    b"# Time: ",
    b"# User@Host: ",
    b"\t\t    5 Query\t",
    b"Tcp port: ",
]


def read(module: ModuleType, variant: str | None, data: bytes, start: int, end: int) -> tuple[list[Row], Tally]:
    tally = Tally()
    rows = list(module.rows(data, start, end, variant, tally))
    assert tally.length == end - start
    assert 0 <= tally.unparsed_bytes <= tally.length
    assert (tally.unparsed_at is None) == (tally.unparsed_bytes == 0)
    return rows, tally


def hold(data: bytes, at: int) -> None:
    for module, variant in VARIANTS:
        module.sniff(data)
        whole, tally = read(module, variant, data, 0, len(data))
        cut = module.first_record(data, min(at, len(data)), variant)
        assert min(at, len(data)) <= cut <= len(data)
        left, left_tally = read(module, variant, data, 0, cut)
        right, right_tally = read(module, variant, data, cut, len(data))
        assert left + right == whole, (module.name, cut)
        assert left_tally.records + right_tally.records == tally.records
        assert left_tally.unparsed_bytes + right_tally.unparsed_bytes == tally.unparsed_bytes


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 400))
@example(b"", 0)
@example(b"\n", 1)
def test_holds_for_any_bytes(data: bytes, at: int) -> None:
    hold(data, at)


@st.composite
def mutilated(draw: st.DrawFn) -> bytes:
    """A log cut short, with lines removed, doubled or moved, and with bytes in it that do not belong."""
    log = draw(st.sampled_from(LOGS))
    log = log[: draw(st.integers(0, len(log)))] if draw(st.booleans()) else log[draw(st.integers(0, len(log))) :]
    lines = log.splitlines(keepends=True)
    for at in draw(st.lists(st.integers(0, max(len(lines) - 1, 0)), max_size=6)):
        if at < len(lines):
            line = lines.pop(at)
            if draw(st.booleans()):
                lines.insert(draw(st.integers(0, len(lines))), line)
    log = b"".join(lines)
    for piece in draw(st.lists(st.sampled_from(PIECES), max_size=4)):
        at = draw(st.integers(0, len(log)))
        log = log[:at] + piece + log[at:]
    return log.replace(b"\n", b"\r\n") if draw(st.booleans()) else log


@settings(max_examples=600, deadline=None)
@given(mutilated(), st.integers(0, 3000))
@example(samples.STATUS.replace(b"DEADLOCK\n", b"DEADLOCK\n2026-01-31 15:00:09 1 INNODB MONITOR OUTPUT\n"), 200)
def test_holds_for_mutilated_logs(log: bytes, at: int) -> None:
    hold(log, at)


@pytest.mark.parametrize("log", LOGS)
def test_holds_at_every_cut_and_end(log: bytes) -> None:
    for at in range(0, len(log), 3):
        hold(log, at)
    for end in range(0, len(log), 7):
        hold(log[:end], end // 2)


def test_reads_a_mapped_file(tmp_path: Path) -> None:
    for log in LOGS:
        path = tmp_path / "log"
        path.write_bytes(log)
        with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as mapped:
            for module, variant in VARIANTS:
                rows, _ = read(module, variant, log, 0, len(log))
                assert list(module.rows(mapped, 0, len(log), variant, Tally())) == rows
                for at in (0, len(log) // 2):
                    assert module.first_record(mapped, at, variant) == module.first_record(log, at, variant)


ENDLESS = b"x" * 5_000_000
LONG = [
    ENDLESS,
    b"\t" * 5_000_000,
    b"# " * 2_500_000,
    b"2026-01-31T15:00:00.000001Z\t    8 Query\t" + ENDLESS + b"\n",
    b"2026-01-31T15:00:00.000001Z\t" + b"8" * 5_000_000,
    b"\n" * 5_000_000,
    b"# User@Host: " + b"]" * 5_000_000,
    b"# Time: 260131 15:00:00\n" * 200_000,
    b"# User@Host: a[a] @ b []\n" * 200_000,
    b"# User@Host: a[a] @ b []  Id: 3\nSET timestamp=1;\nSELECT 1\n" * 80_000,
    b"# User@Host: a[a] @ b []  Id: 3\nSET timestamp=1;\nSELECT " + b"1;" * 2_500_000,
    b"Tcp port: \n" * 450_000,
    b"2026-01-31 15:00:00 1 [Note] " + b"transactions deadlock" * 250_000,
    b"TRANSACTION 1, ACTIVE \nMySQL thread id 1,\nSELECT 1\n" * 100_000,
]


@pytest.mark.parametrize("log", LONG, ids=[repr(log[:30]) for log in LONG])
def test_takes_linear_time(log: bytes) -> None:
    for module, variant in VARIANTS:
        began = time.process_time()
        read(module, variant, log, 0, len(log))
        module.first_record(log, 1, variant)
        assert time.process_time() - began < 5, module.name
