"""A bookstore whose list of authors loads the books of each author one by one.

Run it with the database's URL. It fills its tables, serves the page a few times, prints what the page says, and waits,
so that somebody can look, until its standard input is closed.
"""

import sys

from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

engine = create_engine(sys.argv[1])


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    books: Mapped[list["Book"]] = relationship()


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))


def list_authors() -> list[str]:
    with Session(engine) as session:
        # One query for the authors; then author.books is one more for each of them.
        authors = session.scalars(select(Author)).all()
        return [f"{author.name}: {len(author.books)} books" for author in authors]


def main() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(
            Author(name=f"author {a}", books=[Book(title=f"book {a}.{b}") for b in range(3)]) for a in range(20)
        )
        session.commit()
    for _ in range(5):
        page = list_authors()
    print(f"5 requests: {len(page)} authors each", flush=True)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
