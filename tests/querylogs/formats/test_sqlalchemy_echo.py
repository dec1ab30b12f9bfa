"""SQLAlchemy's echo: real applications' logs against what their engines did, and what no log may do to the reader."""

import json
import re
import subprocess
import tempfile
import time
from collections import Counter
from functools import cache
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from tests.servers.model import Server
from triage.querylogs.formats import sqlalchemy_echo as echo
from triage.querylogs.formats.base import Tally
from triage.querylogs.rows import Row
from triage.sql.lexer import Dialect

ROOT = Path(__file__).parents[3]
PYTHONS = {"2.1": ROOT / ".venv/bin/python", "2.0": ROOT / ".venv-sqlalchemy-2.0/bin/python"}
DEFAULT = "%(asctime)s %(levelname)s %(name)s %(message)s"
ECHO = {"engine": {"echo": True}}
PREFIXES = (
    DEFAULT,
    "%(levelname)s:%(name)s:%(message)s",
    "[%(levelname)s] %(name)s: %(message)s",
    "%(asctime)s | %(levelname)s | %(name)s | %(message)s",
    "%(asctime)s - %(name)s - %(levelname)s - %(message)s",
    "%(asctime)s.%(msecs)03d | %(levelname)-8s | sqlalchemy.engine.base:%(funcName)s:%(lineno)d - %(message)s",
    "[%(asctime)s: %(levelname)s/%(processName)s] %(message)s",
    "[%(asctime)s +0000] [%(process)d] [%(levelname)s] %(message)s",
    "%(levelname)s:     %(message)s",
    "%(asctime)s [%(threadName)s] %(levelname)-5s %(name)s:%(lineno)d - %(message)s",
    "%(relativeCreated)d %(message)s",
    "%(message)s",
)
"""Default, basicConfig, brackets, bars, dashes, loguru's, celery's, gunicorn's, uvicorn's, logback's, and nothing."""
JSON = (
    {"message": "message"},
    {"timestamp": "asctime", "level": "levelname", "logger": "name", "msg": "message"},
    {"event": "message", "thread_name": "threadName", "time": "asctime"},
    {"name": "levelname", "logger": "name", "message": "message", "asctime": "asctime"},
)


class Log(NamedTuple):
    data: bytes
    ran: list[tuple[str, str, str | None]]
    """Thread, statement and parameters, as the engine's events had them."""


def app(tmp_path: Path, url: str, setup: dict[str, Any], version: str = "2.1") -> Log:
    oracle = tmp_path / "oracle.json"
    run = subprocess.run(
        [PYTHONS[version], ROOT / "tests/querylogs/formats/echo_app.py", url, json.dumps(setup), oracle],
        capture_output=True,
        check=False,
        cwd=ROOT,
    )
    assert run.returncode == 0, run.stderr.decode()
    return Log(run.stdout, [tuple(each) for each in json.loads(oracle.read_text())])


def sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'app.db'}"


def read(data: bytes, variant: str | None = None) -> tuple[list[Row], Tally]:
    """All rows; the counters always add up."""
    if variant is None:
        sniffed = echo.sniff(data)
        assert sniffed is not None
        variant = sniffed.variant
    return read_range(data, 0, len(data), variant)


def read_range(data: bytes, start: int, end: int, variant: str | None) -> tuple[list[Row], Tally]:
    tally = Tally()
    rows = list(echo.rows(data, start, end, variant, tally))
    assert tally.length == end - start
    assert 0 <= tally.unparsed_bytes <= tally.length
    return rows, tally


def texts(rows: list[Row]) -> list[tuple[str, str | None]]:
    return [(row[3].decode(), None if row[5] is None else row[5].decode()) for row in rows]


def variant_of(data: bytes) -> str:
    sniffed = echo.sniff(data)
    assert sniffed is not None
    assert sniffed.variant is not None
    return sniffed.variant


def holds(log: Log, *, on_connect: int = 0) -> Tally:
    """The rows are what the engine did, and every byte was understood.

    What the engine asks of a new server comes first, and no event tells of it.
    """
    rows, tally = read(log.data)
    assert texts(rows)[on_connect:] == [(statement, values) for _, statement, values in log.ran]
    assert {row[0] for row in rows} == {None}
    assert tally.unparsed_bytes == 0
    assert tally.records >= len(rows)
    return tally


