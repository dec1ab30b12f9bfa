"""The bookstore again, whose commits leave the attributes of objects as they are.

Run it with the database's URL. It fills its tables, serves a request, prints the answer or logs the error, and waits,
so that somebody can look, until its standard input is closed.
"""

import logging
import sys

from sqlalchemy import ForeignKey, String, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, sessionmaker

logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
logger = logging.getLogger("shop.web")
engine = create_engine(sys.argv[1], pool_pre_ping=True)
new_session = sessionmaker(engine, expire_on_commit=False)


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


def add_author(name: str) -> Author:
    with new_session.begin() as session:
        author = Author(name=name)
        session.add(author)
    return author


def post_author(name: str) -> str:
    author = add_author(name)
    # As they were written, and as the database gave them back at the INSERT: no session is needed.
    return f"201 author {author.id}: {author.name}"


def main() -> None:
    fill()
    try:
        print(post_author("Grace"), flush=True)
    except Exception:
        logger.exception("POST /authors: 500")
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
