"""Applications on asyncio, with AsyncSession."""

import asyncio

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import selectinload

from tests.querylogs.verdicts.case import but, finds_async, not_on
from tests.querylogs.verdicts.library import AUTHORS, Author, Book, Note
from tests.querylogs.verdicts.scenarios.collections import AUTHOR_BOOKS, BOOK_AUTHOR
from tests.querylogs.verdicts.scenarios.lookups import GET
from tests.querylogs.verdicts.scenarios.writes import LOW, ONE_EACH, WRITES

NO_ID = "tasks interleave in a log without a connection's id: nothing in it is a transaction's"


@finds_async()
async def async_selectin(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session:
        for author in (await session.scalars(select(Author).options(selectinload(Author.books)))).all():
            assert author.books


@finds_async(AUTHOR_BOOKS)
async def async_one_to_many(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session:
        for author in (await session.scalars(select(Author))).all():
            assert await author.awaitable_attrs.books


@finds_async(BOOK_AUTHOR)
async def async_many_to_one(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session:
        for book in (await session.scalars(select(Book))).all():
            assert await book.awaitable_attrs.author


@finds_async(GET)
async def async_get_loop(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session:
        for key in range(1, AUTHORS + 1):
            await session.get(Author, key)


@but("mysql", LOW, because=ONE_EACH)
@finds_async(WRITES)
async def async_flush_for_each(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session, session.begin():
        for n in range(12):
            session.add(Note(topic="async", text=f"new {n}"))
            await session.flush()


@not_on("sqlalchemy-echo", because=NO_ID)
@finds_async(AUTHOR_BOOKS._replace(executions=4 * AUTHORS, episodes=4))
async def async_tasks_at_the_same_time(engine: AsyncEngine) -> None:
    await asyncio.gather(*(async_one_to_many(engine) for _ in range(4)))
