"""Logs of real servers, with every driver: all destinations say the same, and what the clients did."""

import asyncio
import csv
import io
import json
import os
import threading
import time
from collections.abc import Collection
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import psycopg
import psycopg2
import pytest
from sqlalchemy import make_url

from tests.incidents import eventually
from tests.querylogs.formats.postgresql_reading import PREFIX, read, read_cut, records_of_stderr
from tests.servers.fixtures import PrivateServer
from tests.servers.model import Server
from triage.querylogs.formats import postgresql_csvlog, postgresql_jsonlog, postgresql_stderr
from triage.querylogs.formats.base import Format
from triage.querylogs.rows import Mark, Row

AWKWARD = 'it\'s "q"\nnew\n\tline\\ é\r\n2026-01-01 00:00:00.000 UTC [1] LOG:  statement: y'
COMMON = {
    "logging_collector": "on",
    "log_destination": "stderr,csvlog,jsonlog",
    "log_line_prefix": PREFIX,
    "deadlock_timeout": "100ms",
}
MODES = {
    "threshold": {"log_min_duration_statement": "0"},
    "statements": {"log_statement": "all", "log_duration": "on", "log_connections": "on", "log_disconnections": "on"},
    "verbose": {"log_statement": "all", "log_error_verbosity": "verbose"},
    "writes": {"log_statement": "mod"},
}
FORMATS: dict[str, tuple[Format, str | None]] = {
    ".log": (postgresql_stderr, PREFIX),
    ".csv": (postgresql_csvlog, None),
    ".json": (postgresql_jsonlog, None),
}

SUFFIXES = {"stderr": ".log", "csvlog": ".csv", "jsonlog": ".json"}


class Clients:
    """Clients of one server, and the processes that served them."""

    def __init__(self, server: Server) -> None:
        url = make_url(server.admin_url)
        self.login: dict[str, Any] = {
            "host": url.host,
            "port": url.port,
            "user": url.username,
            "password": url.password,
        }
        self.keys: dict[str, int] = {}

    def psycopg2(self, name: str) -> "psycopg2.extensions.connection":
        connection: psycopg2.extensions.connection = psycopg2.connect(
            **self.login, dbname="postgres", application_name="my [app]: x, LOG y"
        )
        self.keys[name] = connection.info.backend_pid
        return connection

    def plain(self) -> None:
        with closing(self.psycopg2("plain")) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE t (id int PRIMARY KEY, name text)")
            cursor.execute("INSERT INTO t VALUES (1, 'a'), (2, %s)", (AWKWARD,))
            connection.commit()
            cursor.execute("SELECT *\n  FROM t\n\twhere id = %s", (1,))
            cursor.execute("SELECT 1; SELECT 2")
            for broken in ("SELECT 1/0", "SELEC 1"):
                with suppress(psycopg2.Error):
                    cursor.execute(broken)
                connection.rollback()

    def prepared(self) -> None:
        with psycopg.connect(**self.login, dbname="postgres") as connection:
            self.keys["prepared"] = connection.info.backend_pid
            for number in range(7):
                connection.execute("SELECT * FROM t WHERE id = %s AND name = %s", (number, AWKWARD))
            connection.cursor().executemany("INSERT INTO t VALUES (%s, %s)", [(10, None), (11, "ü")])
            connection.commit()
            with suppress(psycopg.Error):
                connection.execute("SELECT * FROM nowhere WHERE x = %s", (1,))
            connection.rollback()

    async def cursors(self) -> None:
        connection = await asyncpg.connect(**self.login, database="postgres")
        self.keys["cursors"] = connection.get_server_pid()
        await connection.fetch("SELECT * FROM t WHERE id = $1", 1)
        async with connection.transaction():
            cursor = await connection.cursor("SELECT generate_series(1, $1::int)", 10)
            await cursor.fetch(3)
            await cursor.fetch(3)
        await connection.close()

    def deadlock(self) -> None:
        with closing(self.psycopg2("one")) as one, closing(self.psycopg2("two")) as two:
            one.cursor().execute("UPDATE t SET name = 'x' WHERE id = 1")
            two.cursor().execute("UPDATE t SET name = 'y'\n WHERE id = 2")

            def wait() -> None:
                with suppress(psycopg2.Error):
                    one.cursor().execute("UPDATE t SET name = 'x'\n WHERE id = 2")
                one.rollback()

            waiting = threading.Thread(target=wait)
            waiting.start()
            with suppress(psycopg2.Error):
                two.cursor().execute("UPDATE t SET name = 'y2' WHERE id = 1")
            two.rollback()
            waiting.join()

    def lost(self) -> None:
        with closing(self.psycopg2("ended")) as ended, closing(self.psycopg2("other")) as other:
            ended.cursor().execute("SELECT 7")
            other.cursor().execute("SELECT pg_terminate_backend(%s)", (self.keys["ended"],))
        gone = self.psycopg2("gone")
        gone.cursor().execute("SELECT 8")
        os.close(gone.fileno())
        with suppress(psycopg2.Error):
            psycopg2.connect(**{**self.login, "password": "wrong"}, dbname="postgres")

    def work(self) -> None:
        self.plain()
        self.prepared()
        asyncio.run(self.cursors())
        self.deadlock()
        self.lost()


