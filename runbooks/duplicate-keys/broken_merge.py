"""A hook that merges each customer it is told of, without a primary key, and so inserts everybody again.

Run it with the database's URL. It is told of one customer twice, logs how that went, and waits, so that somebody can
look, until its standard input is closed.
"""

import logging
import sys

from sqlalchemy import String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
log = logging.getLogger("customers")

engine = create_engine(sys.argv[1])


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(200), unique=True)
    city: Mapped[str] = mapped_column(String(50))


def save(email: str, city: str) -> None:
    with Session(engine) as session, session.begin():
        # merge() knows a row by its primary key alone. There is none here, so this is somebody new each time.
        session.merge(Customer(email=email, city=city))


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    for city in ("London", "Turin"):
        try:
            save("ada@example.org", city)
            log.info("POST /hooks/customer: 204")
        except Exception:
            log.exception("POST /hooks/customer: 500")
    with Session(engine) as session:
        log.info("ada lives in %s", session.scalar(select(Customer.city).where(Customer.email == "ada@example.org")))
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
