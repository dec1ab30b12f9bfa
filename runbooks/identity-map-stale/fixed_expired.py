"""The warehouse again, going through a list of keys: each order is looked up when it is its turn.

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
        for order_id in session.scalars(select(Order.id).order_by(Order.id)).all():
            order = session.get(Order, order_id, with_for_update=True)
            if order is None:
                continue
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
