"""An asyncio bookstore that reads an author's books without having awaited them.

Run it with the database's URL. It fills its tables, serves a request, prints the answer or logs the error, and waits,
so that somebody can look, until its standard input is closed.
"""

import asyncio
import logging
import sys

from sqlalchemy import ForeignKey, String, make_url
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
logger = logging.getLogger("shop.web")
url = make_url(sys.argv[1])
drivers = {"postgresql": "postgresql+asyncpg", "mysql": "mysql+aiomysql", "mariadb": "mariadb+aiomysql"}
engine = create_async_engine(url.set(drivername=drivers[url.get_backend_name()]), pool_pre_ping=True)
new_session = async_sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    books: Mapped[list["Book"]] = relationship(back_populates="author")


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))
    author: Mapped[Author] = relationship(back_populates="books")


async def fill() -> None:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
    async with new_session.begin() as session:
        session.add(Author(name="Ada", books=[Book(title="Notes"), Book(title="Letters")]))


async def show_author(author_id: int) -> str:
    async with new_session() as session:
        author = await session.get_one(Author, author_id)
        # author.books would be a query now, and there is no await in which it could run.
        return f"{author.name}: {', '.join(book.title for book in author.books)}"


async def main() -> None:
    await fill()
    try:
        print(await show_author(1), flush=True)
    except Exception:
        logger.exception("GET /authors/1: 500")
    finally:
        await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main())
    print("ready", flush=True)
    sys.stdin.read()
