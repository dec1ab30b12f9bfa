"""A log read in parts comes to the same as a log read at once, and every byte is accounted for."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.querylogs.build import Log, read
from triage.querylogs.formats import BY_NAME, FORMATS
from triage.querylogs.formats.base import Format
from triage.querylogs.ledger import Ledger
from triage.querylogs.reading import read_file


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


def ledger_of(path: str, length: int) -> Ledger:
    ledger = Ledger(BY_NAME["postgresql-stderr"].dialect, rooted=True)
    read_file(Path(path), "postgresql-stderr", "%m [%p] ", ledger, length=length)
    ledger.close()
    return ledger


def test_every_cut_gives_the_same(tmp_path: Path) -> None:
    path = busy_log().write(tmp_path)
    size = Path(path).stat().st_size
    whole = ledger_of(path, size)
    assert whole.totals.repetitions
    assert whole.totals.unfinished
    whole.totals.unfinished.sort()
    for length in [*range(97, size, size // 60), size // 2, size // 3]:
        part = ledger_of(path, length)
        part.totals.unfinished.sort()
        assert part.totals == whole.totals, length
        assert (part.bytes, part.unparsed_bytes, part.records) == (size, 0, whole.records)


@pytest.mark.parametrize("workers", [2, 7])
def test_any_number_of_workers_gives_the_same(tmp_path: Path, workers: int) -> None:
    path = busy_log().write(tmp_path)
    whole = read(path)
    parts = read(path, workers=workers, range_bytes=5000)
    assert parts.query_logs == whole.query_logs
    assert parts.sources == whole.sources


@pytest.mark.parametrize("format_", FORMATS, ids=lambda each: each.name)
@settings(max_examples=60, deadline=None)
@given(
    pieces=st.lists(
        st.sampled_from(
            [
                b"2026-01-31 15:00:00.000 UTC [7] LOG:  statement: SELECT 1\n",
                b"\tFROM books\n",
                b"2026-01-31 15:00:00.000 UTC [7] DETAIL:  parameters: $1 = '5'\n",
                b'2026-01-31 15:00:00.000 UTC,"a","b",7,"c",6b03.51a9,1,"S",,3/0,0,LOG,00000,"statement: SELECT 1",,,,,,,,,"","x",,0\n',
                b'{"timestamp":"2026-01-31 15:00:00.000 UTC","session_id":"1.2","error_severity":"LOG","message":"x"}\n',
                b"260131 15:00:00\t     7 Query\tSELECT 1\n",
                b"\t\t     7 Quit\t\n",
                b"# Time: 2026-01-31T15:00:00.000000Z\n# User@Host: a[a] @ b []  Id: 7\n# Query_time: 0.1\nSELECT 1;\n",
                b"2026-01-31 15:00:00,123 INFO sqlalchemy.engine.Engine BEGIN (implicit)\n",
                b"2026-01-31 15:00:00,123 INFO sqlalchemy.engine.Engine [cached since 1s ago] (7,)\n",
                b"\x00\xff\r\n",
                b"\n",
                b"no newline",
            ]
        ),
        max_size=12,
    ),
    cut=st.integers(0, 200),
)
def test_records_and_unparsed_ranges_are_all_bytes(format_: Format, pieces: list[bytes], cut: int) -> None:
    data = b"".join(pieces)
    data = data[: max(len(data) - cut, 0)]
    chosen = BY_NAME[format_.name]
    whole = Ledger(chosen.dialect, rooted=True)
    chosen.parse(data, 0, len(data), "%m [%p] ", whole)
    assert 0 <= whole.unparsed_bytes <= whole.bytes == len(data)
    assert (whole.records == 0) <= (whole.unparsed_bytes == len(data))
    for length in (1, 7, 64):
        parts = Ledger(chosen.dialect, rooted=True)
        first = 0
        for end in [*range(length, len(data), length), len(data)]:
            after = chosen.first_record(data, end, "%m [%p] ") if end < len(data) else len(data)
            if first < after:
                part = Ledger(chosen.dialect, rooted=False)
                chosen.parse(data, first, after, "%m [%p] ", part)
                parts.then(part)
                first = after
        assert (parts.bytes, parts.unparsed_bytes, parts.records) == (len(data), whole.unparsed_bytes, whole.records)
