"""A shop that calls its payment provider inside a transaction, on a server that ends idle ones (PostgreSQL).

Run it with the database's URL. The provider is slower than the server allows a transaction to idle: the customer is
charged, and the order knows nothing of it. It prints what its log would show, and waits, so that somebody can look,
until its standard input is closed.
"""

import logging
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import urlopen

from sqlalchemy import String, create_engine, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

engine = create_engine(
    make_url(sys.argv[1]).set(drivername="postgresql+psycopg"),
    connect_args={"options": "-c idle_in_transaction_session_timeout=500ms"},  # 60 s in real life
    pool_pre_ping=True,
)
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

    seconds = 1.0
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


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with SessionLocal.begin() as session:
        session.add(Order(id=1, total=10))
    threading.Thread(target=provider.serve_forever, daemon=True).start()
    try:
        pay(1)
    except Exception:
        logging.exception("order 1 could not be paid")
    with SessionLocal() as session:
        logging.info("order 1 is %s", session.get_one(Order, 1).state)
    print("ready", flush=True)
    sys.stdin.read()
    engine.dispose()


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stdout, level="INFO")
    main()
