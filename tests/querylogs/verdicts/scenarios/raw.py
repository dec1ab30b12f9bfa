"""Statements without SQLAlchemy's compiler: a driver's cursor. Its echo does not show them."""

from sqlalchemy import Engine

from tests.querylogs.verdicts.case import Expected, finds, not_on, silent
from tests.querylogs.verdicts.library import AUTHORS
from tests.querylogs.verdicts.scenarios.writes import MANY

UNSEEN = "what runs on a cursor of the driver is not echoed"


@not_on("sqlalchemy-echo", because=UNSEEN)
@finds(Expected("loop-lookup", "query", None, None, AUTHORS))
def cursor_loop(engine: Engine) -> None:
    bind = "$1" if engine.dialect.driver == "asyncpg" else "%s"
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT id, name FROM authors")
        for key, _ in cursor.fetchall():
            cursor.execute(f"SELECT title, stock FROM books WHERE author_id = {bind}", (key,))
            assert cursor.fetchall()
        cursor.close()
    finally:
        connection.close()


@not_on("sqlalchemy-echo", because=UNSEEN)
@not_on("psycopg2", because="it sends an INSERT for each row: nothing but the pace tells that from a loop")
@silent
def cursor_executemany(engine: Engine) -> None:
    binds = "$1, $2" if engine.dialect.driver == "asyncpg" else "%s, %s"
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        rows = [("cursor", f"new {n}") for n in range(MANY)]
        cursor.executemany(f"INSERT INTO notes (topic, text) VALUES ({binds})", rows)
        cursor.close()
        connection.commit()
    finally:
        connection.close()
