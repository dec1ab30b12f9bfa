"""A newsletter whose sign-up looks whether an address is known, and inserts it if not: two requests at once both insert.

Run it with the database's URL. It lets one person press the button twice, logs what the two requests met, and waits, so
that somebody can look, until its standard input is closed.
"""

import logging
import sys
from threading import Barrier, Thread

from sqlalchemy import String, create_engine, func, select
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


def subscribe(email: str, topic: str) -> None:
    with Session(engine) as session, session.begin():
        known = session.scalar(select(Subscriber).where(Subscriber.email == email))
        both_are_here.wait()
        # Neither sees what the other has not committed yet: the answer is old by the time it is used.
        if known is None:
            session.add(Subscriber(email=email, topic=topic))
        else:
            known.topic = topic


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
