"""The newsletter again, with a sign-up that is one statement: the database decides whether it inserts or updates.

Run it with the database's URL. It lets one person press the button twice, logs what the two requests met, and waits, so
that somebody can look, until its standard input is closed.
"""

import logging
import sys
from threading import Barrier, Thread
from typing import Any

from sqlalchemy import String, create_engine, func, select
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

logging.basicConfig(format="%(asctime)s %(levelname)s %(threadName)s %(message)s", level=logging.INFO)
log = logging.getLogger("newsletter")

engine = create_engine(sys.argv[1])


class Base(DeclarativeBase):
    pass


class Subscriber(Base):
    __tablename__ = "subscribers"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(200), unique=True)
    topic: Mapped[str] = mapped_column(String(50))


both_are_here = Barrier(2)
"""What chance does in production: the two requests are at one place at one time."""


def upsert(values: dict[str, str]) -> Any:
    if engine.dialect.name == "postgresql":
        added = postgresql.insert(Subscriber).values(values)
        return added.on_conflict_do_update(index_elements=[Subscriber.email], set_={"topic": added.excluded.topic})
    new = mysql.insert(Subscriber).values(values)
    return new.on_duplicate_key_update(topic=new.inserted.topic)


def subscribe(email: str, topic: str) -> None:
    with Session(engine) as session, session.begin():
        both_are_here.wait()
        # The second waits for the first to commit, then updates the row that it finds.
        session.execute(upsert({"email": email, "topic": topic}))


def request(email: str, topic: str) -> None:
    try:
        subscribe(email, topic)
        log.info("POST /subscribers: 204")
    except Exception:
        log.exception("POST /subscribers: 500")


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    clicks = [Thread(target=request, args=("ada@example.org", "engines"), daemon=True) for _ in range(2)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    with Session(engine) as session:
        log.info("subscribers: %s", session.scalar(select(func.count(Subscriber.id))))
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