def logs_of(server: Server, suffixes: Collection[str]) -> dict[str, bytes]:
    """These logs by their endings, when all of them have the last thing that happened."""
    assert server.data_dir
    server.admin("CREATE TABLE the_end_of_the_log ()")
    deadline = time.monotonic() + 60
    logs: dict[str, bytes] = {}
    while time.monotonic() < deadline:
        before = logs
        logs = {
            path.suffix: path.read_bytes() for path in Path(server.data_dir, "log").iterdir() if path.suffix in suffixes
        }
        if logs == before and all(map(_is_at_its_end, logs.values())):
            return logs
        time.sleep(0.3)
    raise TimeoutError("the logs do not end")


def _is_at_its_end(log: bytes) -> bool:
    """The end of the session that wrote the last statement comes after it, where the ends of sessions are logged."""
    _, found, after = log.rpartition(b"the_end_of_the_log")
    end = b"disconnection: session time"
    return bool(found) and log.endswith(b"\n") and (end in after or end not in log)


def by_session(rows: list[Row]) -> dict[bytes, list[Row]]:
    """Each session's rows; where two sessions write at once their order differs between the files."""
    found: dict[bytes, list[Row]] = {}
    for row in rows:
        found.setdefault(row[1], []).append(row)
    return found


@pytest.fixture(params=[f"{name}-{mode}" for name in ("postgresql18", "postgresql") for mode in MODES])
def session_logs(
    request: pytest.FixtureRequest, private_server: PrivateServer
) -> tuple[str, Clients, dict[str, bytes]]:
    name, mode = request.param.split("-")
    server = private_server(name, COMMON | MODES[mode])
    clients = Clients(server)
    clients.work()
    return mode, clients, logs_of(server, FORMATS)


def test_a_real_log(session_logs: tuple[str, Clients, dict[str, bytes]]) -> None:
    mode, clients, logs = session_logs
    read_in = {suffix: read(format_, logs[suffix], variant) for suffix, (format_, variant) in FORMATS.items()}
    _is_all_read(logs, {suffix: tally.records for suffix, (_, tally) in read_in.items()})
    assert all(tally.unparsed_bytes == 0 for _, tally in read_in.values())

    rows = by_session(read_in[".log"][0])
    assert by_session(read_in[".csv"][0]) == rows
    assert by_session(read_in[".json"][0]) == rows
    _is_what_happened(mode, {name: rows.get(_key(rows, pid), []) for name, pid in clients.keys.items()})

    for suffix, (format_, variant) in FORMATS.items():
        sniffed = format_.sniff(logs[suffix])
        assert sniffed is not None
        assert (sniffed.score, sniffed.variant) == (1.0, variant)
        assert not _is_gappy(format_, logs[suffix], variant)
        for near in range(0, len(logs[suffix]), 499):
            assert read_cut(format_, logs[suffix], variant, near) == read_in[suffix]


def _is_all_read(logs: dict[str, bytes], records: dict[str, int]) -> None:
    """Other readers find as many records."""
    assert records[".csv"] == len(list(csv.reader(io.StringIO(logs[".csv"].decode(), newline=""))))
    assert records[".json"] == len([json.loads(line) for line in logs[".json"].decode().split("\n")[:-1]])
    # the first lines of each file tell where the others are
    assert abs(records[".log"] - records[".csv"]) <= 2


