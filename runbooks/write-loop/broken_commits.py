"""A bookstore that loads a wholesaler's file with a commit for each row.

Run it with the database's URL. It loads the delivery, prints how many products there are then, and waits, so that
somebody can look, until its standard input is closed.
"""

import sys
from typing import Any

from sqlalchemy import String, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine(sys.argv[1], pool_pre_ping=True)
DELIVERY = [{"sku": f"book-{number}", "price": 10 + number % 7} for number in range(40)]
"""What the wholesaler's file says."""


class Base(DeclarativeBase):
    pass


class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(String(40), unique=True)
    price: Mapped[int]


def load(rows: list[dict[str, Any]]) -> None:
    with Session(engine) as session:
        for row in rows:
            session.add(Product(**row))
            session.commit()  # a transaction, and a flush of the disk, for each row


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    load(DELIVERY)
    with Session(engine) as session:
        print(f"loaded: {session.scalar(select(func.count()).select_from(Product))} products", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
