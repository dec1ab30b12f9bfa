"""What SQLAlchemy really sends: a small application's loads, run on SQLite, compiled for the dialect under test."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Dialect, Engine, ForeignKey, Table, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

POSTGRESQL: Dialect = make_url("postgresql+psycopg2://").get_dialect()()
ASYNCPG: Dialect = make_url("postgresql+asyncpg://").get_dialect()()
MYSQL: Dialect = make_url("mysql+pymysql://").get_dialect()()


class Base(DeclarativeBase):
    pass


book_tags = Table(
    "book_tags",
    Base.metadata,
    Column("book_id", ForeignKey("books.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    biography: Mapped[str] = mapped_column(default="", deferred=True)
    books: Mapped[list["Book"]] = relationship(back_populates="author")


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))
    author: Mapped[Author] = relationship(back_populates="books")
    tags: Mapped[list["Tag"]] = relationship(secondary=book_tags)


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    order: Mapped[str]


class Node(Base):
    __tablename__ = "nodes"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("nodes.id"))
    children: Mapped[list["Node"]] = relationship()


class Employee(Base):
    __tablename__ = "employees"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "employee"}  # noqa: RUF012


class Engineer(Employee):
    __tablename__ = "engineers"
    id: Mapped[int] = mapped_column(ForeignKey("employees.id"), primary_key=True)
    language: Mapped[str]
    __mapper_args__ = {"polymorphic_identity": "engineer"}  # noqa: RUF012


def library() -> Engine:
    """Return an engine on a database with two of everything."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        tags = [Tag(order="a"), Tag(order="b")]
        for name in ("Ann", "Ben"):
            session.add(Author(name=name, books=[Book(title="x", tags=tags), Book(title="y", tags=tags)]))
        session.add(Node(children=[Node(), Node()]))
        session.add_all([Engineer(language="Python"), Engineer(language="SQL")])
        session.commit()
    return engine


@contextmanager
def recorded(engine: Engine, dialect: Dialect) -> Iterator[list[str]]:
    """Collect the statements that run meanwhile, as SQLAlchemy compiles them for another dialect."""
    statements: list[str] = []

    def record(_connection: Any, clause: Any, rows: Any, parameters: dict[str, Any], _options: Any) -> None:
        given = rows[0] if rows else parameters
        if clause.is_select:
            clause, given = clause.params(given), {}
        kwargs = {"render_postcompile": clause.is_select}
        statements.append(str(clause.compile(dialect=dialect, column_keys=list(given) or None, compile_kwargs=kwargs)))

    event.listen(engine, "before_execute", record)
    try:
        yield statements
    finally:
        event.remove(engine, "before_execute", record)
