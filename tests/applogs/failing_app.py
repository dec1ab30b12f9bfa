"""An app that fails in one way and logs it: `python failing_app.py FAILURE URL`, whatever the driver of the URL.

Asynchronous drivers run the same code in `AsyncSession.run_sync`, so the errors are theirs and the failure is the same.
"""

import asyncio
import gc
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Engine,
    ForeignKey,
    String,
    create_engine,
    delete,
    event,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import NullPool, QueuePool

URL = make_url(sys.argv[2])
IS_ASYNC = URL.get_driver_name() in {"asyncpg", "aiomysql", "aiosqlite"}
KIND = URL.get_backend_name()
log = logging.getLogger("shop")


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str | None] = mapped_column(String(100), default="")
    books: Mapped[list["Book"]] = relationship()


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("authors.id"))
    price: Mapped[int] = mapped_column(default=1)
    __table_args__ = (CheckConstraint("price > 0", name="price_is_positive"),)


Work = Callable[[Session], None]


@contextmanager
def logged() -> Iterator[None]:
    try:
        yield
    except Exception:
        log.exception("request failed")


def engine(**options: Any) -> Engine:
    return create_engine(URL, **options)


def in_session(work: Work) -> None:
    """Run it in a session with a connection of its own."""
    if not IS_ASYNC:
        opened = engine(poolclass=NullPool)
        try:
            with Session(opened) as session:
                work(session)
        finally:
            opened.dispose()
        return

    async def run() -> None:
        opened = create_async_engine(URL, poolclass=NullPool)
        try:
            async with AsyncSession(opened) as session:
                await session.run_sync(work)
        finally:
            await opened.dispose()

    asyncio.run(run())


def set_up(session: Session) -> None:
    connection = session.connection()
    Base.metadata.drop_all(connection)
    Base.metadata.create_all(connection)
    session.add_all([Author(id=1, email="one@example.com"), Author(id=2, email="two@example.com")])
    session.commit()


def beside(work: Work) -> threading.Thread:
    thread = threading.Thread(target=lambda: in_session(work), daemon=True)
    thread.start()
    return thread


def duplicate_key(session: Session) -> None:
    session.add(Author(email="one@example.com"))
    with logged():
        session.commit()


def pending_rollback(session: Session) -> None:
    session.add(Author(email="one@example.com"))
    with suppress(SQLAlchemyError):
        session.commit()
    with logged():
        session.scalars(select(Author)).all()


def both(session: Session) -> None:
    """An error, and the use of the session after it: two failures, and the second came of the first."""
    session.add(Author(email="one@example.com"))
    with logged():
        session.commit()
    with logged():
        session.scalars(select(Author)).all()


def handled(session: Session) -> None:
    """The session is used while the error is handled: that is one failure."""
    session.add(Author(email="one@example.com"))
    with logged():
        try:
            session.commit()
        except SQLAlchemyError:
            session.scalars(select(Author)).all()


def get_or_create(session: Session) -> None:
    """None was found, which is expected; the INSERT fails while that is handled."""
    with logged():
        try:
            session.scalars(select(Author).where(Author.email == "nobody@example.com")).one()
        except SQLAlchemyError:
            session.add(Author(email="one@example.com"))
            session.commit()


def wrapped(session: Session) -> None:
    """The app's own exception around it."""
    with logged():
        try:
            session.add(Author(email="one@example.com"))
            session.commit()
        except SQLAlchemyError as error:
            raise RuntimeError("could not sign up one@example.com") from error


def missing_table(session: Session) -> None:
    with logged():
        session.execute(text("SELECT * FROM nowhere")).all()


def wrong_result_count(session: Session) -> None:
    with logged():
        session.scalars(select(Author).where(Author.id == 99)).one()


def many_results(session: Session) -> None:
    with logged():
        session.scalars(select(Author)).one()


def detached_instance(session: Session) -> None:
    author = session.get(Author, 1)
    assert author
    session.expunge(author)
    with logged():
        print(author.books)


