"""A warehouse that goes through a list of objects which it loaded before: some of their rows are gone by then.

Run it with the database's URL. While the list is worked through, the shop withdraws an order. It logs what came of
that, and waits, so that somebody can look, until its standard input is closed.
"""

import logging
import sys

from sqlalchemy import String, create_engine, delete, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
log = logging.getLogger("warehouse")

engine = create_engine(sys.argv[1])


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(50))
    state: Mapped[str] = mapped_column(String(20), default="new")


def withdraw(order_id: int) -> None:
    """What a customer does in the shop, meanwhile."""
    with Session(engine) as session, session.begin():
        session.execute(delete(Order).where(Order.id == order_id))


def ship_all() -> None:
    with Session(engine) as session:
        for order in session.scalars(select(Order).order_by(Order.id)).all():
            # The commit of the order before has expired this one: this reads its row again.
            log.info("order to %s: shipped", order.address)
            order.state = "shipped"
            session.commit()
            withdraw(order_id=2)


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add_all(Order(id=number, address=f"{number} High Street") for number in (1, 2, 3))
    try:
        ship_all()
    except Exception:
        log.exception("shipping stopped")
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
