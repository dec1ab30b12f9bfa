"""A bookstore whose nightly job settles all its orders in one transaction, while the shop goes on selling.

Run it with the database's URL. The job's transaction stays open until the last order is settled; meanwhile customers
order, each in a transaction of their own. It prints what its log would show, and waits, so that somebody can look, until
its standard input is closed.
"""

import sys
import threading
import time

from sqlalchemy import create_engine, func, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

engine = create_engine(sys.argv[1], pool_pre_ping=True)
new_session = sessionmaker(engine)

CALCULATE = select(func.pg_sleep(0.1) if engine.dialect.name == "postgresql" else func.sleep(0.1))
"""Stands for a query that takes its time."""


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    settled: Mapped[bool]


def settle_all(is_at_work: threading.Event) -> None:
    with new_session.begin() as session:  # one transaction, as long as the night
        for order_id in range(1, 601):
            settle(session, order_id)
            is_at_work.set()


def settle(session: Session, order_id: int) -> None:
    session.execute(update(Order).where(Order.id == order_id).values(settled=True))
    session.execute(CALCULATE)


def place(order_id: int) -> None:
    with new_session.begin() as session:
        session.add(Order(id=order_id, settled=False))


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with new_session.begin() as session:
        session.add_all(Order(id=number, settled=False) for number in range(1, 601))

    is_at_work = threading.Event()
    threading.Thread(target=settle_all, args=[is_at_work], daemon=True).start()
    is_at_work.wait()
    for order_id in range(1001, 1251):
        place(order_id)
        time.sleep(0.01)
    print("250 orders taken while the job is at work", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
