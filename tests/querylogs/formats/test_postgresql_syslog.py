"""syslog's ways to write a line, and the pieces of records that others' lines separate."""

import re

import pytest

from tests.querylogs.formats.postgresql_reading import PREFIX, SYSLOG, ran, read, read_cut
from triage.querylogs.formats import postgresql_syslog

NO_SEQUENCE = re.sub(rb"\]: \[\d+-\d+\] ", b"]: ", SYSLOG)
FORMS = {
    "without priority": re.sub(rb"(?m)^<\d+>", b"", SYSLOG),
    "without host": SYSLOG.replace(b" db1 postgres", b" postgres"),
    "ISO time": re.sub(rb"(?m)^<\d+>Nov 22 (\S+) ", rb"2026-11-22T\1.123456+01:00 ", SYSLOG),
    "RFC 5424": re.sub(
        rb"(?m)^<\d+>Nov 22 (\S+) db1 postgres\[(\d+)\]: ", rb"<134>1 2026-11-22T\1.123Z db1 postgres \2 - - ", SYSLOG
    ),
    "RFC 5424 with data": re.sub(
        rb"(?m)^<\d+>Nov 22 (\S+) db1 postgres\[(\d+)\]: ", rb'<134>1 2026-11-22T\1Z db1 pg \2 - [m@1 a="b"] ', SYSLOG
    ),
    "plain tabs": SYSLOG.replace(b"#011", b"\t"),
    "syslog_sequence_numbers off": NO_SEQUENCE,
}


@pytest.mark.parametrize("form", list(FORMS))
def test_each_way_to_write_a_line(form: str) -> None:
    rows, tally = read(postgresql_syslog, FORMS[form], PREFIX)
    assert rows == read(postgresql_syslog, SYSLOG, PREFIX)[0]
    assert tally.unparsed_bytes == 0


def line(pid: int, number: str, text: str) -> bytes:
    return f"Jan 31 15:00:00 db1 postgres[{pid}]: [{number}] {text}\n".encode()


def test_records_of_two_sessions_interleave() -> None:
    log = (
        line(1, "5-1", "LOG:  statement: SELECT")
        + line(2, "9-1", "LOG:  execute s: SELECT $1")
        + line(1, "5-2", "#011  1")
        + line(2, "9-2", "DETAIL:  Parameters: $1 = '7'")
        + line(1, "5-3", "#011FROM a")
        + line(2, "10-1", "LOG:  statement: COMMIT")
    )
    rows, tally = read(postgresql_syslog, log, "")
    assert [(key, text, parameters) for _, key, _, text, _, parameters in rows] == [
        (b"1", b"SELECT\n  1\nFROM a", None),
        (b"2", b"SELECT $1", b"$1 = '7'"),
        (b"2", b"COMMIT", None),
    ]
    assert {time for _, _, time, *_ in rows} == {b"Jan 31 15:00:00"}
    assert (tally.records, tally.unparsed_bytes) == (3, 0)
    for near in range(1, len(log)):
        cut = postgresql_syslog.first_record(log, near, "")
        assert cut in {log.index(b"Jan 31 15:00:00 db1 postgres[2]: [10-1]"), len(log)}


def test_a_long_line_is_one_line_again() -> None:
    log = line(1, "5-1", "LOG:  statement: SELECT 'a") + line(1, "5-2", " b', 2") + line(1, "5-3", " FROM c")
    assert ran(read(postgresql_syslog, log, "")[0]) == [(b"SELECT 'a b', 2 FROM c", None)]


def test_a_piece_that_was_lost_makes_the_rest_unparsed() -> None:
    log = line(1, "5-1", "LOG:  statement: SELECT 1") + line(1, "5-3", "#011FROM c")
    rows, tally = read(postgresql_syslog, log, "")
    assert ran(rows) == [(b"SELECT 1", None)]
    assert tally.unparsed_bytes == len(line(1, "5-3", "#011FROM c"))


def test_pieces_far_apart_do_not_belong_together() -> None:
    """A process number comes back, and so does a number of a message."""
    between = b"".join(line(2, f"{number}-1", "LOG:  statement: SELECT 2") for number in range(1, 100))
    log = line(1, "5-1", "LOG:  statement: SELECT 1") + between + line(1, "5-2", "#011FROM c")
    rows, tally = read(postgresql_syslog, log, "")
    assert len(rows) == 100
    assert tally.unparsed_bytes == len(line(1, "5-2", "#011FROM c"))
    for near in range(1, len(log), 50):
        assert read_cut(postgresql_syslog, log, "", near) == (rows, tally)


def test_other_programs_lines_are_counted() -> None:
    other = b"Jan 31 15:00:00 db1 sshd[77]: Accepted publickey for root\nJan 31 15:00:00 db1 kernel: x\n"
    log = b"".join(each + other for each in SYSLOG.splitlines(keepends=True))
    rows, tally = read(postgresql_syslog, log, PREFIX)
    assert rows == read(postgresql_syslog, SYSLOG, PREFIX)[0]
    assert tally.unparsed_bytes == len(log) - len(SYSLOG)
    assert len({postgresql_syslog.first_record(log, near, PREFIX) for near in range(1, len(log), 97)}) > 10
    for near in range(1, len(log), 97):
        assert read_cut(postgresql_syslog, log, PREFIX, near) == (rows, tally)
