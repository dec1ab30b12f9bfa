"""The warehouse again, which does the whole order anew when the server refuses it.

Run it with the database's URL. Both orders read how many there are, one takes its book, and the server refuses the
other, which reads again and takes the next one. It prints what its log would show, and waits, so that somebody can look,
until its standard input is closed.
"""

import random
import sys
import threading
import time
import traceback
from contextlib import suppress

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

engine = create_engine(sys.argv[1], pool_pre_ping=True, isolation_level="REPEATABLE READ")
new_session = sessionmaker(engine)

if engine.dialect.name != "postgresql":

    @event.listens_for(engine, "connect")
    def _(connection, _record):
        # MariaDB's default from 11.6 on; before, and on MySQL, the second order overwrites the first.
        connection.cursor().execute("SET SESSION innodb_snapshot_isolation = ON")


class Base(DeclarativeBase):
    pass


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    stock: Mapped[int]


def is_conflict(error: DBAPIError) -> bool:
    """Deadlock and serialization failure on PostgreSQL; MariaDB's changed record, and deadlock as MySQL says it."""
    code = getattr(error.orig, "pgcode", None) or error.orig.args[0]
    return code in {"40P01", "40001", 1020, 1213}


def in_transaction(work, attempts=3):
    for attempt in range(1, attempts):
        try:
            return once(work)
        except DBAPIError as error:
            if not is_conflict(error):
                raise
        time.sleep(0.1 * 2**attempt * random.random())  # noqa: S311 - not both at the same moment again
    return once(work)


def once(work):
    with new_session.begin() as session:  # a new session reads anew
        return work(session)


def order(have_read: threading.Barrier) -> None:
    def take_one(session: Session) -> int:
        book = session.get_one(Book, 1)
        wait_for_the_other(have_read)
        book.stock -= 1
        session.flush()
        return book.stock

    try:
        print(f"order: 200, {in_transaction(take_one)} left", flush=True)
    except DBAPIError:
        print(f"order: 500\n{traceback.format_exc()}", flush=True)


def wait_for_the_other(have_read: threading.Barrier) -> None:
    """Stands for bad luck: both orders have read, and neither has written yet."""
    with suppress(threading.BrokenBarrierError):
        have_read.wait(timeout=0.5)


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with new_session.begin() as session:
        session.add(Book(id=1, stock=10))
    have_read = threading.Barrier(2)
    orders = [threading.Thread(target=order, args=[have_read]) for _ in range(2)]
    for each in orders:
        each.start()
    for each in orders:
        each.join()
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
