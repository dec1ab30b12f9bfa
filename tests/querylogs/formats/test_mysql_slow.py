"""The slow log of each version: what ran, how long, when it ended, and whose it was."""

import pytest

from tests.querylogs.formats import mysql_samples as samples
from triage.querylogs.formats import mysql_slow as slow
from triage.querylogs.formats.base import SAMPLED, Tally
from triage.querylogs.rows import Mark, Row

HEAD = b"# User@Host: a[a] @ localhost []  Id:     3\n# Query_time: 0.5  Lock_time: 0 Rows_sent: 1  Rows_examined: 0\n"


def read(log: bytes) -> tuple[list[Row], Tally]:
    tally = Tally()
    sniffed = slow.sniff(log)
    return list(slow.rows(log, 0, len(log), sniffed.variant if sniffed else None, tally)), tally


def ran(log: bytes) -> list[tuple[bytes, bytes, bytes, bytes | None]]:
    return [(key, time, text, took) for mark, key, time, text, took, _ in read(log)[0] if mark is None]


def test_mysql() -> None:
    rows, tally = read(samples.SLOW)
    second = b"2026-01-31T15:00:0"
    forged = samples.SLOW[samples.SLOW.index(b"SELECT 'a;") : samples.SLOW.index(b"b';") + 2]
    assert rows == [
        (
            None,
            b"8",
            second + b"0.300000Z",
            b"SELECT books.id\nFROM books\nWHERE 1 = books.author_id",
            b"0.300241",
            None,
        ),
        (None, b"9", second + b"1.000000Z", forged, b"0.000041", None),
        (Mark.DISCONNECTED, b"8", second + b"2.000000Z", b"", None, None),
    ]
    assert (tally.records, tally.unparsed_bytes) == (3, 0)


def test_mariadb_whose_timestamp_is_the_start() -> None:
    assert ran(samples.SLOW_MARIADB) == [
        (b"6", b"1769871600.300149", b"SELECT SLEEP(2.3)", b"2.300149"),
        (b"7", b"1769871600", b"SELECT VERSION()", b"0.000059"),
        (b"6", b"1769871600", b"COMMIT", b"0.000009"),
    ]
    assert read(samples.SLOW_MARIADB)[1].unparsed_bytes == 0


def test_mariadb_whose_time_says_that_the_timestamp_is_the_end() -> None:
    log = samples.SLOW_MARIADB.replace(b"# Time: 260131 15:00:00", b"# Time: 260131 15:59:58")
    assert ran(log)[0][1] == b"1769871598"


def test_mysql_5_6_whose_timestamp_is_the_end() -> None:
    assert ran(samples.SLOW_OLD) == [
        (b"3", b"1485759591", b"select sleep(15)", b"15.000268"),
        (b"4", b"1485759591", b"insert into t values (null)", b"0.000002"),
    ]


def test_percona_8() -> None:
    assert ran(samples.SLOW_PERCONA_8) == [(b"10", b"2026-01-31T15:00:00.300000Z", b"SELECT 1", b"0.300041")]


def test_percona_and_its_sample() -> None:
    assert ran(samples.SLOW_PERCONA) == [(b"37", b"1485759591", b"SELECT 1", b"2.000268")]
    assert read(samples.SLOW_PERCONA)[1].notes == {SAMPLED: 1}
    every = samples.SLOW_PERCONA.replace(b"rate_limit: 10", b"rate_limit: 1")
    assert read(every)[1].notes == {}


def test_a_log_without_sessions_is_anonymous() -> None:
    log = samples.SLOW_OLD.replace(b"  Id:     3", b"").replace(b"  Id:     4", b"")
    sniffed = slow.sniff(log)
    assert sniffed
    assert slow.identity(sniffed.variant) == "none"
    assert {key for key, *_ in ran(log)} == {b""}
    assert slow.identity(None) == "session"


@pytest.mark.parametrize(
    "sql",
    [
        b"SELECT 1; SELECT 2",
        b"SELECT '#1'",
        b"# a comment\nSELECT 1",
        b"SELECT 1\n# User@Host: is a comment here\nFROM t",
        b"SELECT 1;\n# Time: is a comment here\n",
        b"use shop",
        b"SELECT ';\n'",
    ],
)
def test_sql_of_every_kind(sql: bytes) -> None:
    record = HEAD + b"SET timestamp=1769871600;\n%b;\n"
    log = record % sql + record % b"COMMIT"
    assert [text for _, _, text, _ in ran(log)] == [sql, b"COMMIT"]


def test_a_missing_last_semicolon() -> None:
    log = HEAD + b"SET timestamp=1769871600;\nSELECT 1"
    assert [text for _, _, text, _ in ran(log)] == [b"SELECT 1"]
    both = log + b"\n# Time: 260131 15:00:00\n" + HEAD + b"SET timestamp=1769871600;\nSELECT 2;\n"
    assert [text for _, _, text, _ in ran(both)] == [b"SELECT 1", b"SELECT 2"]


@pytest.mark.parametrize(
    "body",
    [
        b"# administrator command: Prepare",
        b"# administrator command: Close stmt",
        b"# administrator command: Ping",
        b"",
        b"PREPARE s FROM ...",
        b"execute immediate 'select 42'",
    ],
)
def test_what_ran_nothing(body: bytes) -> None:
    rows, tally = read(HEAD + b"SET timestamp=1769871600;\n" + body + b";\n")
    assert rows == []
    assert (tally.records, tally.unparsed_bytes) == (1, 0)


def test_a_reset_ends_what_was_open() -> None:
    rows, _ = read(HEAD + b"SET timestamp=1769871600;\n# administrator command: Reset Connection;\n")
    assert [row[0] for row in rows] == [Mark.DISCONNECTED]


@pytest.mark.parametrize("took", [b"18446744073708.796870", b"0.1.000036", b"", b"-1.5"])
def test_a_garbage_duration_is_none(took: bytes) -> None:
    log = HEAD.replace(b"0.5", took) + b"SET timestamp=1769871600;\nSELECT 1;\n"
    assert ran(log) == [(b"3", b"1769871600", b"SELECT 1", None)]


def test_a_user_of_any_name() -> None:
    log = HEAD.replace(b"a[a]", b"a]b  Id: 9[a]") + b"SET timestamp=1769871600;\nSELECT 1;\n"
    assert [key for key, *_ in ran(log)] == [b"3"]


def test_windows_line_ends() -> None:
    log = samples.SLOW_MARIADB.replace(b"\n", b"\r\n")
    assert ran(log) == ran(samples.SLOW_MARIADB)
    assert read(log)[1].unparsed_bytes == 0


def test_bytes_before_the_first_record_are_unparsed() -> None:
    log = b"FROM books;\n" + samples.SLOW
    assert read(log)[1].unparsed_bytes == len(b"FROM books;\n")


def test_other_logs_are_not_taken_for_one() -> None:
    for log in (samples.GENERAL, samples.GENERAL_OLD, samples.STATUS, samples.ERRORS, b"", b"hello\n"):
        assert slow.sniff(log) is None
