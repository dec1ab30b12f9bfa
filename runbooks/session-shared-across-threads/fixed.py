"""The shop again, with a session for each request: two requests in two threads do not know of each other.

Run it with the database's URL. It serves two requests at once, logs how they ended, and waits, so that somebody can
look, until its standard input is closed.
"""

import logging
import sys
from threading import Event, Thread
from typing import Any

from sqlalchemy import String, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

logging.basicConfig(format="%(asctime)s %(levelname)s %(threadName)s %(message)s", level=logging.INFO)
log = logging.getLogger("shop")

engine = create_engine(sys.argv[1])
new_session = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    city: Mapped[str] = mapped_column(String(50))


def show_order(order_id: int) -> str:
    with new_session() as session:  # one for each request
        return session.scalars(select(Order.city).where(Order.id == order_id)).one()


def request(order_id: int) -> None:
    try:
        log.info("GET /orders/%s: 200 %s", order_id, show_order(order_id))
    except Exception:
        log.exception("GET /orders/%s: 500", order_id)


first_is_connecting, second_is_answered = Event(), Event()


def busy(*_: Any) -> None:
    """What chance does in production: the second request comes while the first one waits for its connection."""
    if not first_is_connecting.is_set():
        first_is_connecting.set()
        second_is_answered.wait()


def second_request() -> None:
    first_is_connecting.wait()
    request(order_id=2)
    second_is_answered.set()


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with new_session.begin() as setup:
        setup.add_all([Order(id=1, city="London"), Order(id=2, city="Turin")])

    event.listen(engine, "checkout", busy)
    threads = [Thread(target=request, args=(1,), daemon=True), Thread(target=second_request, daemon=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
