"""The async API again, with a dependency that closes its session whatever is thrown in at its yield.

Run it with the database's URL. It serves requests as a web framework does: where one fails, its error is thrown in at
the dependency's yield. It prints what the log would show, and waits, so that somebody can look, until its standard
input is closed.
"""

import asyncio
import gc
import logging
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy import String, make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

DRIVERS = {"postgresql": "postgresql+asyncpg", "mysql": "mysql+aiomysql", "mariadb": "mariadb+aiomysql"}
url = make_url(sys.argv[1])
engine = create_async_engine(url.set(drivername=DRIVERS[url.get_backend_name()]), pool_pre_ping=True)
SessionLocal = async_sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))


class NotFoundError(Exception):
    """What the API turns into a 404."""


async def get_session() -> AsyncIterator[AsyncSession]:
    async with SessionLocal() as session:  # closes it on every way out, exceptions and cancellation included
        yield session


async def show_book(session: AsyncSession, book_id: int) -> str:
    book = await session.get(Book, book_id)
    if book is None:
        raise NotFoundError(book_id)
    return book.title


async def serve(
    endpoint: Callable[[AsyncSession, int], Coroutine[None, None, str]],
    dependency: Callable[[], AbstractAsyncContextManager[AsyncSession]],
    book_id: int,
) -> int:
    """Answer one request with a status code, as the framework does."""
    try:
        async with dependency() as session:
            await endpoint(session, book_id)
    except NotFoundError:
        return 404
    return 200


async def main() -> None:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
    dependency = asynccontextmanager(get_session)
    for book_id in range(1, 4):
        print(f"book {book_id}: {await serve(show_book, dependency, book_id)}", flush=True)
        gc.collect()  # the interpreter does so every so often; here it is now
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await engine.dispose()


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stdout)
    asyncio.run(main())
