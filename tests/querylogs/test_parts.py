"""A log read in parts comes to the same as a log read at once, and every byte is accounted for."""

import pickle
import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.querylogs.build import Log, read
from triage.check import judge
from triage.cli.replay import JUDGES
from triage.querylogs.formats import postgresql_stderr
from triage.querylogs.part import Part
from triage.querylogs.rows import Mark, Row
from triage.querylogs.totals import Totals
from triage.sql.lexer import Dialect

PREFIX = "%m [%p] "
PAUSES = st.sampled_from([0.0004, 0.05, 0.2, 1.5])
DEEDS = (
    "BEGIN",
    "BEGIN",
    "COMMIT",
    "COMMIT",
    "ROLLBACK",
    "COMMIT AND CHAIN",
    "SELECT id, author_id FROM books LIMIT 5",
    "SELECT id FROM authors WHERE id = {n}",
    "SELECT id FROM authors WHERE id = {n}",
    "SELECT id FROM authors WHERE id = {n}",
    "INSERT INTO tags (id) VALUES ({n})",
    "SAVEPOINT a",
    "ROLLBACK TO SAVEPOINT a",
    "SELECT 1",
    "SET LOCAL a = 1; BEGIN; SELECT id FROM tags; COMMIT",
    "PREPARE TRANSACTION 'x{pid}'",
    "COMMIT PREPARED 'x1'",
    "connect",
    "disconnect",
    "start",
    "error",
    "duration",
)


def busy_log() -> Log:
    """Four sessions, interleaved: lists and their rows, loops of transactions, errors, reconnects."""
    log, chance = Log(), random.Random(7)
    scripts = []
    for pid in range(4):
        script: list[tuple[int, str]] = []
        for turn in range(6):
            script += [(pid, "BEGIN"), (pid, "SELECT authors.id FROM authors")]
            script += [(pid, f"SELECT id FROM books WHERE {n} = books.author_id") for n in range(turn + 3)]
            script += [(pid, "COMMIT" if turn % 2 else "ROLLBACK")]
        script += [(pid, s) for n in range(12) for s in ("BEGIN", f"SELECT id FROM authors WHERE id = {n}", "ROLLBACK")]
        script += [(pid, f"SELECT id FROM tags WHERE id = {n}") for n in range(6)]
        script += [(pid, "connect"), (pid, "BEGIN"), (pid, "INSERT INTO tags (id) VALUES (1)"), (pid, "disconnect")]
        scripts.append(script)
    while any(scripts):
        pid, what = chance.choice([script for script in scripts if script]).pop(0)
        if what == "connect":
            log.connect(pid)
        elif what == "disconnect":
            log.disconnect(pid)
        else:
            log.run(pid, what, after=0.0003)
    return log


def part_of(data: bytes, *cuts: int) -> Part:
    """The log, read in the parts between the cuts."""
    whole = Part(Dialect.POSTGRESQL, 1.0, is_root=True)
    edges = [0, *(postgresql_stderr.first_record(data, at, PREFIX) for at in cuts), len(data)]
    for start, end in pairwise(edges):
        part = Part(Dialect.POSTGRESQL, 1.0, is_root=False)
        part.read(postgresql_stderr.rows(data, start, end, PREFIX, part.tally))
        whole.then(pickle.loads(pickle.dumps(part)))
    whole.close()
    whole.totals.unfinished.sort()
    return whole


@pytest.fixture(scope="module")
def busy() -> bytes:
    return busy_log().content()


def test_every_cut_gives_the_same(busy: bytes) -> None:
    whole = part_of(busy)
    assert whole.totals.repetitions
    assert whole.totals.unfinished
    for at in range(0, len(busy), 61):
        part = part_of(busy, at)
        assert part.totals == whole.totals, at
        assert part.tally == whole.tally, at


