"""A bookstore that raises its prices with an UPDATE and a commit for each product.

Run it with the database's URL. It fills its table, raises the low prices, prints how many were raised, and waits, so
that somebody can look, until its standard input is closed.
"""

import sys

from sqlalchemy import String, create_engine, insert, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine(sys.argv[1], pool_pre_ping=True)


class Base(DeclarativeBase):
    pass


class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(String(40), unique=True)
    price: Mapped[int]


LOW = Product.price < 14


def fill() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.execute(insert(Product), [{"sku": f"book-{n}", "price": 10 + n % 7} for n in range(40)])


def raise_prices(by: int) -> int:
    with Session(engine) as session:
        keys = session.scalars(select(Product.id).where(LOW)).all()
        for key in keys:
            session.execute(update(Product).where(Product.id == key).values(price=Product.price + by))
            session.commit()  # half of the prices are raised if it stops here
        return len(keys)


def main() -> None:
    fill()
    print(f"raised: {raise_prices(by=1)} prices", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
