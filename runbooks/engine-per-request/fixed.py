"""The bookstore again, with one engine for the process, made when it is first used.

Run it with the database's URL. It serves some requests, prints how many connections that took, and waits, so that
somebody can look, until its standard input is closed.
"""

import sys
from functools import cache

from sqlalchemy import Engine, String, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

URL = sys.argv[1]
opened = []
event.listen(Engine, "connect", lambda *_: opened.append(1))


class Base(DeclarativeBase):
    pass


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))


@cache
def get_engine() -> Engine:
    return create_engine(URL, pool_pre_ping=True)


def count_books(prefix: str) -> int:
    with Session(get_engine()) as session:
        return len(session.scalars(select(Book.id).where(Book.title.startswith(prefix))).all())


def main() -> None:
    Base.metadata.drop_all(get_engine())
    Base.metadata.create_all(get_engine())
    for prefix in "abcdefghijklmnopqrstuvwxyz":
        count_books(prefix)
    print(f"connections opened for 26 requests: {len(opened)}", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
