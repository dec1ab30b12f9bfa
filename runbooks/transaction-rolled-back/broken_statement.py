"""A newsletter that counts its requests, and swallows the error of an address that it knows already.

Run it with the URL of a PostgreSQL database. The statement that failed has spoilt the transaction of the worker's only
session, and the server refuses whatever comes next. It prints what its log would show, and waits, so that somebody can
look, until its standard input is closed.
"""

import sys
import time
import traceback

from sqlalchemy import String, create_engine, insert
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

engine = create_engine(sys.argv[1], pool_pre_ping=True)
new_session = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Subscriber(Base):
    __tablename__ = "subscribers"
    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(100), unique=True)


class Request(Base):
    __tablename__ = "requests"
    id: Mapped[int] = mapped_column(primary_key=True)


def subscribe(session: Session, address: str) -> None:
    session.execute(insert(Request))
    try:
        session.execute(insert(Subscriber).values(address=address))
    except IntegrityError:
        return  # a known address is no failure; but the transaction has failed, and nobody rolls it back
    session.commit()


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    session = new_session()
    for address in ("ada@example.com", "ada@example.com", "bob@example.com"):
        try:
            subscribe(session, address)
            print(f"{address}: 200", flush=True)
        except SQLAlchemyError:
            print(f"{address}: 500", flush=True)
            traceback.print_exc()
    time.sleep(0.5)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
