"""A bookstore that pays with a two-phase commit, and loses its power between the phases.

Run it with the database's URL. A worker process prepares a payment and dies before it commits it; the next payment of the
same order waits for a lock that no session holds. It prints what its log would show, and waits, so that somebody can look,
until its standard input is closed.
"""

import os
import subprocess
import sys
import threading
import time

from sqlalchemy import create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine(sys.argv[1], pool_pre_ping=True)


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    paid: Mapped[int]


def name_of(payment_id: int) -> str:
    """A transaction's name that says whose it is, also to whoever finds it in the server a year later."""
    return f"bookstore-{engine.url.database}-payment-{payment_id}"


def pay(payment_id: int, order_id: int) -> None:
    with (
        engine.connect() as connection,
        connection.begin_twophase(name_of(payment_id)) as transaction,
        Session(connection) as session,
    ):
        session.get_one(Order, order_id, with_for_update=True).paid += 10
        session.flush()
        transaction.prepare()
        transaction.commit()
    print(f"payment {payment_id} is done", flush=True)


def lose_power(*_: object) -> None:
    print("the worker is gone", flush=True)
    os._exit(1)


def work() -> None:
    """The worker process, which dies just before the server is told to commit."""
    event.listen(engine, "commit", lose_power)
    event.listen(engine, "commit_twophase", lose_power)
    pay(payment_id=1, order_id=1)


def finish_leftovers() -> None:
    """Roll back what an earlier run has left: its worker is dead, and nobody else knows of it."""
    rollback = "ROLLBACK PREPARED" if engine.dialect.name == "postgresql" else "XA ROLLBACK"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        found = connection.recover_twophase()
        if name_of(1) in found or name_of(1).encode() in found:  # MariaDB's are bytes
            connection.exec_driver_sql(f"{rollback} '{name_of(1)}'")


def main() -> None:
    finish_leftovers()
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add(Order(id=1, paid=0))

    subprocess.run([sys.executable, __file__, sys.argv[1], "work"], check=False)  # noqa: S603
    threading.Thread(target=pay, args=[2, 1], daemon=True).start()
    time.sleep(1.3)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    work() if "work" in sys.argv else main()
