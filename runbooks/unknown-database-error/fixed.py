"""The shop again, with a reservation that is taken only where there are pieces enough.

Run it with the database's URL. It takes two reservations, logs what came of them, and waits, so that somebody can look,
until its standard input is closed.
"""

import logging
import sys

from sqlalchemy import CheckConstraint, String, create_engine, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
log = logging.getLogger("shop")

engine = create_engine(sys.argv[1])


class Base(DeclarativeBase):
    pass


class Article(Base):
    __tablename__ = "articles"
    __table_args__ = (CheckConstraint("in_stock >= 0", name="ck_articles_in_stock"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    in_stock: Mapped[int]


def reserve(article_id: int, pieces: int) -> int:
    enough = (Article.id == article_id, Article.in_stock >= pieces)
    take = update(Article).where(*enough).values(in_stock=Article.in_stock - pieces)
    with Session(engine) as session, session.begin():
        return 204 if session.execute(take).rowcount else 409


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add(Article(id=1, name="lamp", in_stock=5))
    for pieces in (3, 3):
        try:
            log.info("POST /reservations: %s", reserve(1, pieces))
        except Exception:
            log.exception("POST /reservations: 500")
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
