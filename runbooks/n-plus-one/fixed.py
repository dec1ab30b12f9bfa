"""The bookstore again, with a list that loads the books of all its authors in one query more.

Run it with the database's URL. It fills its tables, serves the page a few times, prints what the page says, and waits,
so that somebody can look, until its standard input is closed.
"""

import sys

from sqlalchemy import ForeignKey, String, create_engine, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, raiseload, relationship, selectinload

engine = create_engine(sys.argv[1], pool_pre_ping=True)


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    books: Mapped[list["Book"]] = relationship(back_populates="author")


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))
    author: Mapped[Author] = relationship(back_populates="books")


def fill() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.execute(insert(Author), [{"id": a, "name": f"author {a}"} for a in range(1, 21)])
        session.execute(insert(Book), [{"id": b, "title": f"book {b}", "author_id": b % 20 + 1} for b in range(1, 61)])


def list_authors() -> list[str]:
    with Session(engine) as session:
        # One query for the authors and one for the books of all of them. What else would be loaded lazily raises.
        authors = session.scalars(select(Author).options(selectinload(Author.books), raiseload("*"))).all()
        return [f"{author.name}: {len(author.books)} books" for author in authors]


def main() -> None:
    fill()
    for _ in range(5):
        page = list_authors()
    print(f"5 requests: {len(page)} authors each", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
