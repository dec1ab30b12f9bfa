"""The stock import again, with one that asks which articles are there, and adds the others.

Run it with the database's URL. It imports two deliveries, logs how each went, and waits, so that somebody can look,
until its standard input is closed.
"""

import logging
import sys

from sqlalchemy import String, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
log = logging.getLogger("stock")

engine = create_engine(sys.argv[1])


class Base(DeclarativeBase):
    pass


class Article(Base):
    __tablename__ = "articles"
    ean: Mapped[str] = mapped_column(String(13), primary_key=True)
    quantity: Mapped[int]


FIRST = {"4006381333931": 10, "4006381333948": 5}
SECOND = {"4006381333948": 7, "4006381333955": 3}
"""One article is in both."""


def take_in(delivery: dict[str, int]) -> None:
    with Session(engine) as session, session.begin():
        query = select(Article).where(Article.ean.in_(delivery)).with_for_update()
        known = {article.ean: article for article in session.scalars(query)}
        for ean, quantity in delivery.items():
            if ean in known:
                known[ean].quantity += quantity
            else:
                session.add(Article(ean=ean, quantity=quantity))


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    for name, delivery in {"first": FIRST, "second": SECOND}.items():
        try:
            take_in(delivery)
            log.info("delivery %s: taken in", name)
        except Exception:
            log.exception("delivery %s: refused", name)
    with Session(engine) as session:
        log.info("pieces in stock: %s", session.scalar(select(func.sum(Article.quantity))))
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