@pytest.mark.parametrize("version", PYTHONS)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_usual_prefix(tmp_path: Path, prefix: str, version: str) -> None:
    log = app(tmp_path, sqlite(tmp_path), {"formats": [prefix], "level": "INFO"}, version)
    tally = holds(log)
    assert (tally.first is not None) == ("asctime" in prefix)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_rows_of_results_are_no_statements(tmp_path: Path, prefix: str) -> None:
    holds(app(tmp_path, sqlite(tmp_path), {"formats": [prefix], "level": "DEBUG"}))


@pytest.mark.parametrize("keys", JSON)
def test_json(tmp_path: Path, keys: dict[str, str]) -> None:
    log = app(tmp_path, sqlite(tmp_path), {"json": keys, "level": "INFO", "foreign": True})
    tally = holds(log)
    assert (tally.first is not None) == ("asctime" in keys.values())


@pytest.mark.parametrize("renderer", ["console", "json"])
def test_structlog(tmp_path: Path, renderer: str) -> None:
    tally = holds(app(tmp_path, sqlite(tmp_path), {"structlog": renderer, "level": "INFO"}))
    assert tally.first is not None


@pytest.mark.parametrize("version", PYTHONS)
@pytest.mark.parametrize("driver", ["postgresql+psycopg2", "postgresql+psycopg", "postgresql+asyncpg"])
@pytest.mark.parametrize("setup", [ECHO, {"formats": ["%(levelname)s:%(name)s:%(message)s"], "level": "DEBUG"}])
def test_postgresql(postgresql: Server, tmp_path: Path, driver: str, setup: dict[str, Any], version: str) -> None:
    with postgresql.create_database() as database:
        url = make_url(database.url).set(drivername=driver).render_as_string(hide_password=False)
        log = app(tmp_path, url, setup, version)
    holds(log, on_connect=3)
    assert echo.dialect(variant_of(log.data)) is Dialect.POSTGRESQL


@pytest.mark.parametrize("version", PYTHONS)
@pytest.mark.parametrize("setup", [ECHO, {"json": JSON[0], "level": "INFO"}])
def test_mysql_and_mariadb(mysql_server: Server, tmp_path: Path, setup: dict[str, Any], version: str) -> None:
    with mysql_server.create_database() as database:
        log = app(tmp_path, database.url, setup, version)
    holds(log, on_connect=3)
    assert echo.dialect(variant_of(log.data)) is Dialect.MYSQL


def test_places_for_parameters_tell_mysql(mariadb: Server, tmp_path: Path) -> None:
    """Behind the queries of a new connection nothing else may."""
    with mariadb.create_database() as database:
        log = app(tmp_path, database.url, {"engine": {"echo": True, "paramstyle": "format"}})
    later = log.data[log.data.index(b"BEGIN (implicit)", log.data.index(b"INSERT INTO authors")) :]
    later = later[later.index(b"\n") + 1 :]
    assert b"DATABASE()" not in later
    assert b"`" not in later
    assert echo.dialect(variant_of(later)) is Dialect.MYSQL


def test_batches_of_insertmanyvalues_are_a_row_each(postgresql: Server, tmp_path: Path) -> None:
    engine = {"echo": True, "insertmanyvalues_page_size": 3}
    with postgresql.create_database() as database:
        log = app(tmp_path, database.url, {"engine": engine, "batches": "all", "units": ["create", "flush"]})
    holds(log, on_connect=3)
    assert b"(insertmanyvalues) 1/3 (ordered)] " in log.data


def test_rows_that_the_backend_takes_one_at_a_time_are_one_flush(tmp_path: Path) -> None:
    log = app(tmp_path, sqlite(tmp_path), {**ECHO, "units": ["create", "flush"]})
    assert b"[insertmanyvalues 7/7 (ordered; batch not supported)]" in log.data
    rows, _ = read(log.data)
    assert Counter(row[3].split(b" (")[0] for row in rows)[b"INSERT INTO authors"] == 1


