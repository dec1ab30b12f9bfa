"""The shop with two bases again, creating the tables of both.

Run it with the database's URL. It sets the database up, serves a request, logs how that ended, and waits, so that
somebody can look, until its standard input is closed.
"""

import logging
import sys

from sqlalchemy import String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
log = logging.getLogger("shop")

engine = create_engine(sys.argv[1])


class Base(DeclarativeBase):
    pass


class BillingBase(DeclarativeBase):
    """A second base has metadata of its own."""


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    city: Mapped[str] = mapped_column(String(50))


class Invoice(BillingBase):
    __tablename__ = "invoices"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]


def list_invoices() -> list[int]:
    with Session(engine) as session:
        return list(session.scalars(select(Invoice.total)))


def main() -> None:
    for metadata in (Base.metadata, BillingBase.metadata):
        metadata.drop_all(engine)
    for metadata in (Base.metadata, BillingBase.metadata):
        metadata.create_all(engine)

    try:
        log.info("GET /invoices: 200 %s", list_invoices())
    except Exception:
        log.exception("GET /invoices: 500")
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
