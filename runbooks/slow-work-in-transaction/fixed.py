"""The shop again, which calls its payment provider between two short transactions.

Run it with the database's URL. Two payments go through, slowly; then the provider stops answering, with five more
under way. It waits like that, so that somebody can look at the database, until its standard input is closed.
"""

import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import urlopen

from sqlalchemy import String, create_engine, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

engine = create_engine(sys.argv[1], pool_size=5, max_overflow=0, pool_timeout=5, pool_pre_ping=True)
SessionLocal = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    state: Mapped[str] = mapped_column(String(20), default="new")
    receipt: Mapped[str | None] = mapped_column(String(100))


class Provider(BaseHTTPRequestHandler):
    """Somebody else's service."""

    seconds = 2.0
    """How long it takes to answer."""

    def do_POST(self) -> None:
        time.sleep(self.seconds)
        self.send_response(201)
        self.end_headers()
        self.wfile.write(b"receipt " + self.path.encode())

    def log_message(self, *_: object) -> None:
        pass


provider = ThreadingHTTPServer(("127.0.0.1", 0), Provider)


def charge(order_id: int, total: int) -> str:
    url = f"http://127.0.0.1:{provider.server_port}/charges/{order_id}?total={total}"
    with urlopen(url, data=b"", timeout=60) as answer:
        return answer.read().decode()


def pay(order_id: int) -> None:
    with SessionLocal.begin() as session:
        # The claim takes the place of the lock: of two who want to pay the order, one finds it new.
        claim = update(Order).where(Order.id == order_id, Order.state == "new").values(state="paying")
        if not session.execute(claim).rowcount:
            return
        total = session.scalars(select(Order.total).where(Order.id == order_id)).one()
    receipt = charge(order_id, total)  # no connection is held
    with SessionLocal.begin() as session:
        done = update(Order).where(Order.id == order_id, Order.state == "paying").values(state="paid", receipt=receipt)
        session.execute(done)


def pay_in_parallel(order_ids: range) -> list[threading.Thread]:
    threads = [threading.Thread(target=pay, args=(order_id,), daemon=True) for order_id in order_ids]
    for thread in threads:
        thread.start()
    return threads


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with SessionLocal.begin() as session:
        session.add_all(Order(id=order_id, total=10) for order_id in range(1, 8))
    threading.Thread(target=provider.serve_forever, daemon=True).start()
    for thread in pay_in_parallel(range(1, 3)):
        thread.join()
    print("2 payments: done", flush=True)
    Provider.seconds = 60.0
    pay_in_parallel(range(3, 8))
    time.sleep(0.5)
    print(f"5 payments: waiting for the provider, {engine.pool.status()}", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
