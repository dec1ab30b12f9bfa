"""A warehouse whose worker keeps one session for as long as it runs, and so works on orders as they once were.

Run it with the database's URL. While the worker runs, the shop changes one order and withdraws another. It logs what
the worker made of that, and waits, so that somebody can look, until its standard input is closed.
"""

import logging
import sys

from sqlalchemy import String, create_engine, delete, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
log = logging.getLogger("warehouse")

engine = create_engine(sys.argv[1])
new_session = sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(50))
    state: Mapped[str] = mapped_column(String(20), default="new")


def ship(session: Session, order_id: int) -> None:
    order = session.get(Order, order_id)  # no query if the session has the object already
    if order is None:
        log.info("order %s: withdrawn, nothing to do", order_id)
        return
    order.state = "shipped"
    session.commit()
    log.info("order %s: shipped to %s", order_id, order.address)


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with new_session.begin() as shop:
        shop.add_all(Order(id=number, address="1 Old Street") for number in (1, 2))

    # One session for all the worker ever does. It hands out the objects that it has, and they do not expire.
    session = new_session()
    waiting = session.scalars(select(Order).order_by(Order.id)).all()
    session.commit()

    with new_session.begin() as shop:
        shop.execute(update(Order).where(Order.id == 1).values(address="2 New Street"))
        shop.execute(delete(Order).where(Order.id == 2))

    for number in [order.id for order in waiting]:
        try:
            ship(session, number)
        except Exception:
            session.rollback()
            log.exception("order %s: failed", number)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
