"""A bookstore that keeps an author in a cache, and reads the author's books from there in a later request.

Run it with the database's URL. It fills its tables, serves a request, prints the answer or logs the error, and waits,
so that somebody can look, until its standard input is closed.
"""

import logging
import sys

from sqlalchemy import ForeignKey, String, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, sessionmaker

logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
logger = logging.getLogger("shop.web")
engine = create_engine(sys.argv[1], pool_pre_ping=True)
new_session = sessionmaker(engine)
cache: dict[int, "Author"] = {}


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


def warm_up() -> None:
    with new_session() as session:
        cache.update({author.id: author for author in session.scalars(select(Author))})


def show_author(author_id: int) -> str:
    with new_session() as session:
        author = cache[author_id]  # of a session that is long closed; this one does not know it
        stock = session.scalar(select(func.count()).select_from(Book))
        return f"{author.name}: {', '.join(book.title for book in author.books)} ({stock} books in stock)"


def main() -> None:
    fill()
    warm_up()
    try:
        print(show_author(1), flush=True)
    except Exception:
        logger.exception("GET /authors/1: 500")
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
