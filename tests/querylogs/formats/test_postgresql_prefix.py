"""log_line_prefix: lines as the server prints them, read with the prefix and without being told it."""

import re

import pytest

from tests.querylogs.formats.postgresql_reading import ran, read
from triage.querylogs.formats import postgresql_stderr
from triage.querylogs.formats.postgresql_known_prefixes import KNOWN

PRINTED = {
    "m": "2026-01-31 15:00:0{0}.123 CET",
    "t": "2026-01-31 15:00:0{0} CET",
    "n": "1769868{0}00.123",
    "s": "2026-01-31 14:59:59 CET",
    "p": "417{0}",
    "P": "",
    "c": "65ba5e2{0}.104{0}",
    "l": "1{0}",
    "v": "3/47{0}",
    "x": "0",
    "e": "00000",
    "Q": "-431{0}",
    "u": "app",
    "d": "shop",
    "a": "my [app]: v1, web",
    "h": "10.0.0.5",
    "r": "fe80::1%eth0(4321{0})",
    "i": "SELECT",
    "b": "client backend",
}
BARE = ("LOG:  statement: SELECT 1\n\tFROM a", "LOG:  execute s1: SELECT $1", "DETAIL:  Parameters: $1 = '1'")
ESCAPE = re.compile(r"%(-?\d*)([a-zA-Z%])")
PREFIXES = [
    *KNOWN,
    "%m [%p] %q%u@%d/%a ",
    "%m [%-10p] %q%u@%d ",
    "%m [%10p] %-15a ",
    "<%m %c %l> ",
    "%p\t%t\t%u\t",
    "[%p] %m %b: ",
    "%m %%%p%% ",
    "%a %u %d %p %m ",
    "%m [%p] %q[%a] %i %v %x ",
    "host=%h,%t,%p,",
    "pg: %n|%p|%u|%d|%a|%r| ",
    "%m:%p:%h:",
]


def printed(prefix: str, number: int) -> str:
    """The prefix in front of a session's line."""

    def value(found: re.Match[str]) -> str:
        if found[2] == "%":
            return "%"
        if found[2] == "q":
            return ""
        text = PRINTED[found[2]].format(number)
        width = int(found[1] or 0)
        return text.ljust(-width) if width < 0 else text.rjust(width)

    return ESCAPE.sub(value, prefix)


def log_with(prefix: str) -> bytes:
    """Records of three sessions; the last one's is of a background process where the prefix has %q."""
    lines = [printed(prefix, number) + text for number in (1, 2) for text in BARE]
    lines.append(printed(prefix.partition("%q")[0], 3) + "LOG:  checkpoint starting: time")
    return "".join(f"{line}\n" for line in lines).encode()


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_prefix_that_is_given(prefix: str) -> None:
    log = log_with(prefix)
    rows, tally = read(postgresql_stderr, log, prefix)
    assert ran(rows) == [(b"SELECT 1\nFROM a", None), (b"SELECT $1", b"$1 = '1'")] * 2
    assert (tally.records, tally.unparsed_bytes) == (5, 0)
    letters = {letter for _, letter in ESCAPE.findall(prefix)}
    key = next((each for each in "cp" if each in letters), None)
    assert [row[1] for row in rows[::2]] == [PRINTED[key].format(number).encode() if key else b"" for number in (1, 2)]
    time = next((each for each in "mnt" if each in letters), None)
    assert rows[0][2] == (PRINTED[time].format(1).encode() if time else b"")


@pytest.mark.parametrize("prefix", [each for each in PREFIXES if "%%" not in each])
def test_a_prefix_that_nobody_told(prefix: str) -> None:
    log = log_with(prefix) * 5
    sniffed = postgresql_stderr.sniff(log)
    assert sniffed is not None
    rows, tally = read(postgresql_stderr, log, sniffed.variant)
    assert ran(rows) == ran(read(postgresql_stderr, log, prefix)[0])
    told = postgresql_stderr.identity(prefix)
    assert postgresql_stderr.identity(sniffed.variant) in ({told} if told != "none" else {"none"}), sniffed.variant
    assert tally.unparsed_bytes < len(log) / 4, sniffed.variant


def test_values_may_be_printed_in_the_next_second() -> None:
    """What %t prints is read off the clock for each line; %m is the same for all lines of a record."""
    log = (
        b"2026-01-31 15:00:00 UTC [417] LOG:  execute s: SELECT $1\n"
        b"2026-01-31 15:00:01 UTC [417] DETAIL:  Parameters: $1 = '1'\n"
        b"2026-01-31 15:00:01 UTC [418] LOG:  execute s: SELECT $1\n"
    )
    rows, tally = read(postgresql_stderr, log, "%t [%p] ")
    assert ran(rows) == [(b"SELECT $1", b"$1 = '1'"), (b"SELECT $1", None)]
    assert (tally.records, tally.unparsed_bytes) == (2, 0)