def stale_data(session: Session) -> None:
    author = session.get(Author, 2)
    assert author
    session.execute(delete(Author).where(Author.id == 2), execution_options={"synchronize_session": False})
    author.name = "new"
    with logged():
        session.flush()


def object_deleted(session: Session) -> None:
    author = session.get(Author, 2)
    assert author
    session.execute(delete(Author).where(Author.id == 2), execution_options={"synchronize_session": False})
    session.expire(author)
    with logged():
        print(author.name)


def autoflush_error(session: Session) -> None:
    session.add(Book(id=1))
    with logged():
        session.scalars(select(Author)).all()


def autoflush_duplicate(session: Session) -> None:
    session.add(Author(id=3, email="one@example.com"))
    with logged():
        session.scalars(select(Author)).all()


def missing_foreign_key(session: Session) -> None:
    class Other(DeclarativeBase):
        pass

    class Parent(Other):
        __tablename__ = "parents"
        id: Mapped[int] = mapped_column(primary_key=True)
        children: Mapped[list["Child"]] = relationship("Child")

    class Child(Other):
        __tablename__ = "children"
        id: Mapped[int] = mapped_column(primary_key=True)

    with logged():
        session.scalars(select(Parent)).all()


def missing_referenced_table(session: Session) -> None:
    class Other(DeclarativeBase):
        pass

    class Child(Other):
        __tablename__ = "children"
        id: Mapped[int] = mapped_column(primary_key=True)
        parent_id: Mapped[int] = mapped_column(ForeignKey("parents.id"))

    with logged():
        Other.metadata.create_all(session.connection())


def check_violation(session: Session) -> None:
    with logged():
        session.execute(text("INSERT INTO books (id, title, price) VALUES (7, 'secret title', -3)"))


def syntax(session: Session) -> None:
    with logged():
        session.execute(text("SELEC 1"))


def pool_timeout(_: Session) -> None:
    small = create_engine(
        URL.set(
            drivername={"asyncpg": "postgresql+psycopg2", "aiomysql": "mysql+pymysql"}.get(
                URL.get_driver_name(), URL.drivername
            )
        ),
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=0.1,
    )
    with small.connect(), logged():
        small.connect()
    small.dispose()


def deadlock(session: Session) -> None:
    barrier = threading.Barrier(2, timeout=20)

    def work(first: int, second: int) -> Work:
        def run(own: Session) -> None:
            with logged():
                own.execute(text(f"UPDATE authors SET name = 'a' WHERE id = {first}"))
                barrier.wait()
                own.execute(text(f"UPDATE authors SET name = 'a' WHERE id = {second}"))
                own.commit()

        return run

    session.commit()
    for thread in [beside(work(1, 2)), beside(work(2, 1))]:
        thread.join(30)


def lock_timeout(session: Session) -> None:
    session.execute(text("UPDATE authors SET name = 'a' WHERE id = 1"))

    def run(own: Session) -> None:
        own.execute(text("SET lock_timeout = '100ms'" if KIND == "postgresql" else "SET innodb_lock_wait_timeout = 1"))
        with logged():
            own.execute(text("UPDATE authors SET name = 'b' WHERE id = 1"))

    beside(run).join(30)


def no_wait(session: Session) -> None:
    session.execute(text("UPDATE authors SET name = 'a' WHERE id = 1"))

    def run(own: Session) -> None:
        with logged():
            own.scalars(select(Author).where(Author.id == 1).with_for_update(nowait=True)).all()

    beside(run).join(30)


def serialization_failure(session: Session) -> None:
    if KIND == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    else:
        session.execute(text("SET innodb_snapshot_isolation = ON"))
    session.scalars(select(Author)).all()

    def run(own: Session) -> None:
        own.execute(text("UPDATE authors SET name = 'b' WHERE id = 1"))
        own.commit()

    beside(run).join(30)
    with logged():
        session.execute(text("UPDATE authors SET name = 'c' WHERE id = 1"))


