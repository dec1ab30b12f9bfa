"""The logs that a real MySQL and a real MariaDB write of PyMySQL and SQLAlchemy, against what was sent."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pymysql
import pytest
from sqlalchemy import create_engine, event, text

from tests.servers.fleet import Fleet, LeftOutError
from tests.servers.model import Database, Server
from tests.servers.mysql import connect
from triage.querylogs.formats import mysql_error, mysql_general, mysql_slow
from triage.querylogs.formats.base import Tally
from triage.querylogs.instant import moment
from triage.querylogs.rows import Mark, Row

SETTINGS = {
    "general-log": "1",
    "slow-query-log": "1",
    "long-query-time": "0",
    "log-output": "FILE",
    "general-log-file": "general.log",
    "slow-query-log-file": "slow.log",
    "innodb-print-all-deadlocks": "ON",
}
FORGED = (
    "x\n2026-01-01T00:00:00.000000Z\t    9 Query\tforged\n# User@Host: a[a] @ b []  Id: 9\n# Query_time: 1 x\nforged;"
)


@pytest.fixture(scope="module")
def databases(fleet: Fleet) -> Iterator[Callable[[str], Database]]:
    """A database on servers that log everything: each is started once, in whatever order the tests come."""
    started: dict[str, Database] = {}

    def get(name: str) -> Database:
        if name not in started:
            fresh = fleet.start(name, SETTINGS).create_database()
            fresh.admin("CREATE TABLE notes (id INT PRIMARY KEY, body VARCHAR(300) CHARACTER SET utf8mb4)")
            fresh.admin("INSERT INTO notes VALUES (1, 'x'), (2, 'y')")
            started[name] = fresh
        return started[name]

    yield get
    for database in started.values():
        fleet.end(database.server)


@pytest.fixture(params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in ("mariadb", "mysql")])
def database(request: pytest.FixtureRequest, databases: Callable[[str], Database]) -> Database:
    try:
        return databases(request.param)
    except LeftOutError as error:
        pytest.skip(str(error))


def logged(server: Server, module: ModuleType) -> tuple[list[Row], bytes]:
    """All rows of a log, when all that has been sent so far is in it."""
    assert server.data_dir
    path = server.data_dir / {"mysql-general": "general.log", "mysql-slow": "slow.log"}[module.name]
    mark = f"marked at {time.monotonic_ns()}"
    server.admin(f"SELECT '{mark}'")
    return parse(module, wait_for(path, mark.encode()))


def wait_for(path: Path, content: bytes) -> bytes:
    deadline = time.monotonic() + 60
    while content not in (log := path.read_bytes()):
        assert time.monotonic() < deadline, f"{content!r} is not in {path}"
        time.sleep(0.02)
    return log


def parse(module: ModuleType, log: bytes) -> tuple[list[Row], bytes]:
    sniffed = module.sniff(log)
    assert sniffed
    assert sniffed.score == 1
    assert module.identity(sniffed.variant) == "session"
    tally = Tally()
    rows = list(module.rows(log, 0, len(log), sniffed.variant, tally))
    assert (tally.length, tally.unparsed_bytes) == (len(log), 0)
    for at in range(0, len(log), len(log) // 20):
        cut = module.first_record(log, at, sniffed.variant)
        parts = [
            row
            for start, end in ((0, cut), (cut, len(log)))
            for row in module.rows(log, start, end, sniffed.variant, Tally())
        ]
        assert parts == rows
    return rows, log


def thread_of(connection: Any) -> int:
    return int(connection.thread_id())


def of(rows: list[Row], thread: int) -> list[bytes]:
    """The statements of a connection, without those that the driver begins with."""
    texts = [row[3] for row in rows if row[1] == b"%d" % thread and row[0] is None]
    assert b"SET NAMES" in texts[0]
    return texts[1:]


STATEMENTS: list[tuple[str, list[str]]] = [
    ("BEGIN", ["BEGIN"]),
    ("SELECT 1;", ["SELECT 1"]),
    (
        "SELECT id,\n  body\nFROM notes\n# a comment; of SQL\nWHERE id = 1",
        ["SELECT id,\n  body\nFROM notes\n# a comment; of SQL\nWHERE id = 1"],
    ),
    ("SELECT 'naïve 😀'", ["SELECT 'naïve 😀'"]),
    ("SELECT ';', '#'", ["SELECT ';', '#'"]),
    ("PREPARE s FROM 'SELECT * FROM notes WHERE id = ? AND body <> ?'", []),
    ("SET @id = 2, @body = 'two\nlines'", ["SET @id = 2, @body = 'two\nlines'"]),
    ("EXECUTE s USING @id, @body", ["SELECT * FROM notes WHERE id = 2 AND body <> 'two\\nlines'"]),
    ("EXECUTE s USING @id, @id", ["SELECT * FROM notes WHERE id = 2 AND body <> 2"]),
    ("DEALLOCATE PREPARE s", ["DEALLOCATE PREPARE s"]),
    ("SAVEPOINT a", ["SAVEPOINT a"]),
    ("ROLLBACK TO SAVEPOINT a", ["ROLLBACK TO SAVEPOINT a"]),
    ("COMMIT", ["COMMIT"]),
    ("START TRANSACTION", ["START TRANSACTION"]),
    ("ROLLBACK", ["ROLLBACK"]),
    ("SET autocommit = 0", ["SET autocommit = 0"]),
]


@pytest.mark.parametrize("module", [mysql_general, mysql_slow])
def test_statements_of_pymysql(database: Database, module: ModuleType) -> None:
    with closing(connect(database.url)) as connection, connection.cursor() as cursor:
        thread = thread_of(connection)
        for statement, _ in STATEMENTS:
            cursor.execute(statement)
        cursor.execute("SELECT %s", (FORGED,))
        forged = cursor.mogrify("SELECT %s", (FORGED,))
        connection.ping()
        connection.select_db(database.name)
    rows, _ = logged(database.server, module)
    expected = [text for _, texts in STATEMENTS for text in texts]
    assert of(rows, thread) == [text.encode() for text in [*expected, forged]]


@pytest.mark.parametrize("module", [mysql_general, mysql_slow])
def test_statements_of_sqlalchemy(database: Database, module: ModuleType) -> None:
    engine = create_engine(database.url)
    sent: list[bytes] = []

    @event.listens_for(engine, "after_cursor_execute")
    def keep(_connection: Any, cursor: Any, *_rest: Any) -> None:
        ran = cursor._executed
        sent.append(ran.encode() if isinstance(ran, str) else bytes(ran))

    with engine.connect() as connection:
        thread = thread_of(connection.connection.driver_connection)
        sent.clear()
        connection.execute(text("SELECT 'here it begins'"))
        connection.execute(text("SELECT :value"), {"value": FORGED})
        connection.execute(text("DELETE FROM notes WHERE id > 30"))
        connection.execute(text("INSERT INTO notes VALUES (:id, :body)"), [{"id": n, "body": "ü"} for n in (31, 32)])
        connection.execute(text("SELECT body\nFROM notes\nWHERE id = :id"), {"id": 31})
        sent.append(b"COMMIT")
        connection.commit()
        connection.execute(text("DELETE FROM notes WHERE id > 1"))
        sent.append(b"ROLLBACK")
        connection.rollback()
    engine.dispose()
    rows, _ = logged(database.server, module)
    texts = of(rows, thread)
    ran = texts[texts.index(b"SELECT 'here it begins'") :]
    assert ran[: len(sent)] == sent
    assert set(ran[len(sent) :]) <= {b"ROLLBACK"}  # the pool's reset


def test_the_end_of_a_statement_is_its_time_in_the_slow_log(database: Database) -> None:
    with closing(connect(database.url)) as connection, connection.cursor() as cursor:
        began = time.time()
        cursor.execute("SELECT SLEEP(1.3), 'timed'")
        ended = time.time()
    rows, _ = logged(database.server, mysql_slow)
    ((at, took),) = [(row[2], row[4]) for row in rows if row[3].endswith(b"'timed'")]
    assert took
    assert 1.3 <= float(took) < 10
    if database.server.backend == "mysql":
        assert ended - 0.5 < datetime.fromisoformat(at.decode()).timestamp() < ended + 0.1
    else:  # to the second
        assert max(began, ended - 1.1) < float(at) < ended + 0.1


def test_sessions_begin_and_end_in_the_general_log(database: Database) -> None:
    with closing(connect(database.url)) as connection:
        thread = thread_of(connection)
    with pytest.raises(pymysql.OperationalError, match="Access denied"):
        connect(database.server.url(user=database.user, password="wrong"))
    rows, log = logged(database.server, mysql_general)
    marks = [row[0] for row in rows if row[1] == b"%d" % thread]
    assert marks == [Mark.CONNECTED, None, Mark.DISCONNECTED]
    before, _, _ = log.rpartition(b" Connect\tAccess denied")
    refused = before.split()[-1]
    assert [row[0] for row in rows if row[1] == refused] == [Mark.CONNECTED, Mark.DISCONNECTED]


def test_sessions_end_in_the_slow_log_of_mysql_only(database: Database) -> None:
    with closing(connect(database.url)) as connection, connection.cursor() as cursor:
        thread = thread_of(connection)
        cursor.execute("SELECT 'then it quits'")
    rows, _ = logged(database.server, mysql_slow)
    last = [row for row in rows if row[1] == b"%d" % thread][-1]
    is_mysql = database.server.backend == "mysql"
    assert (last[0], last[3]) == ((Mark.DISCONNECTED, b"") if is_mysql else (None, b"SELECT 'then it quits'"))


def test_logs_go_on_behind_a_rotation(database: Database) -> None:
    database.admin("SELECT 'before it'", "FLUSH GENERAL LOGS", "FLUSH SLOW LOGS", "SELECT 'behind it'")
    for module in (mysql_general, mysql_slow):
        rows, log = logged(database.server, module)
        assert log.count(b"Tcp port: ") > 1
        texts = [row[3] for row in rows]
        assert texts.index(b"SELECT 'before it'") < texts.index(b"SELECT 'behind it'")


def deadlock(database: Database) -> tuple[int, dict[int, str]]:
    """Make two sessions wait for each other; whose statement failed, and what each ran."""
    with closing(connect(database.url)) as one, closing(connect(database.url)) as two:
        both_hold = threading.Barrier(2, timeout=60)
        failures: dict[int, int] = {}
        waited: dict[int, str] = {}

        def work(connection: "pymysql.Connection[Any]", first: int, second: int) -> None:
            thread = thread_of(connection)
            with connection.cursor() as cursor:
                cursor.execute("BEGIN")
                cursor.execute(f"UPDATE notes SET body = 'of {thread}' WHERE id = {first}")
                waited[thread] = f"UPDATE notes\nSET body = 'TRANSACTION 1, ACTIVE of {thread}\n'\nWHERE id = {second}"
                both_hold.wait()
                try:
                    cursor.execute(waited[thread])
                    cursor.execute("COMMIT")
                except pymysql.OperationalError as error:
                    failures[thread] = error.args[0]

        threads = [threading.Thread(target=work, args=order) for order in ((one, 1, 2), (two, 2, 1))]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    ((victim, failure),) = failures.items()
    assert failure == 1213
    return victim, waited


def deadlock_row(database: Database, victim: int, waited: dict[int, str]) -> tuple[bytes, list[str]]:
    """What is to be read of a deadlock: its victim, where the server tells it, and what waited for what."""
    (survivor,) = set(waited) - {victim}
    statements = [waited[victim], waited[survivor]]
    return (b"%d" % victim, statements) if database.server.backend == "mysql" else (b"", sorted(statements))


def read_row(row: Row) -> tuple[bytes, list[str]]:
    assert row[0] is Mark.DEADLOCK
    assert moment(row[2])
    statements = row[3].decode().split("\0")
    return row[1], statements if row[1] else sorted(statements)


def test_deadlocks_in_the_status(database: Database) -> None:
    made = deadlock(database)
    status = str(database.admin("SHOW ENGINE INNODB STATUS")[0][2]).encode()
    (row,) = mysql_error.rows(status, 0, len(status), None, Tally())
    assert read_row(row) == deadlock_row(database, *made)


def test_deadlocks_in_the_error_log(database: Database) -> None:
    if database.server.backend == "mysql":
        database.admin("SET GLOBAL log_error_verbosity = 3")
    made = [deadlock(database) for _ in range(2)]
    assert database.server.log_path
    rows, _ = deadlocks_until(database.server.log_path, made[-1])
    assert [read_row(row) for row in rows[-2:]] == [deadlock_row(database, *each) for each in made]


@pytest.mark.parametrize("database", [pytest.param("mysql", marks=pytest.mark.mysql)], indirect=True)
def test_deadlocks_in_the_error_log_at_its_default_verbosity(database: Database) -> None:
    database.admin("SET GLOBAL log_error_verbosity = 2")
    made = [deadlock(database) for _ in range(3)]
    assert database.server.log_path
    rows, _ = deadlocks_until(database.server.log_path, made[-1])
    assert [(row[1], row[2]) for row in rows[-3:]] == [(b"", b"")] * 3
    for row, (_, waited) in zip(rows[-3:], made, strict=True):
        assert sorted(row[3].decode().split("\0")) == sorted(waited.values())


def deadlocks_until(path: Path, last: tuple[int, dict[int, str]]) -> tuple[list[Row], bytes]:
    deadline = time.monotonic() + 60
    while True:
        rows, log = parse(mysql_error, path.read_bytes())
        if rows and sorted(rows[-1][3].decode().split("\0")) == sorted(last[1].values()):
            return rows, log
        assert time.monotonic() < deadline, log[-3000:]
        time.sleep(0.05)
