"""A bookstore whose handler leaves its session open when a book is not found.

Run it with the database's URL. It serves requests until the pool is empty, prints the error that
the API would answer with, and waits, so that somebody can look at the database, until its standard
input is closed.
"""

import sys
import traceback

from sqlalchemy import ForeignKey, String, create_engine, select
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

engine = create_engine(sys.argv[1], pool_size=5, max_overflow=10, pool_timeout=1, pool_pre_ping=True)
SessionLocal = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))


class NotFoundError(Exception):
    """What the API turns into a 404."""


def show_book(book_id: int) -> str:
    session = SessionLocal()
    book = session.scalar(select(Book).where(Book.id == book_id))
    if book is None:
        # The exception leaves before close(). The web framework keeps it, and with it this frame and
        # the session, for its error reports: nothing gives the connection back.
        raise NotFoundError(book_id)
    session.close()
    return book.title


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    error_reports = []
    for request in range(1, 101):
        try:
            show_book(book_id=request)
        except NotFoundError as error:
            error_reports.append(error)
        except PoolTimeoutError:
            print(f"request {request}: 500", flush=True)
            traceback.print_exc()
            break
    else:
        print("100 requests: no error", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
