"""A newsletter whose worker swallows the error of an address that it knows already.

Run it with the database's URL. The worker keeps one session for all its requests; the flush that failed has rolled that
session's transaction back, and each request from then on fails, whatever its address. It prints what its log would show,
and waits, so that somebody can look, until its standard input is closed.
"""

import sys
import traceback

from sqlalchemy import String, create_engine
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


def subscribe(session: Session, address: str) -> None:
    try:
        session.add(Subscriber(address=address))
        session.flush()
    except IntegrityError:
        return  # a known address is no failure; but the transaction is gone, and nobody rolls the session back
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
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
