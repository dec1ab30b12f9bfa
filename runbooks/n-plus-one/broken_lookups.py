"""A bookstore that looks up the books of a cart one by one.

Run it with the database's URL. It fills its tables, prices a cart a few times, prints the total, and waits, so that
somebody can look, until its standard input is closed.
"""

import sys

from sqlalchemy import String, create_engine, func, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine(sys.argv[1], pool_pre_ping=True)
CART = {book_id: book_id % 3 + 1 for book_id in range(3, 43, 2)}
"""The copies that a customer wants, by book: it comes from a cookie, not from the database."""


class Base(DeclarativeBase):
    pass


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    price: Mapped[int]


def fill() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.execute(insert(Book), [{"id": b, "title": f"book {b}", "price": 10 + b} for b in range(1, 61)])


def total(cart: dict[int, int]) -> int:
    with Session(engine) as session:
        # As many queries as there are books in the cart.
        books = {book_id: session.get_one(Book, book_id) for book_id in cart}
        return sum(copies * books[book_id].price for book_id, copies in cart.items())


def main() -> None:
    fill()
    with Session(engine) as session:
        print(f"{session.scalar(select(func.count()).select_from(Book))} books in stock", flush=True)
    for _ in range(5):
        cost = total(CART)
    print(f"5 carts: {len(CART)} books for {cost} each", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
