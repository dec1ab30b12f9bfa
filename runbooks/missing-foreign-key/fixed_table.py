"""The bookstore again, with a foreign key that names the table as it is called.

Run it with the database's URL. It tries to create its tables, logs how that ended, and waits, so that somebody can look,
until its standard input is closed.
"""

import logging
import sys

from sqlalchemy import ForeignKey, create_engine, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
log = logging.getLogger("bookstore")

engine = create_engine(sys.argv[1])


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))


def main() -> None:
    with engine.begin() as connection:
        for table in ("books", "authors"):
            connection.execute(text(f"DROP TABLE IF EXISTS {table}"))
    try:
        Base.metadata.create_all(engine)
        log.info("tables created")
    except Exception:
        log.exception("tables not created")
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
