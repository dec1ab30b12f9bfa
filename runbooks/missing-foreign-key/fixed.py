"""The bookstore again, with the foreign key that the relationship of authors to their books goes by.

Run it with the database's URL. It serves two requests, logs how they ended, and waits, so that somebody can look, until
its standard input is closed.
"""

import logging
import sys

from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
log = logging.getLogger("bookstore")

engine = create_engine(sys.argv[1])


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[list["Book"]] = relationship()


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"), index=True)


def list_authors() -> list[int]:
    with Session(engine) as session:
        return list(session.scalars(select(Author.id)))


def list_books() -> list[int]:
    with Session(engine) as session:
        return list(session.scalars(select(Book.id)))


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    for page in (list_authors, list_books):
        try:
            log.info("%s: 200 %s", page.__name__, page())
        except Exception:
            log.exception("%s: 500", page.__name__)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
