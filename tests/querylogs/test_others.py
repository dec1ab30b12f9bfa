"""Logs as other programs and platforms leave them: what each of these was misread for, in a small sample."""

import json
from pathlib import Path

import pytest

from triage.errors import SourceError
from triage.evidence.query_logs import Identity
from triage.querylogs.detection import Chosen, detect
from triage.querylogs.examined import examined, gaps_of
from triage.querylogs.formats.base import Tally
from triage.querylogs.rows import Mark, Row
from triage.querylogs.sources import opened


def read(log: bytes) -> tuple[Chosen, list[Row], Tally]:
    """The format that is chosen, the rows and the tally."""
    chosen = detect(log, "a log", None, None)
    tally = Tally()
    rows = list(chosen.format.rows(log, 0, len(log), chosen.sniffed.variant, tally))
    assert tally.length == len(log)
    return chosen, rows, tally


def ran(rows: list[Row]) -> list[bytes]:
    return [text for mark, _, _, text, _, _ in rows if mark in {None, Mark.NAMED}]


TIMES = "# Query_time: 0.000200  Lock_time: 0.000000  Rows_sent: 1  Rows_examined: 1\n"
SLOW = {
    "a listener to the network": ("# Time: 110208 12:00:0{0}\n# Client: 10.0.0.9:4000\n" + TIMES, None),
    "nothing but durations": (TIMES, None),
    "a thread, no user": ("# Time: 110208 12:00:0{0}\n# Thread_id: 7  Schema: shop\n" + TIMES, b"7"),
    "another line of the user": ("# User: app[app] @ [10.0.0.9]\n# Thread_id: 7 Schema: shop\n" + TIMES, b"7"),
    "time and user on one line": (
        "# Time: 110208 12:00:0{0} # User@Host: app[app] @  []\n# Thread_id: 7\n" + TIMES,
        b"7",
    ),
}


@pytest.mark.parametrize("kind", list(SLOW))
def test_slow_logs_of_other_programs(kind: str) -> None:
    head, key = SLOW[kind]
    log = "".join(f"{head.format(at)}SELECT {at}\nFROM a WHERE b = '# x';\n" for at in range(5)).encode()
    chosen, rows, tally = read(log)
    assert chosen.format.name == "mysql-slow"
    assert chosen.format.identity(chosen.sniffed.variant) == (Identity.NONE if key is None else Identity.SESSION)
    assert ran(rows) == [b"SELECT %d\nFROM a WHERE b = '# x'" % at for at in range(5)]
    assert {row[1] for row in rows} == {key or b""}
    assert {row[4] for row in rows} == {b"0.000200"}
    assert (tally.records, tally.unparsed_bytes) == (5, 0)
    if head.startswith("# Time") and "one line" not in kind:
        assert [row[2] for row in rows] == [b"110208 12:00:0%d" % at for at in range(5)]


def test_a_users_line_may_follow_the_time_at_once_within_a_usual_log() -> None:
    usual = "# User@Host: app[app] @ db [10.0.0.9]\n# Thread_id: 7\n" + TIMES + "SET timestamp=1770000000;\nSELECT 1;\n"
    log = (
        usual
        + "# Time: 110208  9:00:00 # User@Host: app[app] @ db [10.0.0.9]\n# Thread_id: 8\n"
        + TIMES
        + "SELECT 2;\n"
    )
    _, rows, _ = read((log + usual).encode())
    assert [(row[1], row[3]) for row in rows] == [(b"7", b"SELECT 1"), (b"8", b"SELECT 2"), (b"7", b"SELECT 1")]


def test_a_slow_log_that_begins_inside_of_a_record_keeps_its_sessions() -> None:
    record = "# Time: 2026-01-31T15:00:00.{0}Z\n# User@Host: app[app] @ db []  Id:    9\n" + TIMES + "SELECT {0};\n"
    log = TIMES + "SELECT 0;\n" + "".join(record.format(100_000 + at) for at in range(30))
    chosen, rows, _ = read(log.encode())
    assert chosen.format.identity(chosen.sniffed.variant) == Identity.SESSION
    assert [row[1] for row in rows[-30:]] == [b"9"] * 30


NAMES = "db=shop,user=app,app=web,client=10.0.0.9 "


def test_a_prefix_of_names_only_in_syslog() -> None:
    line = "Feb 11 13:15:39 db1 postgres[{0}]: [{1}-1] " + NAMES + "LOG:  statement: SELECT {1}\n"
    log = "".join(line.format(10 + at % 2, at) for at in range(8)).encode()
    chosen, rows, tally = read(log)
    assert chosen.format.name == "postgresql-syslog"
    assert ran(rows) == [b"SELECT %d" % at for at in range(8)]
    assert {row[1] for row in rows} == {b"10", b"11"}
    assert tally.unparsed_bytes == 0


