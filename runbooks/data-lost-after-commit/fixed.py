"""The bookstore again, which commits an order where its block ends.

Run it with the database's URL. It takes some orders, prints what the customers were told and what
is in the tables, and waits, so that somebody can look, until its standard input is closed.
"""

import sys

from sqlalchemy import String, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

engine = create_engine(sys.argv[1], pool_pre_ping=True)
new_session = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer: Mapped[str] = mapped_column(String(100))
    total: Mapped[int]


def place_order(customer: str, total: int) -> str:
    with new_session.begin() as session:
        order = Order(customer=customer, total=total)
        session.add(order)
        session.flush()  # sends the INSERT and fetches the key; the end of the block commits it
        return f"200 order {order.id} of {customer} is placed"


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    for number in range(1, 5):
        print(place_order(f"customer {number}", total=10 * number), flush=True)
    with new_session() as session:
        print(f"in the table: {session.scalar(select(func.count()).select_from(Order))} orders", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
