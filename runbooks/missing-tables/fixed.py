"""The shop again, creating its tables after the module with its models has been imported.

Run it with the database's URL. It sets the database up, serves a request, logs how that ended, and waits, so that
somebody can look, until its standard input is closed.
"""

import logging
import sys
from types import SimpleNamespace

from sqlalchemy import String, create_engine, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
log = logging.getLogger("shop")

engine = create_engine(sys.argv[1])


class Base(DeclarativeBase):
    """What is in shop/database.py. A model enters Base.metadata when its class statement runs, not before."""


def import_models() -> SimpleNamespace:
    """What `import shop.models` does."""

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        city: Mapped[str] = mapped_column(String(50))

    return SimpleNamespace(Order=Order)


def list_cities(models: SimpleNamespace) -> list[str]:
    with Session(engine) as session:
        return list(session.scalars(select(models.Order.city)))


def main() -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS orders"))

    models = import_models()
    Base.metadata.create_all(engine)
    log.info("started; tables known: %s", ", ".join(Base.metadata.tables))

    try:
        log.info("GET /cities: 200 %s", list_cities(models))
    except Exception:
        log.exception("GET /cities: 500")
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