def test_a_prefix_of_names_only_on_stderr() -> None:
    log = "".join(f"{NAMES}LOG:  statement: SELECT {at}\n" for at in range(8)).encode()
    chosen, rows, _ = read(log)
    assert chosen.format.name == "postgresql-stderr"
    assert ran(rows) == [b"SELECT %d" % at for at in range(8)]
    assert chosen.format.identity(chosen.sniffed.variant) == Identity.NONE


def test_the_time_of_cloud_sqls_entry() -> None:
    log = "".join(
        json.dumps({"textPayload": f"[7]: [{at}-1] db=shop,user=app LOG:  statement: {sql}", "timestamp": time}) + "\n"
        for at, (sql, time) in enumerate([("BEGIN", "2026-01-31T15:00:00.5Z"), ("COMMIT", "2026-01-31T15:00:01.5Z")])
    ).encode()
    _, rows, tally = read(log)
    assert [row[2] for row in rows] == [b"2026-01-31T15:00:00.5Z", b"2026-01-31T15:00:01.5Z"]
    assert (tally.first, tally.last) == (b"2026-01-31T15:00:00.5Z", b"2026-01-31T15:00:01.5Z")


def test_what_goes_on_with_the_detail_of_a_statement() -> None:
    lines = [
        "2026-01-31 15:00:00.000 UTC [7] LOG:  duration: 0.1 ms  statement: EXECUTE a(1);",
        "2026-01-31 15:00:00.000 UTC [7] DETAIL:  prepare: PREPARE a (int) AS",
        "\tSELECT $1",
        "\tFROM b;",
        "2026-01-31 15:00:01.000 UTC [7] LOG:  duration: 0.1 ms  statement: SELECT 2",
        "2026-01-31 15:00:01.000 UTC [7] DETAIL:  prepare: x;",
        "",
    ]
    chosen, rows, tally = read("\n".join([*lines, ""]).encode())
    assert ran(rows) == [b"EXECUTE a(1);", b"SELECT 2"]
    assert (chosen.sniffed.score, tally.unparsed_bytes) == (1.0, 0)


HEROKU = "2026-01-31T15:00:0{0}+00:00 app[postgres.{1}]: [GREEN] [{2}]  {3}\n"
DEADLOCK = [
    HEROKU.format(0, 41, "7-1", "sql_error_code = 00000 LOG:  duration: 3.1 ms  statement: SELECT 1"),
    HEROKU.format(1, 41, "8-1", "sql_error_code = 40P01 ERROR:  deadlock detected"),
    HEROKU.format(
        1, 41, "8-2", "sql_error_code = 40P01 DETAIL:  Process 41 waits for ShareLock; blocked by process 42."
    ),
    HEROKU.format(1, 42, "3-1", "sql_error_code = 00000 LOG:  duration: 1.0 ms  statement: SELECT 2"),
    HEROKU.format(1, 41, "8-3", "\tProcess 41: UPDATE a SET b = 1").replace("]  \t", "] \t"),
    HEROKU.format(1, 41, "8-4", "\tProcess 42: UPDATE a SET b = 2").replace("]  \t", "] \t"),
    HEROKU.format(1, 41, "8-5", "sql_error_code = 40P01 STATEMENT:  UPDATE a SET b = 1"),
]
WEB = "2026-01-31T15:00:00.5+00:00 app[web.1]: "


@pytest.mark.parametrize("has_web", [False, True])
def test_herokus_postgresql_is_as_syslogs(has_web: bool, tmp_path: Path) -> None:
    echo = "2026-01-31 15:00:00,500 INFO sqlalchemy.engine.Engine "
    web = [f"{WEB}{echo}{message}\n" for message in ("BEGIN (implicit)", "SELECT 1", "[raw sql] ()", "ROLLBACK")]
    path = tmp_path / "drain.log"
    path.write_text("".join(line for pair in zip(DEADLOCK, web * 2, strict=False) for line in pair[: 1 + has_web]))
    with opened(str(path)) as files:
        logs = [file.path.read_bytes() for file in files]
    assert len(logs) == 1 + has_web
    formats = {chosen.format.name: (rows, tally) for chosen, rows, tally in map(read, logs)}
    rows, tally = formats["postgresql-syslog"]
    assert [(row[0], row[1]) for row in rows] == [(None, b"41"), (Mark.DEADLOCK, b"41"), (None, b"42")]
    assert b"UPDATE a SET b = 2" in rows[1][3]
    assert tally.unparsed_bytes == 0
    assert has_web == ("sqlalchemy-echo" in formats)


@pytest.mark.parametrize("prefix", ["INFO:     ", "\x1b[32mINFO\x1b[0m:     "])
def test_uvicorns_prefix_is_not_postgresqls(prefix: str, tmp_path: Path) -> None:
    messages = ["BEGIN (implicit)", *["SELECT a.id\nFROM a", "[generated in 0.1s] ()"] * 5, "ROLLBACK"]
    path = tmp_path / "app.log"
    path.write_text("".join(f"{prefix}{message}\n" for message in messages))
    with opened(str(path)) as (file,):
        chosen, rows, _ = read(file.path.read_bytes())
    assert chosen.format.name == "sqlalchemy-echo"
    assert ran(rows) == [b"BEGIN", *[b"SELECT a.id\nFROM a"] * 5, b"ROLLBACK"]