def statement_timeout(session: Session) -> None:
    if KIND == "postgresql":
        statements = ("SET statement_timeout = '100ms'", "SELECT pg_sleep(5)")
    elif "MariaDB" in str(session.scalar(text("SELECT version()"))):
        statements = ("SET max_statement_time = 0.1", "SELECT sleep(5)")
    else:
        tables = ", ".join(f"information_schema.columns c{n}" for n in range(4))
        statements = ("SET max_execution_time = 100", f"SELECT count(*) FROM {tables}")
    session.execute(text(statements[0]))
    with logged():
        session.execute(text(statements[1]))


def cancelled(session: Session) -> None:
    """Somebody cancels the statement: the code of a timeout, and none."""
    pid = session.scalar(text("SELECT pg_backend_pid()"))

    def run(own: Session) -> None:
        time.sleep(0.5)
        own.execute(text(f"SELECT pg_cancel_backend({pid})"))

    thread = beside(run)
    with logged():
        session.execute(text("SELECT pg_sleep(20)"))
    thread.join(20)


def idle_transaction_timeout(session: Session) -> None:
    session.execute(text("SET idle_in_transaction_session_timeout = '200ms'"))
    time.sleep(0.7)
    with logged():
        session.scalars(select(Author)).all()


def stale_connection(session: Session) -> None:
    postgres = KIND == "postgresql"
    pid = session.scalar(text("SELECT pg_backend_pid()" if postgres else "SELECT connection_id()"))

    def run(own: Session) -> None:
        own.execute(text(f"SELECT pg_terminate_backend({pid})" if postgres else f"KILL {pid}"))

    beside(run).join(20)
    time.sleep(0.2)
    with logged():
        session.scalars(select(Author)).all()


def too_many_connections(session: Session) -> None:
    """The test has set a limit of one."""
    session.scalar(select(func.count()).select_from(Author))

    def run(own: Session) -> None:
        with logged():
            own.scalars(select(Author)).all()

    beside(run).join(30)


def concurrent_session_use(_: Session) -> None:
    """Two threads ask one new session for its connection; the first is held while it connects."""
    own = engine(poolclass=NullPool) if not IS_ASYNC else None
    assert own is not None

    @event.listens_for(own, "do_connect")
    def slow(*_: object) -> None:
        time.sleep(0.5)

    with Session(own) as shared:
        first = threading.Thread(target=lambda: shared.scalar(select(1)))
        first.start()
        time.sleep(0.2)
        with logged():
            shared.scalar(select(1))
        first.join()


async def concurrent_tasks() -> None:
    opened = create_async_engine(URL)
    shared = AsyncSession(opened)

    async def newest() -> None:
        await shared.scalar(select(Author.id))

    results = await asyncio.gather(*(newest() for _ in range(3)), return_exceptions=True)
    for error in results:
        if isinstance(error, BaseException):
            log.error("task failed", exc_info=error)
    with suppress(SQLAlchemyError):
        await shared.close()
    await opened.dispose()


async def missing_greenlet() -> None:
    opened = create_async_engine(URL)
    async with AsyncSession(opened) as session:
        author = (await session.scalars(select(Author).where(Author.id == 1))).one()
        with logged():
            print(author.books)
    await opened.dispose()


async def garbage_collected_connection() -> None:
    opened = create_async_engine(URL)

    async def leak() -> None:
        connection = await opened.connect()
        await connection.scalar(select(1))

    await leak()
    gc.collect()
    await asyncio.sleep(0.1)
    await opened.dispose()


def main() -> None:
    logging.basicConfig(
        stream=sys.stdout, format="%(asctime)s %(levelname)s %(name)s [%(process)d %(threadName)s] %(message)s"
    )
    failure = globals()[sys.argv[1]]
    if sys.argv[1] != "too_many_connections":
        in_session(set_up)
    if asyncio.iscoroutinefunction(failure):
        asyncio.run(failure())
    else:
        in_session(failure)


if __name__ == "__main__":
    main()
