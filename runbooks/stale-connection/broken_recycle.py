"""A bookstore whose pool renews its connections, but later than the server ends them.

Run it with the database's URL. It serves one request, has nothing to do for longer than the server's limit, and serves
another, which fails. It prints what its log would show, and waits, so that somebody can look, until its standard input
is closed.
"""

import sys
import time
import traceback

from sqlalchemy import String, create_engine, event, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine(sys.argv[1], pool_recycle=28800)  # the limit that MySQL comes with, and no second less


class Base(DeclarativeBase):
    pass


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))


def shorten_the_limit() -> None:
    """What an administrator did, only shorter: idle sessions end after two seconds instead of some minutes."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text(f'ALTER DATABASE "{engine.url.database}" SET idle_session_timeout = 2000'))
    else:

        @event.listens_for(engine, "connect")
        def _(connection, _record):
            connection.cursor().execute("SET SESSION wait_timeout = 2")

    engine.dispose()  # what connects from now on has the new limit


def list_books() -> int:
    with Session(engine) as session:
        return len(session.scalars(select(Book)).all())


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    shorten_the_limit()
    for request in (1, 2):
        try:
            print(f"request {request}: 200, {list_books()} books", flush=True)
        except DBAPIError:
            print(f"request {request}: 500", flush=True)
            traceback.print_exc()
        if request == 1:
            time.sleep(2.3)  # a quiet night
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