OTHER_LINES = [
    '127.0.0.1 - - [31/Jan/2026 15:00:00] "GET / HTTP/1.1" 200 -',
    'INFO:     127.0.0.1:43524 - "GET / HTTP/1.1" 200 OK',
    "2026-01-31 15:00:00,500 tornado.access           INFO    200 GET /health",
    "[2026-01-31 15:00:00,500] {base.py:7} INFO - hello",
    "REPORT RequestId: 5c1e\tDuration: 3.12 ms",
]


@pytest.mark.parametrize("other", OTHER_LINES)
def test_a_line_of_another_program_does_not_become_sql(other: str) -> None:
    prefix = "2026-01-31 15:00:00,500 INFO sqlalchemy.engine.Engine "
    query = f"{prefix}SELECT a.id\nFROM a\nWHERE a.id = ?\n"
    values = "".join(f"{query}{other}\n{prefix}[cached since 1s ago] ({at},)\n" for at in range(5))
    log = f"{prefix}BEGIN (implicit)\n{values}{prefix}ROLLBACK\n".encode()
    _, rows, tally = read(log)
    assert ran(rows) == [b"BEGIN", *[b"SELECT a.id\nFROM a\nWHERE a.id = ?"] * 5, b"ROLLBACK"]
    assert [row[5] for row in rows[1:-1]] == [b"(%d,)" % at for at in range(5)]
    assert tally.unparsed_bytes == 5 * (len(other) + 1)


def test_a_log_of_deadlocks_is_read_although_it_holds_no_statement(tmp_path: Path) -> None:
    path = tmp_path / "error.log"
    line = "260131 15:00:00 INNODB MONITOR OUTPUT\n"
    rule = "=" * 37 + "\n"
    path.write_text(f"{rule}{line}{rule}------------\nTRANSACTIONS\n------------\nTrx id counter 1\n")
    with opened(str(path)) as (file,):
        log = examined(file, None, None)
    assert log.chosen.format.name == "mysql-innodb"
    assert [gap.unread for gap in gaps_of(log)[:1]] == [False]


GENERAL = "".join(f"2026-01-31T15:00:00.{at}00000Z\t    9 Query\tSELECT {at}\n" for at in range(8))
STDERR = "".join(f"2026-01-31 15:00:0{at} UTC:[local]:app@shop:[7]:LOG:  statement: SELECT {at}\n" for at in range(8))
SECOND = {
    "slow": SLOW["a thread, no user"][0].format(1) + "SELECT 1;\n",
    "JSON": json.dumps({"insertId": "x", "textPayload": "[7]: [1-1] db=a,user=b LOG:  statement: SELECT 1"}) + "\n",
    "syslog": "Jan 31 15:00:00 db1 postgres[9]: [1-1] LOG:  statement: SELECT 1\n",
}


@pytest.mark.parametrize(("first", "second"), [(GENERAL, "slow"), *((STDERR, kind) for kind in SECOND)])
def test_a_second_log_in_the_file_is_told_and_is_no_statement_of_the_first(first: str, second: str) -> None:
    _, rows, tally = read((first + SECOND[second]).encode())
    assert ran(rows) == [b"SELECT %d" % at for at in range(8)]
    assert tally.unparsed_at == len(first)
    assert tally.unparsed_bytes >= len(SECOND[second].partition("SELECT")[0])


def test_an_error_log_before_another_log_does_not_claim_it() -> None:
    error = "2026-01-31T15:00:00.000001Z 0 [Note] InnoDB: started\n"
    chosen, rows, tally = read((error + GENERAL).encode())
    assert chosen.format.name == "mysql-general"
    assert len(rows) == 8
    assert tally.unparsed_bytes == len(error)


@pytest.mark.parametrize("indent", ["", "  "])
def test_echo_as_json_that_is_indented(indent: str) -> None:
    messages = ["BEGIN (implicit)", "SELECT a.id\nFROM a", "[generated in 0.1s] ()", "ROLLBACK"] * 3
    log = "".join(f"{indent}{json.dumps({'message': each, 'level': 'info'})}\n" for each in messages).encode()
    _, rows, tally = read(log)
    assert ran(rows) == [b"BEGIN", b"SELECT a.id\nFROM a", b"ROLLBACK"] * 3
    assert tally.unparsed_bytes == 0


def test_echo_in_pairs_of_keys_and_values_is_refused() -> None:
    messages = ["BEGIN (implicit)", "SELECT a.id\nFROM a", "[generated in 0.1s] ()", "ROLLBACK"] * 3
    log = "".join(f"level=info logger=sqlalchemy.engine.Engine msg={json.dumps(each)}\n" for each in messages)
    with pytest.raises(SourceError):
        detect(log.encode(), "a log", None, None)
