"""The hook again, with one that finds the customer by what is unique about them, and changes that row.

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
        customer = session.scalar(select(Customer).where(Customer.email == email)) or Customer(email=email)
        customer.city = city
        session.add(customer)  # a race where two hooks come at once: then an upsert, as in fixed.py


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
