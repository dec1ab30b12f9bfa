"""A bookstore that exports all its orders with one statement.

Run it with the database's URL. The nightly export takes as long as there are orders; a page that asks for the same comes
upon the web role's timeout. It prints what its log would show, and waits, so that somebody can look, until its standard
input is closed.
"""

import sys
import threading
import traceback

from sqlalchemy import String, create_engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

engine = create_engine(sys.argv[1], pool_pre_ping=True)
new_session = sessionmaker(engine)

is_postgresql = engine.dialect.name == "postgresql"
VAT = func.pg_sleep(0.02) if is_postgresql else func.sleep(0.02)
"""Stands for a function that costs its time for each order."""
STOP_SOON = {
    "postgresql": "SET LOCAL statement_timeout = '2s'",
    "mysql": "SET SESSION max_execution_time = 2000",
    "mariadb": "SET SESSION max_statement_time = 2",
}


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str] = mapped_column(String(2000))


def orders(session: Session, first: int = 1, last: int = 1000) -> list[int]:
    query = select(Order.id, Order.note, VAT).where(Order.id.between(first, last)).order_by(Order.id)
    return [order_id for order_id, _, _ in session.execute(query)]


def export() -> None:
    with new_session() as session:
        orders(session)


def page() -> int:
    with new_session() as session:
        session.execute(text(STOP_SOON[backend(session)]))
        return len(orders(session))


def backend(session: Session) -> str:
    dialect = session.connection().dialect
    return "mariadb" if getattr(dialect, "is_mariadb", False) else dialect.name


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with new_session.begin() as session:
        session.add_all(Order(id=number, note="gift " * 400) for number in range(1, 1001))
    engine.dispose()  # on a connection that has received so much, MySQL also keeps as much back before it sends

    threading.Thread(target=export, daemon=True).start()
    try:
        print(f"page: 200, {page()} orders", flush=True)
    except DBAPIError:
        print("page: 500", flush=True)
        traceback.print_exc()
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