def test_hidden_parameters(tmp_path: Path) -> None:
    log = app(tmp_path, sqlite(tmp_path), {"engine": {"echo": True, "hide_parameters": True}})
    holds(log)
    assert all(row[5] is None for row in read(log.data)[0])


def test_autocommit_opens_nothing(tmp_path: Path) -> None:
    log = app(
        tmp_path, sqlite(tmp_path), {"engine": {"echo": True, "isolation_level": "AUTOCOMMIT"}, "autocommit": True}
    )
    assert b"BEGIN (implicit; DBAPI should not BEGIN due to autocommit mode)" in log.data
    assert b"has no effect due to autocommit mode" in log.data
    holds(log)


@pytest.mark.parametrize("version", PYTHONS)
def test_two_phase(postgresql: Server, version: str) -> None:
    """BEGIN TWOPHASE is a BEGIN; what prepares and commits are statements, and printed as such."""
    script = (
        "import sys; from sqlalchemy import create_engine, text\n"
        "engine = create_engine(sys.argv[1], echo=True)\n"
        "with engine.connect() as connection:\n"
        "    transaction = connection.begin_twophase('tp1'); connection.execute(text('SELECT 1'))\n"
        "    transaction.rollback()\n"
        "with engine.connect() as connection:\n"
        "    connection.begin(); connection.execute(text('SELECT 2')); connection.commit()\n"
    )
    with postgresql.create_database() as database:
        run = subprocess.run([PYTHONS[version], "-c", script, database.url], capture_output=True, check=True)
    assert b"BEGIN TWOPHASE (implicit)" in run.stdout
    rows, tally = read(run.stdout)
    # Where nothing was prepared, the end of such a transaction is not printed, in no version.
    assert [row[3] for row in rows[3:]] == [b"BEGIN", b"SELECT 1", b"BEGIN", b"SELECT 2", b"COMMIT"]
    assert tally.unparsed_bytes == 0


@pytest.mark.parametrize("others", [[PREFIXES[1]], [PREFIXES[1], PREFIXES[3]], [DEFAULT], ["%(message)s"]])
@pytest.mark.parametrize("version", PYTHONS)
def test_what_handlers_print_again_counts_once(tmp_path: Path, others: list[str], version: str) -> None:
    """The echo's own handler and the root's, in other prefixes, the same one, or none."""
    setup = {**ECHO, "formats": others}
    log = app(tmp_path, sqlite(tmp_path), setup, version)
    tally = holds(log)
    assert tally.notes == {
        "records printed again by another handler": pytest.approx(log.data.count(b"INFO") * 0.5, rel=0.4)
    }


def test_the_same_statement_twice_counts_twice(tmp_path: Path) -> None:
    log = app(tmp_path, sqlite(tmp_path), {**ECHO, "units": ["create", "flush", "twice"]})
    rows, _ = read(log.data)
    assert sum(b"WHERE authors.name = ?" in row[3] for row in rows) == 2


@pytest.mark.parametrize("formats", [[PREFIXES[0]], ["%(asctime)s [%(threadName)s] %(message)s"]])
def test_other_loggers_are_the_application_s_own(tmp_path: Path, formats: list[str]) -> None:
    log = app(tmp_path, sqlite(tmp_path), {"formats": formats, "level": "INFO", "foreign": True})
    assert b"COMMIT to an order" in log.data
    holds(log)


def test_the_score_is_the_part_of_the_engine_s_records(tmp_path: Path) -> None:
    log = app(tmp_path, sqlite(tmp_path), {"formats": [DEFAULT], "level": "INFO", "foreign": True})
    own = sum(len(line) + 1 for line in log.data.split(b"\n") if b"shop.orders" in line)
    sniffed = echo.sniff(log.data)
    assert sniffed is not None
    assert sniffed.score == pytest.approx(1 - own / len(log.data))


def test_text_and_json_of_the_same_records(tmp_path: Path) -> None:
    holds(app(tmp_path, sqlite(tmp_path), {**ECHO, "json": JSON[0]}))


