"""Deadlocks as InnoDB describes them: who was rolled back, when, and what waited for what."""

import pytest

from tests.querylogs.formats import mysql_samples as samples
from triage.querylogs.formats import mysql_error
from triage.querylogs.formats.base import Tally
from triage.querylogs.rows import Mark, Row

FIRST = b"update books set stock = 1\nwhere id = 1"
SECOND = b"update books set stock = 2 where id = 2"


def read(log: bytes) -> tuple[list[Row], Tally]:
    tally = Tally()
    return list(mysql_error.rows(log, 0, len(log), None, tally)), tally


def test_an_error_log_without_deadlocks() -> None:
    log = samples.ERRORS.splitlines(keepends=True)[0]
    rows, tally = read(log)
    assert rows == []
    assert (tally.records, tally.unparsed_bytes) == (1, 0)


def test_transactions_that_a_monitor_lists_are_no_deadlock() -> None:
    _, _, listed = samples.STATUS.partition(b"*** WE ROLL BACK TRANSACTION (2)\n")
    assert read(b"2026-01-31 15:00:09 1400 INNODB MONITOR OUTPUT\n" + listed)[0] == []


def test_a_saved_status() -> None:
    rows, tally = read(samples.STATUS)
    assert rows == [(Mark.DEADLOCK, b"22", b"2026-01-31 15:00:00", SECOND + b"\0" + FIRST, None, None)]
    assert tally.unparsed_bytes == 1
    assert tally.notes == {}


def test_mariadb_may_number_another_than_its_victim() -> None:
    rows, tally = read(samples.STATUS.replace(b"MySQL thread id", b"MariaDB thread id"))
    assert rows == [(Mark.DEADLOCK, b"", b"2026-01-31 15:00:00", FIRST + b"\0" + SECOND, None, None)]
    assert tally.notes == {}


def test_a_status_of_mysql_5_1() -> None:
    rows, _ = read(samples.STATUS_OLD)
    text = b"DELETE FROM t WHERE i = 1\0DELETE FROM t WHERE i = 2"
    assert rows == [(Mark.DEADLOCK, b"5", b"140121 16:22:09", text, None, None)]


def test_an_error_log_of_all_notes() -> None:
    rows, tally = read(samples.ERRORS)
    assert rows == [(Mark.DEADLOCK, b"11", b"2026-01-31T15:00:00.000000Z", SECOND + b"\0" + FIRST, None, None)]
    assert tally.unparsed_bytes == 0
    assert (tally.first, tally.last) == (b"2026-01-31T14:00:00.000000Z", b"2026-01-31T15:00:02.000000Z")


def test_an_error_log_without_notes_has_neither_victim_nor_time() -> None:
    rows, tally = read(samples.quiet(2))
    assert rows == [(Mark.DEADLOCK, b"", b"", FIRST + b"\0" + SECOND, None, None)] * 2
    assert tally.notes == {mysql_error.NO_VICTIM: 2}


def test_a_deadlock_of_three() -> None:
    lines = samples.quiet(1).splitlines(keepends=True)
    half = len(lines) // 2
    third = b"".join(lines[half:]).replace(b"heap no 7", b"heap no 8").replace(b"stock = 2 where id = 2", b"stock = 3")
    second = b"".join(lines[half:]).replace(b"heap no 9", b"heap no 8")
    log = b"".join(lines[:half]) + second + third
    rows, _ = read(log * 2)
    assert [row[3] for row in rows] == [b"\0".join([FIRST, SECOND, b"update books set stock = 3"])] * 2


def test_a_part_begins_with_a_whole_deadlock() -> None:
    log = samples.ERRORS
    detected = log.index(b"2026-01-31T15:00:00.000000Z")
    assert mysql_error.first_record(log, 1, None) == detected
    assert mysql_error.first_record(log, detected + 1, None) == log.index(b"2026-01-31T15:00:01.000000Z")


def test_other_logs_are_not_taken_for_one() -> None:
    for log in (samples.GENERAL, samples.GENERAL_OLD, samples.SLOW, samples.SLOW_MARIADB, b"", b"=" * 40):
        assert mysql_error.sniff(log) is None


@pytest.mark.parametrize(
    "line",
    [
        "2026-01-31 15:00:00 [ERROR] failed",
        "2026-01-31 15:00:00 77 [INFO] SELECT 1",
        "2026-01-31 15:00:00,123 77 [ERROR] failed",
        "2026-01-31 15:00:00 UTC [77] LOG:  statement: SELECT 1",
    ],
)
def test_applications_logs_are_not_taken_for_one(line: str) -> None:
    assert mysql_error.sniff(f"{line}\n".encode() * 3) is None


def test_lines_of_mysql_5_5() -> None:
    log = b"140121 16:22:09 [Note] ready\n140121 16:22:10  InnoDB: Started\n140121 16:22:11 [ERROR] not\n"
    assert mysql_error.sniff(log)
    rows, tally = read(log)
    assert (rows, tally.records, tally.unparsed_bytes) == ([], 3, 0)
