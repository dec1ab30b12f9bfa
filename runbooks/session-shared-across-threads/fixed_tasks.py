"""The shop again, under asyncio, whose page asks for two things at once, with a session for each.

Run it with the database's URL. It serves the page, logs how that ended, and waits, so that somebody can look, until its
standard input is closed.
"""

import asyncio
import logging
import sys

from sqlalchemy import String, func, make_url, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
log = logging.getLogger("shop")

url = make_url(sys.argv[1])
driver = "postgresql+asyncpg" if url.get_backend_name() == "postgresql" else "mysql+aiomysql"
engine = create_async_engine(url.set(drivername=driver))
new_session = async_sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    city: Mapped[str] = mapped_column(String(50))


async def count_orders() -> int:
    async with new_session() as session:
        return (await session.scalars(select(func.count(Order.id)))).one()


async def list_cities() -> list[str]:
    async with new_session() as session:
        return list(await session.scalars(select(Order.city)))


async def show_page() -> tuple[int, list[str]]:
    count = asyncio.create_task(count_orders())
    cities = asyncio.create_task(list_cities())
    await asyncio.wait([count, cities])
    return count.result(), cities.result()


async def main() -> None:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
    async with new_session.begin() as session:
        session.add(Order(id=1, city="London"))
    await engine.dispose()  # the pool is empty, as after every start: the page needs a new connection
    try:
        log.info("GET /page: 200 %s", await show_page())
    except Exception:
        log.exception("GET /page: 500")
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main())