def test_tracebacks_and_prints_between_records(tmp_path: Path) -> None:
    log = app(tmp_path, sqlite(tmp_path), ECHO)
    own = (
        b"2026-01-31 15:00:00,123 ERROR shop.orders it went wrong\n"
        b'Traceback (most recent call last):\n  File "shop.py", line 1, in order\n    pay()\n'
        b"sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) no\n[SQL: INSERT]\n[parameters: (1,)]\n"
    )
    printed = b"hello from print\n"
    at = log.data.index(b"COMMIT\n") + len(b"COMMIT\n")
    rows, tally = read(log.data[:at] + own + log.data[at:] + printed)
    assert texts(rows) == [(statement, values) for _, statement, values in log.ran]
    assert tally.unparsed_bytes == len(printed)
    assert tally.unparsed_at == len(log.data) + len(own)


@pytest.mark.parametrize("version", PYTHONS)
def test_threads_that_the_prefix_names_are_told_apart(tmp_path: Path, version: str) -> None:
    prefix = "%(asctime)s %(levelname)s [%(process)d] [%(threadName)s] %(name)s: %(message)s"
    log = app(tmp_path, sqlite(tmp_path), {"formats": [prefix], "level": "INFO", "threads": 4}, version)
    assert echo.identity(variant_of(log.data)) == "pid"
    rows, _ = read(log.data)
    for thread in {thread for thread, _, _ in log.ran}:
        mine = [row for row in rows if row[1].endswith(thread.encode()) or row[1].endswith(b"[" + thread.encode())]
        assert texts(mine) == [(statement, values) for who, statement, values in log.ran if who == thread]


def test_threads_without_a_name_are_one_stream(tmp_path: Path) -> None:
    log = app(tmp_path, sqlite(tmp_path), {**ECHO, "threads": 4})
    assert echo.identity(variant_of(log.data)) == "none"
    rows, tally = read(log.data)
    assert {row[1] for row in rows} == {b""}
    assert Counter(row[3].decode() for row in rows) == Counter(statement for _, statement, _ in log.ran)
    assert tally.unparsed_bytes == 0


def test_a_name_that_separates_nothing_is_no_identity(tmp_path: Path) -> None:
    """Tasks of asyncio share the main thread; a counter differs on every line."""
    head = b"2026-01-31 15:00:00,123 INFO [MainThread] sqlalchemy.engine.Engine "
    lines = (b"BEGIN (implicit)", b"BEGIN (implicit)", b"SELECT 1", b"[raw sql] ()", b"COMMIT", b"ROLLBACK")
    assert echo.identity(variant_of(b"".join(head + line + b"\n" for line in lines * 3))) == "none"
    log = app(tmp_path, sqlite(tmp_path), {"formats": ["%(relativeCreated)d %(message)s"], "level": "INFO"})
    assert echo.identity(variant_of(log.data)) == "none"


def test_two_programs_with_prefixes_of_their_own_in_one_file(tmp_path: Path) -> None:
    logs = []
    for name, prefix in (("web", DEFAULT), ("worker", PREFIXES[6])):
        (tmp_path / name).mkdir()
        logs.append(app(tmp_path / name, sqlite(tmp_path / name), {"formats": [prefix], "level": "INFO"}))
    data = logs[0].data + logs[1].data
    rows, tally = read(data)
    assert texts(rows) == [(statement, values) for log in logs for _, statement, values in log.ran]
    assert (tally.unparsed_bytes, tally.notes, echo.identity(variant_of(data))) == (0, {}, "none")


def test_a_file_is_read_as_a_map(tmp_path: Path) -> None:
    for setup in (ECHO, {"json": JSON[0], "level": "INFO"}):
        log = app(tmp_path, sqlite(tmp_path), setup)
        path = tmp_path / "app.log"
        path.write_bytes(log.data)
        with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            variant = variant_of(log.data)
            tally = Tally()
            rows = list(echo.rows(data, 0, len(data), variant, tally))
            assert texts(rows) == [(statement, values) for _, statement, values in log.ran]
            assert echo.first_record(data, 1, variant) == echo.first_record(log.data, 1, variant)
        (tmp_path / "app.db").unlink()


