"""csvlog's columns, quotes and versions."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from tests.querylogs.formats.postgresql_reading import CSVLOG, ran, read
from triage.querylogs.formats import postgresql_csvlog

HEAD = (
    '2026-01-31 15:00:00.000 UTC,"app","shop",7,"[local]",65ba.7,{},"SELECT",2026-01-31 14:00:00 UTC,3/4,0,LOG,00000,'
)
VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)


def record(message: str, detail: str = "", number: int = 1, rest: str = ',,,,,,,,"","client backend",,0') -> str:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="").writerow([message])
    quoted = '"' + detail.replace('"', '""') + '"' if detail else ""
    return f"{HEAD.format(number)}{written.getvalue()},{quoted}{rest}\n"


def test_the_versions_columns() -> None:
    for rest in (',,,,,,,,,""', ',,,,,,,,,"","client backend"', ',,,,,,,,,"","client backend",,0'):
        rows, tally = read(postgresql_csvlog, record("connection authorized: user=app", "x", rest=rest[1:]).encode())
        assert (len(rows), tally.records, tally.unparsed_bytes) == (1, 1, 0)


def test_too_few_columns_are_no_record() -> None:
    rows, tally = read(postgresql_csvlog, record("connection authorized: user=app", rest=",,").encode())
    assert (rows, tally.records) == ([], 0)
    assert tally.unparsed_bytes == tally.length


@given(sql=VALUES, value=VALUES)
def test_any_text_comes_back(sql: str, value: str) -> None:
    log = record(f"execute s1: {sql}", f"Parameters: $1 = '{value}'") + record("statement: COMMIT", number=2)
    rows, tally = read(postgresql_csvlog, log.encode())
    assert ran(rows) == [(sql.encode(), f"$1 = '{value}'".encode()), (b"COMMIT", None)]
    assert tally.unparsed_bytes == 0


def test_a_log_pasted_into_a_statement_begins_no_record() -> None:
    log = record("statement: INSERT INTO notes VALUES ('\n" + CSVLOG.decode() + "')").encode()
    rows, tally = read(postgresql_csvlog, log)
    assert len(rows) == 1
    assert tally.records == 1
    assert postgresql_csvlog.first_record(log, 1, None) == len(log)


def test_a_record_that_was_cut_off_takes_nothing_with_it() -> None:
    broken = record("statement: SELECT 1\nFROM a").encode().partition(b" a")[0]
    rows, tally = read(postgresql_csvlog, broken + b"\n" + CSVLOG)
    assert rows == read(postgresql_csvlog, CSVLOG)[0]
    assert tally.unparsed_bytes == len(broken) + 1


def test_records_are_those_of_a_csv_reader() -> None:
    expected = list(csv.reader(io.StringIO(CSVLOG.decode(), newline="")))
    rows, tally = read(postgresql_csvlog, CSVLOG)
    assert tally.records == len(expected)
    statements = [row[13].partition(": ")[2].partition(": ")[2] for row in expected if "  statement: " in row[13]]
    assert [text.decode() for text, parameters in ran(rows) if parameters is None] == statements
