"""A shop that calls its payment provider while the transaction of the order is open.

Run it with the database's URL. Two payments go through, slowly; then the provider stops answering, with five more
under way. It waits like that, so that somebody can look at the database, until its standard input is closed.
"""

import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import urlopen

from sqlalchemy import String, create_engine
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
        order = session.get_one(Order, order_id)
        # The connection, and whatever the transaction has locked, is held for as long as the provider likes.
        order.receipt = charge(order.id, order.total)
        order.state = "paid"


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