def test_tokens_are_sessions(tmp_path: Path) -> None:
    log = app(tmp_path, sqlite(tmp_path), {**ECHO, "tokens": ["one", "two 2"], "units": ["flush", "lazy"]})
    assert b"Engine [two 2] BEGIN (implicit)" in log.data
    variant = variant_of(log.data)
    assert echo.identity(variant) == "session"
    rows, _ = read(log.data)
    assert texts(rows) == [(statement, values) for _, statement, values in log.ran]
    assert {row[1] for row in rows} == {b"", b"one", b"two 2"}


def test_a_logging_name_is_part_of_the_logger_s(tmp_path: Path) -> None:
    holds(app(tmp_path, sqlite(tmp_path), {"engine": {"echo": True, "logging_name": "reports"}}))


def test_sqlalchemy_1_3_has_no_bracket() -> None:
    head = b"2020-01-31 15:00:00,123 INFO sqlalchemy.engine.base.Engine "
    lines = (b"BEGIN (implicit)", b"SELECT a.id \nFROM a \nWHERE a.id = ?", b"(7,)", b"SELECT 1", b"()", b"COMMIT")
    rows, tally = read(b"".join(head + line + b"\n" for line in lines))
    assert texts(rows) == [
        ("BEGIN", None),
        ("SELECT a.id \nFROM a \nWHERE a.id = ?", "(7,)"),
        ("SELECT 1", "()"),
        ("COMMIT", None),
    ]
    assert (tally.records, tally.unparsed_bytes) == (4, 0)


def test_values_of_several_lines() -> None:
    """An array of numpy prints itself on several lines."""
    head = b"2026-01-31 15:00:00,123 INFO sqlalchemy.engine.Engine "
    values = b"(array([0.1,\n       0.2]), 7)"
    data = head + b"SELECT ?, ?\n" + head + b"[generated in 0.1s] " + values + b"\n" + head + b"ROLLBACK\n"
    assert texts(read(data)[0]) == [("SELECT ?, ?", values.decode()), ("ROLLBACK", None)]


def test_a_prefix_that_a_user_gives(tmp_path: Path) -> None:
    log = app(tmp_path, sqlite(tmp_path), {"formats": [PREFIXES[9]], "level": "INFO"})
    sniffed = echo.sniff(log.data, PREFIXES[9])
    assert sniffed is not None
    assert texts(read(log.data, sniffed.variant)[0]) == [(statement, values) for _, statement, values in log.ran]
    assert echo.sniff(log.data, "%m [%p] ") is None


def test_other_logs_are_no_echo() -> None:
    assert echo.sniff(b"") is None
    assert echo.sniff(b"2026-01-31 15:00:00.123 UTC [77] LOG:  statement: COMMIT\n" * 9) is None
    assert echo.sniff(b"2026-01-31T15:00:00.123Z\t    9 Query\tROLLBACK\n" * 9) is None
    assert echo.sniff(b"2026-01-31 15:00:00,123 INFO shop.orders COMMIT\n" * 9) is None


# What no log may do to the reader.


@cache
def samples() -> tuple[tuple[bytes, str], ...]:
    """Logs of one run under several prefixes, each with what was learned of it."""
    logs = []
    for setup in (
        ECHO,
        {"formats": ["%(message)s"], "level": "INFO"},
        {**ECHO, "formats": [PREFIXES[1]]},
        {**ECHO, "formats": [DEFAULT]},
        {"json": JSON[0], "level": "INFO"},
        {"formats": ["%(asctime)s [%(threadName)s] %(message)s"], "level": "DEBUG", "threads": 3, "foreign": True},
        {**ECHO, "formats": ["%(message)s"]},
        {**ECHO, "json": JSON[0]},
        {"structlog": "console", "level": "INFO"},
        {**ECHO, "threads": 3},
    ):
        with tempfile.TemporaryDirectory() as folder:
            data = app(Path(folder), sqlite(Path(folder)), setup | {"units": ["create", "flush", "lazy", "odd"]}).data
        logs.append((data, variant_of(data)))
    old = re.sub(rb"\[[^\]\n]{1,60}\] (?=[(\[])", b"", logs[0][0])
    logs.append((old, variant_of(old)))
    return tuple(logs)