def _key(rows: dict[bytes, list[Row]], pid: int) -> bytes:
    """The session's id ends in the process's number."""
    return next((key for key in rows if key.endswith(b".%x" % pid)), b"")


def _is_what_happened(mode: str, sessions: dict[str, list[Row]]) -> None:
    failed = {
        name: [text for mark, _, _, text, *_ in rows if mark in {Mark.FAILED, Mark.DEADLOCK}]
        for name, rows in sessions.items()
    }
    assert failed["plain"] == [b"SELECT 1/0", b"SELEC 1"]
    assert failed["prepared"] == [b"SELECT * FROM nowhere WHERE x = $1"]
    one, two = b"UPDATE t SET name = 'x'\n WHERE id = 2", b"UPDATE t SET name = 'y2' WHERE id = 1"
    assert [*failed["one"], *failed["two"]] in ([one + b"\0" + two], [two + b"\0" + one])
    for name in ("ended", "gone"):
        assert [mark for mark, *_ in sessions[name] if mark is Mark.DROPPED] == [Mark.DROPPED]

    ran = {
        name: [(text, parameters) for mark, _, _, text, _, parameters in rows if mark in {None, Mark.NAMED}]
        for name, rows in sessions.items()
    }
    inserted = [
        (b"INSERT INTO t VALUES ($1, $2)", values)
        for values in (b"$1 = '10', $2 = NULL", "$1 = '11', $2 = 'ü'".encode())
    ]
    escaped = AWKWARD.replace("'", "''").encode()
    if mode == "writes":
        assert ran["prepared"] == inserted
        assert ran["cursors"] == []
        return
    looked_up = [
        (b"SELECT * FROM t WHERE id = $1 AND name = $2", b"$1 = '%d', $2 = '%b'" % (number, escaped))
        for number in range(7)
    ]
    assert ran["prepared"] == [
        *((b"BEGIN", None), *looked_up, *inserted, (b"COMMIT", None)),
        *((b"BEGIN", None), (b"ROLLBACK", None), (b"DEALLOCATE ALL", None)),
    ]
    named = [mark for mark, _, _, text, *_ in sessions["prepared"] if mark in {None, Mark.NAMED} and b"$1" in text]
    assert named == [None] * 5 + [Mark.NAMED] * 4
    assert ran["cursors"] == [
        (b"SELECT * FROM t WHERE id = $1", b"$1 = '1'"),
        (b"BEGIN;", None),
        (b"SELECT generate_series(1, $1::int)", b"$1 = '10'"),
        (b"COMMIT;", None),
    ]
    failing = [(b"SELECT 1/0", None)] if mode != "threshold" else []
    assert ran["plain"] == [
        (b"BEGIN", None),
        (b"CREATE TABLE t (id int PRIMARY KEY, name text)", None),
        (b"INSERT INTO t VALUES (1, 'a'), (2, '%b')" % escaped, None),
        *((b"COMMIT", None), (b"BEGIN", None)),
        (b"SELECT *\n  FROM t\n\twhere id = 1", None),
        (b"SELECT 1; SELECT 2", None),
        *failing,
        *((b"ROLLBACK", None), (b"BEGIN", None), (b"ROLLBACK", None)),
    ]
    if mode == "threshold":
        assert all(duration for mark, _, _, _, duration, _ in sessions["plain"] if mark is None)
    if mode == "statements":
        marks = [mark for mark, *_ in sessions["plain"]]
        assert (marks[0], marks[-1]) == (Mark.CONNECTED, Mark.DISCONNECTED)
        assert marks.count(Mark.DURATION) == len(ran["plain"]) - 1  # not of the one that failed


def _is_gappy(format_: Format, log: bytes, variant: str | None) -> bool:
    found = format_.is_gappy(log, variant)  # type: ignore[attr-defined]
    assert isinstance(found, bool)
    return found


