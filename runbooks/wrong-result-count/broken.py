"""A shop that asks for exactly one customer by e-mail address, in a table that allows two and may hold none.

Run it with the database's URL. One customer signs up twice, then three log in; it logs what they were told, and waits,
so that somebody can look, until its standard input is closed.
"""

import logging
import sys

from sqlalchemy import String, create_engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
log = logging.getLogger("shop")

engine = create_engine(sys.argv[1])


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(200))  # nothing keeps a second row with the same address out


def sign_up(email: str) -> int:
    try:
        with Session(engine) as session, session.begin():
            session.add(Customer(email=email))
    except IntegrityError:
        return 409
    return 201


def log_in(email: str) -> int:
    with Session(engine) as session:
        session.scalars(select(Customer).where(Customer.email == email)).one()
        return 200


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    for email in ("ada@example.org", "grace@example.org", "ada@example.org"):
        log.info("POST /customers: %s", sign_up(email))
    for email in ("ada@example.org", "grace@example.org", "hedy@example.org"):
        try:
            log.info("POST /login: %s", log_in(email))
        except Exception:
            log.exception("POST /login: 500")
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
