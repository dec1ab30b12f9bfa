"""The bookstore again, with a pool that keeps its connections.

Run it with the database's URL. It serves some requests, prints how many connections that took, and waits, so that
somebody can look, until its standard input is closed.
"""

import sys

from sqlalchemy import String, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine(sys.argv[1], pool_pre_ping=True)
opened = []
event.listen(engine, "connect", lambda *_: opened.append(1))


class Base(DeclarativeBase):
    pass


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))


def count_books(prefix: str) -> int:
    with Session(engine) as session:
        return len(session.scalars(select(Book.id).where(Book.title.startswith(prefix))).all())


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    for prefix in "abcdefghijklmnopqrstuvwxyz":
        count_books(prefix)
    print(f"connections opened for 26 requests: {len(opened)}", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