@st.composite
def mutilated(draw: st.DrawFn) -> tuple[bytes, str]:
    data, variant = draw(st.sampled_from(samples()))
    lines = data.splitlines(keepends=True)
    first = draw(st.integers(0, len(lines)))
    lines = lines[first : first + draw(st.integers(1, 60))]
    for place in draw(st.lists(st.integers(0, 60), max_size=6)):
        if place < len(lines):
            change = draw(st.sampled_from(["drop", "twice", "swap", "nul", "utf", "cr", "cut", "blank"]))
            line = lines[place]
            if change == "swap" and place:
                lines[place - 1 : place + 1] = [line, lines[place - 1]]
            else:
                lines[place] = {
                    "drop": b"",
                    "twice": line * 2,
                    "nul": line[:20] + b"\0" + line[20:],
                    "utf": line[:-5] + b"\xff\xfe" + line[-5:],
                    "cr": line[:-1] + b"\r\n",
                    "cut": line[: len(line) // 2],
                    "blank": b"\n" + line,
                }.get(change, line)
    whole = b"".join(lines)
    if draw(st.booleans()):
        whole = whole.replace(b"\n", b"\r\n")
    return whole[: draw(st.integers(0, len(whole)))] if draw(st.booleans()) else whole, variant


@settings(deadline=None, max_examples=300)
@given(mutilated(), st.data())
def test_a_cut_changes_nothing(log: tuple[bytes, str], data: st.DataObject) -> None:
    text, variant = log
    rows, tally = read_range(text, 0, len(text), variant)
    position = data.draw(st.integers(0, len(text)))
    place = echo.first_record(text, position, variant)
    assert position <= place <= len(text)
    before, head = read_range(text, 0, place, variant)
    after, tail = read_range(text, place, len(text), variant)
    assert before + after == rows
    head.add(tail)
    assert head == tally


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.binary(max_size=2000), mutilated().map(lambda log: log[0])))
def test_any_bytes_are_read(text: bytes) -> None:
    echo.sniff(text)
    for _, variant in samples():
        read_range(text, 0, len(text), variant)
        assert 0 <= echo.first_record(text, 0, variant) <= len(text)


@pytest.mark.parametrize("number", range(11))
def test_every_cut(number: int) -> None:
    text, variant = samples()[number]
    text = text[-9000:]
    text = text[text.index(b"\n") + 1 :]
    rows, _ = read_range(text, 0, len(text), variant)
    places = {echo.first_record(text, position, variant) for position in range(0, len(text), 41)}
    assert len(places) > 5
    for place in places:
        assert read_range(text, 0, place, variant)[0] + read_range(text, place, len(text), variant)[0] == rows


HEAD = b"2026-01-31 15:00:00,123 INFO sqlalchemy.engine.Engine "


SIZE = 5_000_000


@pytest.mark.parametrize(
    "text",
    [
        b"x" * SIZE,
        HEAD + b"SELECT " + b"x" * SIZE,
        HEAD + b"SELECT 1\n" + HEAD + b"[raw sql] (" + b"1, " * (SIZE // 3),
        HEAD + b"SELECT 1" + b"\n" * SIZE,
        HEAD + b"[generated in " * (SIZE // 14),
        HEAD * (SIZE // 55),
        (HEAD + b"[raw sql] (\n") * (SIZE // 67),
        b" " * SIZE,
        b"SELECT (" * (SIZE // 8),
        b"[" * SIZE,
        b'{"message": "' * (SIZE // 13),
        b"1234-" * (SIZE // 5),
        b"SELECT 1\n" * (SIZE // 9),
    ],
    ids=range(13),
)
def test_time_is_linear(text: bytes) -> None:
    """A second for 5 MB is slow, and far from what a pattern that goes back and forth would take."""
    for _, variant in samples():
        began = time.process_time()
        read_range(text, 0, len(text), variant)
        echo.first_record(text, 1, variant)
        assert time.process_time() - began < 5, variant
    began = time.process_time()
    echo.sniff(text[:1_000_000])
    assert time.process_time() - began < 5