def test_any_number_of_cuts_gives_the_same(busy: bytes) -> None:
    whole = part_of(busy)
    for length in (97, 500, 1733, 9001):
        part = part_of(busy, *range(length, len(busy), length))
        assert part.totals == whole.totals, length


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_log_cut_anywhere_gives_the_same(data: st.DataObject) -> None:
    """Sessions that do anything in any order, cut in two or three parts."""
    log = Log()
    for pid, what, after in data.draw(
        st.lists(st.tuples(st.integers(1, 3), st.sampled_from(DEEDS), PAUSES), max_size=80)
    ):
        log.deed(pid, what, after)
    content = log.content()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), min_size=1, max_size=2)))
    assert part_of(content, *cuts).totals == part_of(content).totals


@pytest.mark.parametrize("workers", [2, 7])
def test_any_number_of_workers_gives_the_same(tmp_path: Path, workers: int) -> None:
    path = busy_log().write(tmp_path)
    whole = read(path)
    parts = read(path, workers=workers, range_bytes=5000)
    assert parts.query_logs == whole.query_logs
    assert parts.sources == whole.sources


@settings(max_examples=60, deadline=None)
@given(
    deeds=st.lists(st.tuples(st.integers(1, 3), st.sampled_from(DEEDS), PAUSES), min_size=20, max_size=80),
    data=st.data(),
)
def test_a_log_cut_into_two_files_gives_the_same_findings(
    deeds: list[tuple[int, str, float]], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    log = Log()
    for deed in deeds:
        log.deed(*deed)
    at = data.draw(st.integers(1, len(log.lines) - 1))
    folder = tmp_path_factory.mktemp("cut")
    whole = Path(log.write(folder, "whole.log"))
    lines = whole.read_bytes().splitlines(keepends=True)
    older, newer = folder / "postgresql.log.1", folder / "postgresql.log"
    older.write_bytes(b"".join(lines[:at]))
    newer.write_bytes(b"".join(lines[at:]))
    assert findings(newer, older) == findings(whole)


def findings(*paths: Path) -> list[tuple[str, object]]:
    report = judge(read(*map(str, paths)), {}, JUDGES)
    return [(finding.key, finding.details) for finding in report.findings]


MYSQL_DEEDS = (
    (Mark.CONNECTED, ""),
    (Mark.DISCONNECTED, ""),
    (None, "SET AUTOCOMMIT = 0"),
    (None, "SET AUTOCOMMIT = 1"),
    (None, "COMMIT"),
    (None, "COMMIT"),
    (None, "ROLLBACK"),
    (None, "BEGIN"),
    (None, "CREATE TABLE t (id INT)"),
    (None, "SELECT id, author_id FROM books LIMIT 5"),
    (None, "SELECT id FROM authors WHERE id = {n}"),
    (None, "SELECT id FROM authors WHERE id = {n}"),
    (None, "SELECT id FROM authors WHERE id = {n}"),
    (None, "INSERT INTO tags (id) VALUES ({n})"),
)


@settings(max_examples=300, deadline=None)
@given(
    deeds=st.lists(st.tuples(st.integers(1, 2), st.sampled_from(MYSQL_DEEDS), st.sampled_from([0, 2])), max_size=80),
    data=st.data(),
)
def test_any_log_of_mysql_cut_anywhere_gives_the_same(
    deeds: list[tuple[int, tuple[Mark | None, str], int]], data: st.DataObject
) -> None:
    rows: list[Row] = []
    second = 0
    for n, (thread, (mark, text), pause) in enumerate(deeds):
        second += pause
        time = f"2026-01-31T15:{second // 60:02}:{second % 60:02}.{n:06}Z"
        rows.append((mark, b"%d" % thread, time.encode(), text.format(n=n).encode(), None, None))
    at = data.draw(st.integers(0, len(rows)))
    assert totals_of(rows[:at], rows[at:]) == totals_of(rows)


def mysql_part(rows: list[Row], unsure: frozenset[bytes]) -> Part:
    part = Part(Dialect.MYSQL, 1.0, is_root=False, unsure=unsure)
    part.read(rows)
    return part


def totals_of(*parts: list[Row]) -> Totals:
    whole = Part(Dialect.MYSQL, 1.0, is_root=True)
    for rows in parts:
        part = mysql_part(rows, frozenset())
        whole.then(mysql_part(rows, refuted) if (refuted := whole.refuted(part)) else part)
    whole.close()
    whole.totals.unfinished.sort()
    return whole.totals