def test_values_of_a_process_that_prints_no_id() -> None:
    head = "2026-01-31 15:00:00.000 UTC "
    log = f"{head}LOG:  execute s: SELECT $1\n{head}DETAIL:  Parameters: $1 = '1'\n".encode()
    rows, _ = read(postgresql_stderr, log, "%m %q[%p] ")
    assert ran(rows) == [(b"SELECT $1", b"$1 = '1'")]


@pytest.mark.parametrize("host", ["10.0.0.5(43210)", "::1(43210)", "2001:db8::7(5)", "[local]", "db.example.com(1)"])
def test_rds(host: str) -> None:
    head = f"2026-01-31 15:00:00 UTC:{host}:app@shop:[417]:"
    log = f"{head}LOG:  execute s: SELECT $1\n{head}DETAIL:  Parameters: $1 = '1'\n{head}ERROR:  x\n".encode()
    sniffed = postgresql_stderr.sniff(log)
    assert sniffed is not None
    assert sniffed.variant == "%t:%r:%u@%d:[%p]:"
    rows, _ = read(postgresql_stderr, log, sniffed.variant)
    assert ran(rows) == [(b"SELECT $1", b"$1 = '1'")]
    assert {row[1] for row in rows} == {b"417"}


def test_a_statement_is_no_prefix() -> None:
    """Text in a message that looks like a level must not become one."""
    head = "2026-01-31 15:00:00.000 UTC [417] "
    log = f"{head}LOG:  statement: SELECT 'a@b LOG:  statement: DROP'\n{head}LOG:  mail from a@b LOG:  statement: x\n".encode()
    rows, tally = read(postgresql_stderr, log, "%m [%p] %q%u@%d ")
    assert ran(rows) == [(b"SELECT 'a@b LOG:  statement: DROP'", None)]
    assert (tally.records, tally.unparsed_bytes) == (2, 0)


def test_lines_without_their_tab_go_on() -> None:
    head = "2026-01-31 15:00:00.000 UTC [417] "
    log = f"{head}LOG:  statement: SELECT 1\nFROM a\n\nWHERE b\n{head}LOG:  duration: 1.5 ms\n".encode()
    rows, tally = read(postgresql_stderr, log, "%m [%p] ")
    assert ran(rows) == [(b"SELECT 1\nFROM a\n\nWHERE b", None)]
    assert (len(rows), tally.records, tally.unparsed_bytes) == (2, 2, 0)
    assert postgresql_stderr.first_record(log, 1, "%m [%p] ") == log.rindex(head.encode())


@pytest.mark.parametrize("prefixes", [("%m [%p] ", "[%p] "), ("[%p] ", "%m [%p] "), ("%m [%p] ", "%u@%d ")])
def test_a_prefix_that_changed_swallows_nothing(prefixes: tuple[str, str]) -> None:
    ours, theirs = (log_with(prefix) for prefix in prefixes)
    rows, tally = read(postgresql_stderr, ours + theirs + ours, prefixes[0])
    assert ran(rows) == ran(read(postgresql_stderr, ours * 2, prefixes[0])[0])
    assert (tally.unparsed_bytes, tally.unparsed_at) == (len(theirs), len(ours))


def test_verbose_records() -> None:
    head = "2026-01-31 15:00:00.000 UTC [417] "
    log = (
        f"{head}LOG:  00000: execute s: SELECT $1\n{head}DETAIL:  Parameters: $1 = '1'\n"
        f"{head}LOCATION:  exec_execute_message, postgres.c:2175\n"
        f"{head}ERROR:  22012: division by zero\n{head}LOCATION:  int4div, int.c:846\n{head}STATEMENT:  SELECT 1/0\n"
    ).encode()
    rows, tally = read(postgresql_stderr, log, "%m [%p] ")
    assert ran(rows) == [(b"SELECT $1", b"$1 = '1'")]
    assert rows[1][3] == b"SELECT 1/0"
    assert (tally.records, tally.unparsed_bytes) == (2, 0)


def test_what_belongs_to_a_record_of_an_older_file_is_unparsed() -> None:
    head = "2026-01-31 15:00:00.000 UTC [417] "
    orphans = f"\tFROM a\n{head}DETAIL:  Parameters: $1 = '1'\n".encode()
    rows, tally = read(postgresql_stderr, orphans + f"{head}LOG:  statement: SELECT 2\n".encode(), "%m [%p] ")
    assert ran(rows) == [(b"SELECT 2", None)]
    assert (tally.unparsed_bytes, tally.unparsed_at) == (len(orphans), 0)
