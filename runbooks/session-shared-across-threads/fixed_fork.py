"""The server again, with a worker that leaves the inherited connections alone and opens its own.

Run it with the database's URL. The worker's report takes too long and is ended, as a time limit does; then the server
answers a request. It logs what came of that, and waits, so that somebody can look, until its standard input is closed.
"""

import logging
import os
import signal
import sys

from sqlalchemy import String, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

logging.basicConfig(format="%(asctime)s %(levelname)s [%(process)d] %(message)s", level=logging.INFO)
log = logging.getLogger("shop")

engine = create_engine(sys.argv[1])
new_session = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    city: Mapped[str] = mapped_column(String(50))


def report() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0.5)  # the time limit: SIGALRM ends the process
    slow = func.pg_sleep(1) if engine.dialect.name == "postgresql" else func.sleep(1)
    with new_session() as session:
        session.execute(select(slow))


def show_cities() -> None:
    with new_session() as session:
        log.info("cities: %s", session.scalars(select(Order.city)).all())


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with new_session.begin() as session:
        session.add(Order(id=1, city="London"))

    worker = os.fork()
    if worker == 0:
        engine.dispose(close=False)  # forgets the inherited connections, and does not close them: they are the server's
        report()
        os._exit(0)
    os.waitpid(worker, 0)
    log.info("worker %s: ended by its time limit", worker)

    try:
        show_cities()
        log.info("GET /cities: 200")
    except Exception:
        log.exception("GET /cities: 500")
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
