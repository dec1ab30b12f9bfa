"""Incidents made on a real server by a real SQLAlchemy app, each for as long as a block lasts."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from tests.servers.model import Database

READ = "SELECT id, title FROM books WHERE id = 1 AND title <> 'the secret'"
"""What the leaking handler ran last; its literal must never be seen in a report."""
SECRET = "the secret"
OF_INNODB = """
    SELECT count(*) FROM information_schema.processlist AS p
    LEFT JOIN information_schema.innodb_trx AS t ON t.trx_mysql_thread_id = p.id
    WHERE p.db = database() AND (p.state LIKE 'Waiting for %lock' OR t.trx_state = 'LOCK WAIT')
"""
WAITERS = {
    "postgresql": """
        SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
    """,
    "mysql": OF_INNODB,
    "mariadb": OF_INNODB,
}
"""How many sessions of the database wait for a lock, on each backend."""


@contextmanager
def engine(url: str, **options: object) -> Iterator[Engine]:
    """An engine that is disposed of."""
    made = create_engine(url, **options)
    try:
        yield made
    finally:
        made.dispose()


def bookstore(url: str) -> None:
    """Create the tables the incidents use."""
    with engine(url, poolclass=NullPool) as made, made.begin() as connection:
        connection.execute(text("CREATE TABLE books (id INTEGER PRIMARY KEY, title VARCHAR(40))"))
        connection.execute(text("INSERT INTO books VALUES (1, 'one'), (2, 'two')"))


@contextmanager
def leaked(url: str, number: int = 12, statement: str = READ) -> Iterator[list[Connection]]:
    """Sessions that ran one statement under READ COMMITTED and were never closed."""
    with engine(url, pool_size=5, max_overflow=number, isolation_level="READ COMMITTED") as made:
        connections = [made.connect() for _ in range(number)]
        try:
            for connection in connections:
                connection.execute(text(statement)).all()
            yield connections
        finally:
            for connection in connections:
                with suppress(DBAPIError):  # some have been ended by the report's next step
                    connection.close()


@contextmanager
def idle_pool(url: str, number: int = 5) -> Iterator[Engine]:
    """A healthy pool: sessions that worked, gave their connection back and wait for work."""
    with engine(url, pool_size=number, isolation_level="READ COMMITTED") as made:
        connections = [made.connect() for _ in range(number)]
        for connection in connections:
            connection.execute(text(READ)).all()
            connection.close()
        yield made


@contextmanager
def waiting(url: str, *statements: str) -> Iterator[None]:
    """Sessions that run a statement each and, as the test has arranged, wait for a lock."""
    threads: list[threading.Thread] = []
    for statement in statements:
        threads.append(threading.Thread(target=_run, args=(url, statement), daemon=True))
        threads[-1].start()
        eventually(lambda: waiters(url) == len(threads))  # the order in which they queue is part of the incident
    yield
    # Whoever uses this ends the locks first; the waiters then run to their end.


def waiters(url: str) -> int:
    """How many sessions of the database wait for a lock."""
    with engine(url, poolclass=NullPool) as made, made.connect() as connection:
        return int(connection.execute(text(WAITERS[made.dialect.name])).scalar_one())


def _run(url: str, statement: str) -> None:
    with engine(url, poolclass=NullPool) as made:
        try:
            with made.begin() as connection:
                connection.execute(text(statement))
        except DBAPIError:
            pass  # its lock was never granted, or its database was dropped: the incident is over


@contextmanager
def convoy(database: Database) -> Iterator[list[Connection]]:
    """A forgotten reader, an ALTER TABLE that waits for it, and readers that wait for the ALTER."""
    with ExitStack() as stack:
        connections = stack.enter_context(leaked(database.url, 1))
        stack.enter_context(waiting(database.url, "ALTER TABLE books ADD COLUMN year INTEGER", READ, READ))
        time.sleep(1.0)
        yield connections


@contextmanager
def row_lock(url: str) -> Iterator[Connection]:
    """A writer that holds a row and two sessions that want it."""
    with engine(url, poolclass=NullPool) as made, made.connect() as writer:
        writer.execute(text("UPDATE books SET title = 'mine' WHERE id = 1"))
        with waiting(url, *["UPDATE books SET title = 'theirs' WHERE id = 1"] * 2):
            time.sleep(1.0)
            yield writer


def eventually(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until a condition holds.

    Raises:
        AssertionError: it does not, for that long.
    """
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.12)  # InnoDB shows its locks as they were when somebody last looked, unless nobody did for 0.1 s
