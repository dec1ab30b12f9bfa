"""The bank again, whose transfers lock accounts in one order, whoever pays whom.

Run it with the database's URL. Two transfers between the same accounts, one each way, meet, and one waits for the other.
It prints what its log would show, and waits, so that somebody can look, until its standard input is closed.
"""

import sys
import threading
import traceback
from contextlib import suppress

from sqlalchemy import create_engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

engine = create_engine(sys.argv[1], pool_pre_ping=True)
new_session = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    balance: Mapped[int]


def locked(account_id: int):
    return select(Account).where(Account.id == account_id).with_for_update()


def transfer(source: int, target: int, amount: int, meet: threading.Barrier) -> None:
    with new_session.begin() as session:
        accounts = {}
        for account_id in sorted((source, target)):  # both lock 1 first, so whoever has it gets 2 as well
            accounts[account_id] = session.scalars(locked(account_id)).one()
            wait_for_the_other(meet)
        accounts[source].balance -= amount
        accounts[target].balance += amount


def wait_for_the_other(meet: threading.Barrier) -> None:
    """Stands for bad luck: both transfers have locked their first account, where nothing keeps the other from it."""
    with suppress(threading.BrokenBarrierError):
        meet.wait(timeout=0.5)


def request(source: int, target: int, meet: threading.Barrier) -> None:
    try:
        transfer(source, target, 10, meet)
        print(f"from {source} to {target}: 200", flush=True)
    except DBAPIError:
        print(f"from {source} to {target}: 500\n{traceback.format_exc()}", flush=True)


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with new_session.begin() as session:
        session.add_all([Account(id=1, balance=100), Account(id=2, balance=100)])
    meet = threading.Barrier(2)
    requests = [threading.Thread(target=request, args=[*way, meet]) for way in ((1, 2), (2, 1))]
    for each in requests:
        each.start()
    for each in requests:
        each.join()
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
