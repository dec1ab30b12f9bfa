"""A bookstore with one session, made where the module is imported and used by every request.

Run it with the database's URL. It serves a page, lets the shop change a price, serves the page again, prints what the
customer saw, and waits, so that somebody can look at the database, until its standard input is closed. On MySQL and
MariaDB the customer sees the old price: the transaction shows the database as it was at its first SELECT.
"""

import sys
import time

from sqlalchemy import String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine(sys.argv[1], pool_pre_ping=True)
session = Session(engine)  # opens a transaction with its first statement, and nothing ends it


class Base(DeclarativeBase):
    pass


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    price: Mapped[int]


def show_price(title: str) -> int:
    book = session.scalars(select(Book).where(Book.title == title)).one()
    return book.price


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as shop, shop.begin():
        shop.add(Book(id=1, title="Emma", price=10))
    print(f"the page shows {show_price('Emma')}", flush=True)
    with Session(engine) as shop, shop.begin():
        shop.get_one(Book, 1).price = 12
    print(f"the shop has changed the price to 12, and the page shows {show_price('Emma')}", flush=True)
    time.sleep(1)  # no request for a while
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
