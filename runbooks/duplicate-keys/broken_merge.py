"""A nightly copy of the customers that merges objects without a primary key, and so inserts everybody again.

Run it with the database's URL. It copies two nights, logs how each went, and waits, so that somebody can look, until
its standard input is closed.
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


MONDAY = {"ada@example.org": "London", "grace@example.org": "New York"}
TUESDAY = {"ada@example.org": "Turin", "grace@example.org": "New York"}


def copy(customers: dict[str, str]) -> None:
    with Session(engine) as session, session.begin():
        for email, city in customers.items():
            # merge() knows a row by its primary key alone. There is none here, so this is a new customer each night.
            session.merge(Customer(email=email, city=city))


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    for name, customers in {"monday": MONDAY, "tuesday": TUESDAY}.items():
        try:
            copy(customers)
            log.info("copy of %s: done", name)
        except Exception:
            log.exception("copy of %s: failed", name)
    with Session(engine) as session:
        log.info("ada lives in %s", session.scalar(select(Customer.city).where(Customer.email == "ada@example.org")))
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
