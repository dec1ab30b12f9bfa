"""The newsletter again, whose worker expects the error of a known address within a savepoint.

Run it with the URL of a PostgreSQL database. What fails takes back its own part alone, the request is counted, and the
requests after it go on. It prints what its log would show, and waits, so that somebody can look, until its standard input
is closed.
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
        with session.begin_nested():  # rolls back to its beginning, and lets the error out
            session.execute(insert(Subscriber).values(address=address))
    except IntegrityError:
        pass  # a known address is no failure
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
