"""A bookstore that asks for one and the same setting for each line of a page.

Run it with the database's URL. It fills its tables, serves the page a few times, prints what the page says, and waits,
so that somebody can look, until its standard input is closed.
"""

import sys

from sqlalchemy import String, create_engine, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine(sys.argv[1], pool_pre_ping=True)


class Base(DeclarativeBase):
    pass


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    price: Mapped[int]


class Setting(Base):
    __tablename__ = "settings"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    value: Mapped[str] = mapped_column(String(100))


def fill() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.execute(insert(Book), [{"id": b, "title": f"book {b}", "price": 10 + b} for b in range(1, 61)])
        session.execute(insert(Setting), [{"id": 1, "name": "currency", "value": "EUR"}])


def setting(session: Session, name: str) -> str:
    # The session remembers objects, not queries: this is one more for each call, whoever has asked before.
    return session.scalars(select(Setting).where(Setting.name == name)).one().value


def line(session: Session, book: Book) -> str:
    return f"{book.title}: {book.price} {setting(session, 'currency')}"


def price_list() -> list[str]:
    with Session(engine) as session:
        return [line(session, book) for book in session.scalars(select(Book)).all()]


def main() -> None:
    fill()
    for _ in range(5):
        page = price_list()
    print(f"5 requests: {len(page)} books each, the first one {page[0]}", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
