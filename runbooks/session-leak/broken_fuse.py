"""A job that keeps one session open between its rounds, on a server that ends idle transactions (PostgreSQL).

Run it with the database's URL. It looks for cheap books twice, with a pause that is longer than the server allows a
transaction to idle, prints what its log would show, and waits, so that somebody can look, until its standard input is
closed.
"""

import logging
import sys
import time

from sqlalchemy import String, create_engine, make_url, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

engine = create_engine(
    make_url(sys.argv[1]).set(drivername="postgresql+psycopg"),
    connect_args={"options": "-c idle_in_transaction_session_timeout=500ms"},  # 60 s in real life
    pool_pre_ping=True,
)
SessionLocal = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    price: Mapped[int]


class CheapBooks:
    """The job. Its session is as old as it is, and holds a transaction from the first round on."""

    def __init__(self) -> None:
        self.session = SessionLocal()

    def look(self) -> list[str]:
        return list(self.session.scalars(select(Book.title).where(Book.price < 5)))


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with SessionLocal.begin() as session:
        session.add(Book(title="Emma", price=4))
    job = CheapBooks()
    for number in (1, 2):
        try:
            logging.info("round %d: %s", number, job.look())
        except Exception:
            logging.exception("round %d failed", number)
        time.sleep(1)
    print("ready", flush=True)
    sys.stdin.read()
    engine.dispose()


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stdout, level="INFO")
    main()
