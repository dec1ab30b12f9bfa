"""A bookstore whose pool does not roll back: what one request left open, the next request commits.

Run it with the database's URL. It refuses an order, and takes another, prints what the customers were told and what
is in the tables, and waits, so that somebody can look, until its standard input is closed.
"""

import sys

from sqlalchemy import String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

# Somebody wanted to save the ROLLBACK of each checkout.
engine = create_engine(sys.argv[1], pool_recycle=1800, pool_reset_on_return=None)
new_session = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer: Mapped[str] = mapped_column(String(100))
    total: Mapped[int]


class RefusedError(Exception):
    pass


def import_order(customer: str, total: int) -> None:
    connection = engine.raw_connection()  # old code, in the driver's own terms
    try:
        cursor = connection.cursor()
        cursor.execute("INSERT INTO orders (customer, total) VALUES (%s, %s)", (customer, total))
        if total < 0:
            raise RefusedError("the total is negative")
        connection.commit()
    finally:
        connection.close()  # back to the pool


def place_order(customer: str, total: int) -> None:
    with new_session.begin() as session:
        session.add(Order(customer=customer, total=total))


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    try:
        import_order("ada", -10)
    except RefusedError as error:
        print(f"422 the order of ada is refused: {error}", flush=True)
    place_order("grace", 20)
    print("200 the order of grace is placed", flush=True)
    with new_session() as session:
        for order in session.scalars(select(Order).order_by(Order.id)):
            print(f"in the table: {order.customer}, {order.total}", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
