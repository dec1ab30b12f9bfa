"""A bookstore whose nightly job changes all prices in one transaction, while the shop is open.

Run it with the database's URL. The job locks each book it changes until the last one is done; two sales wait for the
first book, and a third gives up. It prints what its log would show, and waits, so that somebody can look, until its
standard input is closed.
"""

import sys
import threading
import time
import traceback

from sqlalchemy import String, create_engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

engine = create_engine(sys.argv[1], pool_pre_ping=True)
new_session = sessionmaker(engine)
is_postgresql = engine.dialect.name == "postgresql"

LOOK_UP_PRICE = select(func.pg_sleep(0.1) if is_postgresql else func.sleep(0.1))
"""Stands for a query that takes its time."""
GIVE_UP_SOON = text("SET LOCAL lock_timeout = '1s'" if is_postgresql else "SET SESSION innodb_lock_wait_timeout = 1")


class Base(DeclarativeBase):
    pass


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    price: Mapped[int]
    sold: Mapped[int]


def change_prices(is_at_work: threading.Event) -> None:
    with new_session() as session:
        book_ids = session.scalars(select(Book.id).order_by(Book.id)).all()
        for book_id in book_ids:
            change_price(session, book_id)
            is_at_work.set()
        session.commit()  # after the last book: until then nobody can sell the first


def change_price(session: Session, book_id: int) -> None:
    book = session.get_one(Book, book_id)
    book.price += 1
    session.flush()
    session.execute(LOOK_UP_PRICE)


def sell(book_id: int, *, patient: bool = True) -> None:
    with new_session.begin() as session:
        if not patient:
            session.execute(GIVE_UP_SOON)
        session.get_one(Book, book_id, with_for_update=True).sold += 1


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with new_session.begin() as session:
        session.add_all(Book(id=number, title=f"book {number}", price=10, sold=0) for number in range(1, 601))

    is_at_work = threading.Event()
    threading.Thread(target=change_prices, args=[is_at_work], daemon=True).start()
    is_at_work.wait()
    for _ in range(2):
        threading.Thread(target=sell, args=[1], daemon=True).start()
    time.sleep(0.3)
    try:
        sell(1, patient=False)
        print("sold book 1", flush=True)
    except DBAPIError:
        print("book 1 cannot be sold now", flush=True)
        traceback.print_exc()
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
