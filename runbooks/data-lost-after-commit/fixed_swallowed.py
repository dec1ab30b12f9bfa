"""The bookstore again, with a savepoint around the statement that may fail.

Run it with the database's URL. It takes orders of one customer, prints what the customers were told and what
is in the tables, and waits, so that somebody can look, until its standard input is closed.
"""

import sys

from sqlalchemy import String, create_engine, func, insert, select
from sqlalchemy.exc import IntegrityError
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


class Address(Base):
    __tablename__ = "addresses"
    email: Mapped[str] = mapped_column(String(100), primary_key=True)


def place_order(customer: str, total: int) -> str:
    with new_session() as session:
        session.add(Order(customer=customer, total=total))
        session.flush()
        try:
            with session.begin_nested():
                session.execute(insert(Address), [{"email": f"{customer}@example.com"}])
        except IntegrityError as error:
            # The block has rolled back to its savepoint, and the transaction goes on.
            print(f"WARNING address is known already: {str(error.orig).splitlines()[0]}", flush=True)
        session.commit()
        return f"200 the order of {total} by {customer} is placed"


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    for number in range(1, 5):
        print(place_order("ada", total=10 * number), flush=True)
    with new_session() as session:
        print(f"in the table: {session.scalar(select(func.count()).select_from(Order))} orders", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
