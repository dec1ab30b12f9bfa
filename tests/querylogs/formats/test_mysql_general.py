"""The general log of each version: what ran, when, in which session, and what must not be taken for a record."""

from tests.querylogs.formats import mysql_samples as samples
from triage.querylogs.formats import mysql_general as general
from triage.querylogs.formats.base import Tally
from triage.querylogs.rows import Mark, Row


def read(log: bytes) -> tuple[list[Row], Tally]:
    sniffed = general.sniff(log)
    assert sniffed
    tally = Tally()
    return list(general.rows(log, 0, len(log), sniffed.variant, tally)), tally


def ran(log: bytes) -> list[tuple[bytes, bytes, bytes]]:
    return [(key, time, text) for mark, key, time, text, _, _ in read(log)[0] if mark is None]


def test_an_iso_log() -> None:
    rows, tally = read(samples.GENERAL)
    second = b"2026-01-31T15:00:0"
    assert rows == [
        (Mark.CONNECTED, b"8", second + b"0.000001Z", b"", None, None),
        (None, b"8", second + b"0.000002Z", b"SELECT books.id\nFROM books\nWHERE 1 = books.author_id", None, None),
        (None, b"12", second + b"0.000003Z", b"COMMIT", None, None),
        (None, b"8", second + b"1.000001Z", b"SELECT * FROM books WHERE id = 7", None, None),
        (Mark.DISCONNECTED, b"8", second + b"1.000004Z", b"", None, None),
    ]
    assert (tally.records, tally.unparsed_bytes) == (8, 0)
    assert (tally.first, tally.last) == (second + b"0.000001Z", second + b"1.000004Z")


def test_a_blank_time_is_the_one_before_also_over_a_banner() -> None:
    rows, tally = read(samples.GENERAL_OLD)
    assert [(mark, key, time, text) for mark, key, time, text, _, _ in rows] == [
        (Mark.CONNECTED, b"3", b"260131 15:00:00", b""),
        (None, b"3", b"260131 15:00:00", b"SET autocommit=0"),
        (None, b"4", b"260131 15:00:00", b"SELECT 1\nFROM dual"),
        (None, b"3", b"260131  9:00:01", b"SELECT 2"),
        (None, b"3", b"260131  9:00:01", b"SELECT 5"),
        (Mark.DISCONNECTED, b"4", b"260131  9:00:01", b""),
        (Mark.DISCONNECTED, b"3", b"260131  9:00:02", b""),
    ]
    assert (tally.records, tally.unparsed_bytes) == (11, 0)


def test_a_rotated_log_begins_without_a_time() -> None:
    log = samples.BANNER + b"\t\t    4 Query\tSELECT 1\n260131 15:00:01\t    4 Query\tSELECT 2\n"
    assert ran(log) == [(b"4", b"", b"SELECT 1"), (b"4", b"260131 15:00:01", b"SELECT 2")]
    assert read(log)[1].first == b"260131 15:00:01"


def test_a_part_begins_only_where_the_time_stands() -> None:
    log = samples.GENERAL_OLD
    at = log.index(b"\t\t    3 Query")
    assert general.first_record(log, at, None) == log.index(b"260131  9:00:01")
    assert general.first_record(log, log.index(b"260131  9:00:02") + 1, None) == len(log)


def test_spaces_instead_of_tabs() -> None:
    log = b"""Time                 Id Command    Argument
051007 21:55:24       42 Connect     root@localhost on db1
                      42 Init DB     foo
                      42 Query       SELECT foo
                         FROM bar
                      42 Query       administrator command: Ping
051007 21:55:25       42 Quit
"""
    rows, _ = read(log)
    assert [(mark, time, text.split()) for mark, _, time, text, _, _ in rows] == [
        (Mark.CONNECTED, b"051007 21:55:24", []),
        (None, b"051007 21:55:24", [b"SELECT", b"foo", b"FROM", b"bar"]),
        (Mark.DISCONNECTED, b"051007 21:55:25", []),
    ]


def test_a_time_with_an_offset() -> None:
    log = b"2026-01-31T16:00:00.000001+01:00\t    8 Query\tSELECT 1\n"
    assert ran(log) == [(b"8", b"2026-01-31T16:00:00.000001+01:00", b"SELECT 1")]


def test_wrapped_sql_is_no_record() -> None:
    wrapped = b"SELECT '\n\t\t    9 Query\tforged\n2026-01-31 is a day\n\t9 Query\n42 Quit\n260131 15:00:00 sharp\n'"
    log = b"2026-01-31T15:00:00.000001Z\t    8 Query\t%b\n2026-01-31T15:00:00.000002Z\t    8 Quit\t\n" % wrapped
    assert ran(log) == [(b"8", b"2026-01-31T15:00:00.000001Z", wrapped)]


def test_an_unknown_command_is_no_record() -> None:
    log = b"2026-01-31T15:00:00.000001Z\t    8 Query\tSELECT 1\n2026-01-31T15:00:00.000001Z\t    9 Quest\tx\n"
    assert ran(log) == [
        (b"8", b"2026-01-31T15:00:00.000001Z", b"SELECT 1\n2026-01-31T15:00:00.000001Z\t    9 Quest\tx")
    ]


def test_refused_and_changed_users() -> None:
    log = b"""260131 15:00:00\t    3 Connect\tnobody@localhost on  using TCP/IP
\t\t    3 Connect\tAccess denied for user 'nobody'@'localhost' (using password: YES)
\t\t    4 Connect\tshop@localhost on nowhere using TCP/IP
\t\t    4 Init DB\tAccess denied for user 'shop'@'%' to database 'nowhere'
\t\t    5 Connect\tshop@localhost on shop using TCP/IP
\t\t    5 Change user\tother@localhost on shop
"""
    marks = [(mark, key) for mark, key, _, _, _, _ in read(log)[0]]
    begins_and_ends = [Mark.CONNECTED, Mark.DISCONNECTED]
    assert marks == [(mark, key) for key in (b"3", b"4", b"5") for mark in begins_and_ends]


def test_bytes_before_the_first_record_are_unparsed() -> None:
    log = b"WHERE id = 1\n" + samples.GENERAL
    _, tally = read(log)
    assert (tally.unparsed_bytes, tally.unparsed_at) == (len(b"WHERE id = 1\n"), 0)


def test_windows_line_ends() -> None:
    rows, tally = read(samples.GENERAL.replace(b"\n", b"\r\n"))
    assert [text.split() for _, _, _, text, _, _ in rows] == [
        text.split() for _, _, _, text, _, _ in read(samples.GENERAL)[0]
    ]
    assert tally.unparsed_bytes == 0


def test_other_logs_are_not_taken_for_one() -> None:
    for log in (samples.SLOW, samples.SLOW_MARIADB, samples.STATUS, samples.ERRORS, b"", b"hello\n"):
        assert general.sniff(log) is None
