"""A warehouse at REPEATABLE READ, where two orders take the same book at once.

Run it with the database's URL. Both orders read how many there are, one takes its book, and the server refuses the other:
what it has read is no longer so. It prints what its log would show, and waits, so that somebody can look, until its
standard input is closed.
"""

import sys
import threading
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


def in_transaction(work):
    return once(work)


def once(work):
    with new_session.begin() as session:
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
