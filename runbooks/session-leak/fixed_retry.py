"""The task queue again, with a task that closes the session of each attempt before the next one.

Run it with the database's URL. The worker runs one task, whose warehouse is down, until its pool is empty, prints what
it would log, and waits, so that somebody can look at the database, until its standard input is closed.
"""

import sys
import time
import traceback
from collections.abc import Callable

from sqlalchemy import String, create_engine
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

engine = create_engine(sys.argv[1], pool_size=2, max_overflow=2, pool_timeout=1, pool_pre_ping=True)
SessionLocal = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(20))


class RetryError(Exception):
    """What a task raises to be run again, as Celery's task.retry() does."""


def push_to_warehouse(order: Order) -> None:
    raise ConnectionError(f"the warehouse does not answer for order {order.id}")


def ship(order_id: int) -> None:
    try:
        with SessionLocal.begin() as session:  # commits or rolls back, and closes, before anybody hears of the error
            order = session.get_one(Order, order_id)
            push_to_warehouse(order)
            order.state = "shipped"
    except ConnectionError as error:
        raise RetryError from error


def run(task: Callable[[int], None], order_id: int) -> ExceptionGroup[Exception]:
    """Run a task until it succeeds or has failed eight times; the worker reports all its errors together."""
    errors: list[Exception] = []
    for attempt in range(1, 9):
        try:
            task(order_id)
        except RetryError as error:
            print(f"attempt {attempt}: {error.__cause__}", flush=True)
            errors.append(error)
            time.sleep(0.05 * attempt)
        except PoolTimeoutError as error:
            traceback.print_exc()
            errors.append(error)
            break
        else:
            break
    return ExceptionGroup(f"the attempts at order {order_id}", errors)


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with SessionLocal.begin() as session:
        session.add(Order(id=1, state="paid"))
    report = run(ship, 1)
    print(f"{report}", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
