"""A crowded server: hundreds of sessions, some leaked, and a queue behind one lock."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import NullPool, text
from sqlalchemy.exc import DBAPIError

from tests.incidents import READ, bookstore, engine
from tests.servers.model import Database

SESSIONS, LEAKED, WAITERS = 500, 50, 20


@contextmanager
def crowd(database: Database) -> Iterator[None]:
    """500 sessions, 50 of them idle in transaction, 20 in a queue for one row."""
    bookstore(database.url)
    with engine(database.url, poolclass=NullPool) as made:
        idle = [made.connect() for _ in range(SESSIONS - LEAKED - WAITERS)]
        for connection in idle:
            connection.rollback()
        leaked = [made.connect() for _ in range(LEAKED)]
        leaked[0].execute(text("UPDATE books SET title = 'held' WHERE id = 1"))
        for connection in leaked[1:]:
            connection.execute(text(READ)).all()
        waiters = [threading.Thread(target=_wait, args=(database.url,), daemon=True) for _ in range(WAITERS)]
        for waiter in waiters:
            waiter.start()
        time.sleep(2)
        try:
            yield
        finally:
            for connection in [*leaked, *idle]:
                connection.close()
            for waiter in waiters:
                waiter.join(timeout=10)


def _wait(url: str) -> None:
    with engine(url, poolclass=NullPool) as made, suppress(DBAPIError), made.begin() as connection:
        connection.execute(text("UPDATE books SET title = 'wanted' WHERE id = 1"))
