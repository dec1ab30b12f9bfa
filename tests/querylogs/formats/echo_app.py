"""An application that echoes: run by the tests under any SQLAlchemy, it prints its log and keeps what really ran.

``python echo_app.py URL SETTINGS ORACLE``: the settings are JSON, the oracle a file that is written as JSON.
"""

import asyncio
import json
import logging
import logging.config
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import ForeignKey, String, create_engine, event, insert, select, text, update
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.sql import util

Oracle = list[tuple[str, str, str | None]]


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    books: Mapped[list["Book"]] = relationship(order_by="Book.id")


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))


def create(session: Session) -> None:
    Base.metadata.create_all(session.connection())


def flush(session: Session) -> None:
    names = ("plain", "it's", 'a "quote"', "two\nlines", "back\\slash", "[generated in 0.1s] (1,)", "ünï")
    session.add_all([Author(name=name, books=[Book(title=f"{name} {n}") for n in range(2)]) for name in names])


def many(session: Session) -> None:
    session.execute(update(Book), [{"id": n, "title": f"title {n}"} for n in range(1, 13)])
    session.execute(insert(Author), [{"name": f"many {n}"} for n in range(12)])


def lazy(session: Session) -> None:
    for author in session.scalars(select(Author).order_by(Author.id)):
        assert author.books is not None


def twice(session: Session) -> None:
    for _ in range(2):
        session.execute(select(Author.id).where(Author.name == "plain")).all()


def odd(session: Session) -> None:
    session.execute(text("SELECT 'a\n\nb' AS x\nWHERE 1 = 1 -- COMMIT\n  AND 2 = 2")).all()
    session.execute(text("/* route='/books' */ SELECT 1")).all()
    session.execute(
        text("(SELECT 1) UNION (SELECT 2)" if session.get_bind().dialect.name != "sqlite" else "VALUES (1)")
    ).all()
    session.execute(select(Book).where(Book.id.in_([]), Book.title.like("%s"))).all()


def savepoint(session: Session) -> None:
    with session.begin_nested():
        session.execute(update(Book).values(title="x").where(Book.id == 1))


UNITS: dict[str, Callable[[Session], None]] = {
    work.__name__: work for work in (create, flush, many, lazy, twice, odd, savepoint)
}


def watch(engine: Engine, ran: Oracle, settings: dict[str, Any]) -> None:
    """Keep what the engine did, as the log should have it."""
    flushed: list[object] = []

    def stream() -> str:
        return threading.current_thread().name

    def boundary(word: str) -> Callable[..., None]:
        return lambda *_: ran.append((stream(), word, None))

    if not settings.get("autocommit"):
        for name in ("begin", "commit", "rollback"):
            event.listen(engine, name, boundary(name.upper()))

    @event.listens_for(engine, "before_cursor_execute")
    def _(_connection: object, _cursor: object, statement: str, values: Any, context: Any, executemany: bool) -> None:
        is_batch = context is not None and context.execute_style.name == "INSERTMANYVALUES"
        if is_batch:
            if settings.get("batches") != "all" and context in flushed:
                return  # its rows go one at a time
            flushed.append(context)
            statement = str(util._long_statement(statement))
        shown = repr(util._repr_params(values, batches=10, ismulti=executemany and not is_batch))
        ran.append((stream(), statement, None if settings.get("engine", {}).get("hide_parameters") else shown))


def configure(settings: dict[str, Any]) -> None:
    """Set logging up as the application would."""
    for shape in settings.get("formats", []):
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter(shape))
        logging.getLogger().addHandler(handler)
    if settings.get("structlog"):
        renderers = {
            "console": structlog.dev.ConsoleRenderer(colors=False),
            "json": structlog.processors.JSONRenderer(),
        }
        shared = [
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso"),
        ]
        formatter = structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,  # type: ignore[arg-type]
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderers[settings["structlog"]],  # type: ignore[list-item]
            ],
        )
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(formatter)
        logging.getLogger().addHandler(handler)
    keys: dict[str, str] = settings.get("json", {})
    if keys:

        class Json(logging.Formatter):
            def format(self, record: logging.LogRecord) -> str:
                values = {
                    "asctime": self.formatTime(record),
                    "name": record.name,
                    "threadName": record.threadName,
                    "message": record.getMessage(),
                    "levelname": record.levelname,
                }
                return json.dumps({"before": {"n": 1}} | {name: values[of] for name, of in keys.items()} | {"z": "}"})

        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(Json())
        logging.getLogger().addHandler(handler)
    if "level" in settings:
        logging.getLogger("sqlalchemy.engine").setLevel(settings["level"])
        logging.getLogger("shop").setLevel("INFO")


def run(engine: Engine, settings: dict[str, Any]) -> None:
    for name in settings.get("units", UNITS):
        if settings.get("foreign"):
            logging.getLogger("shop.orders").info("COMMIT to an order: %s", name)
        with Session(engine) as session:
            UNITS[name](session)
            if name == "lazy":
                session.rollback()
            session.commit()


async def arun(url: str, settings: dict[str, Any], ran: Oracle) -> None:
    engine = create_async_engine(url, **settings.get("engine", {}))
    watch(engine.sync_engine, ran, settings)

    def work(connection: Any, name: str) -> None:
        with Session(connection) as session:
            UNITS[name](session)
            session.flush()

    for name in settings.get("units", UNITS):
        async with engine.begin() as connection:
            await connection.run_sync(work, name)
    await engine.dispose()


def main() -> None:
    url, settings, path = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
    ran: Oracle = []
    configure(settings)
    if "+asyncpg" in url:
        asyncio.run(arun(url, settings, ran))
    else:
        engine = create_engine(url, **settings.get("engine", {}))
        watch(engine, ran, settings)
        if names := settings.get("tokens"):
            with Session(engine) as session:
                create(session)
                session.commit()
            for name in names:
                run(engine.execution_options(logging_token=name), settings)
        elif number := settings.get("threads"):
            run(engine, settings | {"units": ["create", "flush"]})
            threads = [
                threading.Thread(target=run, args=(engine, settings | {"units": ["lazy"] * 3}), name=f"Thread-{n}")
                for n in range(number)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        else:
            run(engine, settings)
        engine.dispose()
    Path(path).write_text(json.dumps(ran), encoding="utf-8")


if __name__ == "__main__":
    main()
