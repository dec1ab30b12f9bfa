"""A bookstore that reads an author's books after it has closed the session that the author came from.

Run it with the database's URL. It fills its tables, serves a request, prints the answer or logs the error, and waits,
so that somebody can look, until its standard input is closed.
"""

import logging
import sys

from sqlalchemy import ForeignKey, String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, sessionmaker

logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
logger = logging.getLogger("shop.web")
engine = create_engine(sys.argv[1], pool_pre_ping=True)
new_session = sessionmaker(engine)


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
    with new_session.begin() as session:
        session.add(Author(name="Ada", books=[Book(title="Notes"), Book(title="Letters")]))


def find_author(author_id: int) -> Author:
    with new_session() as session:
        return session.scalars(select(Author).where(Author.id == author_id)).one()


def show_author(author_id: int) -> str:
    author = find_author(author_id)
    # The name was loaded, the books were not: they would be loaded now, and there is no session to do it.
    return f"{author.name}: {', '.join(book.title for book in author.books)}"


def main() -> None:
    fill()
    try:
        print(show_author(1), flush=True)
    except Exception:
        logger.exception("GET /authors/1: 500")
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