@pytest.mark.parametrize("destination", ["stderr", "csvlog", "jsonlog", "stderr,csvlog,jsonlog"])
def test_numbers_have_gaps_only_where_lines_are_missing(private_server: PrivateServer, destination: str) -> None:
    """Each destination numbers its lines by itself."""
    server = private_server("postgresql18", COMMON | MODES["statements"] | {"log_destination": destination})
    Clients(server).work()
    logs = logs_of(server, [SUFFIXES[each] for each in destination.split(",")])
    for suffix in logs:
        format_, variant = FORMATS[suffix]
        log = logs[suffix]
        assert not _is_gappy(format_, log, variant)
        thirds = [format_.first_record(log, len(log) * part // 9, variant) for part in (2, 4, 5, 7)]
        assert not _is_gappy(format_, log[: thirds[0]] + log[thirds[1] : thirds[2]] + log[thirds[3] :], variant)
        assert _is_gappy(format_, b"".join(each for at, each in enumerate(_records(suffix, log)) if at % 4), variant)


def _records(suffix: str, log: bytes) -> list[bytes]:
    if suffix == ".log":
        return [record.encode(errors="surrogateescape") for record in records_of_stderr(log)]
    format_, _ = FORMATS[suffix]
    starts = [0]
    while starts[-1] < len(log):
        starts.append(format_.first_record(log, starts[-1] + 1, None))
    return [log[start:end] for start, end in pairwise(starts)]


PREFIXES = [
    "%m [%p] %q%u@%d/%a ",
    "%t:%r:%u@%d:[%p]:",
    "%m [%-10p] %q%u@%d ",
    "<%n %10p> %-20a ",
    "%m [%p]: [%l-1] db=%d,user=%u,host=%h ",
    "%p %b %i %m %v %x %e %Q ",
    "%a|%c|%s ",
    "",
]


def set_prefix(server: Server, prefix: str) -> None:
    """From when this returns, all is logged with it."""
    server.admin(f"ALTER SYSTEM SET log_line_prefix = '{prefix}'", "SELECT pg_reload_conf()")
    eventually(lambda: server.admin("SHOW log_line_prefix") == [(prefix,)])


@pytest.mark.parametrize("name", ["postgresql18", "postgresql"])
def test_prefixes_as_the_server_prints_them(private_server: PrivateServer, name: str) -> None:
    server = private_server(name, {"logging_collector": "on", "log_statement": "all", "log_destination": "stderr"})
    clients = Clients(server)
    assert server.data_dir
    for number, prefix in enumerate(PREFIXES):
        set_prefix(server, prefix)
        here = f"SELECT 'from here on with number {number}'"
        server.admin(here)
        before = len(_log(server, here.encode()))
        for session in ("one", "two"):
            with closing(clients.psycopg2(session)) as connection, connection.cursor() as cursor:
                cursor.execute(f"SELECT {number},\n%s", (AWKWARD,))
                with suppress(psycopg2.Error):
                    cursor.execute("SELECT 1/0")
        part = _log(server, b"SELECT 1/0", 4 * (number + 1))[before:]  # of each session, itself and with its error
        awkward = AWKWARD.replace("'", "''").encode()
        for variant in (prefix, _sniffed(part)):
            rows, tally = read(postgresql_stderr, part, variant)
            assert [(mark, text) for mark, _, _, text, *_ in rows] == [
                (None, b"BEGIN"),
                (None, b"SELECT %d,\n'%b'" % (number, awkward)),
                (None, b"SELECT 1/0"),
                (Mark.FAILED, b"SELECT 1/0"),
            ] * 2, variant
            assert (tally.records, tally.unparsed_bytes) == (8, 0), variant
            assert postgresql_stderr.identity(variant) == postgresql_stderr.identity(prefix), variant
            if postgresql_stderr.identity(prefix) == "pid":
                assert [row[1] for row in rows[::4]] == [b"%d" % clients.keys[each] for each in ("one", "two")], variant


def _log(server: Server, last: bytes, times: int = 1) -> bytes:
    """All that the server logged, when what it logs last is there so many times."""
    assert server.data_dir
    folder = Path(server.data_dir, "log")

    def now() -> bytes:
        return b"".join(path.read_bytes() for path in sorted(folder.glob("*.log")))

    def is_whole() -> bool:
        log = now()
        return log.count(last) >= times and log.endswith(b"\n")

    eventually(is_whole)
    return now()


def _sniffed(log: bytes) -> str | None:
    sniffed = postgresql_stderr.sniff(log)
    return sniffed.variant if sniffed else None
