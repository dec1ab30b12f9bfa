"""The bookstore again, with transactions: a refund that fails half-way is undone.

Run it with the database's URL. It refuses a refund, prints what the customers were told and what
is in the tables, and waits, so that somebody can look, until its standard input is closed.
"""

import sys

from sqlalchemy import String, create_engine, insert, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

engine = create_engine(sys.argv[1], pool_pre_ping=True)
new_session = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(100))
    balance: Mapped[int]


class NoSuchAccountError(Exception):
    pass


def refund(customer: str, amount: int) -> None:
    with new_session.begin() as session:
        shop, account = Account.owner == "shop", Account.owner == customer
        session.execute(update(Account).where(shop).values(balance=Account.balance - amount))
        if session.scalar(select(Account).where(account)) is None:
            raise NoSuchAccountError(customer)  # the block rolls back
        session.execute(update(Account).where(account).values(balance=Account.balance + amount))


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with new_session.begin() as session:
        session.execute(insert(Account), [{"id": 1, "owner": "shop", "balance": 100}])
    try:
        refund("ada", 30)
    except NoSuchAccountError as error:
        print(f"404 no account of {error}: nothing was booked", flush=True)
    with new_session() as session:
        print(f"the shop had 100 and has {session.scalar(select(Account.balance))}", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
