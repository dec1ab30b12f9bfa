"""The verdict table: what an application does, and what a replay of its log has to say; silence first.

Each scenario gets an engine on a filled library, and runs as an application would: with sessions of its own.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Engine, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, joinedload, selectinload, subqueryload, undefer

from tests.querylogs.library import Author, Book, Employee, Node, Review, Tag


class Expected(NamedTuple):
    """What one finding has to say."""

    id: str
    kind: str
    relationship: str | None
    loader: str | None
    executions: int
    episodes: int = 1


App = Callable[[Engine], None]
SILENT: list[App] = []
FOUND: list[tuple[App, tuple[Expected, ...]]] = []


def silent(app: App) -> App:
    SILENT.append(app)
    return app


def finds(*expected: Expected) -> Callable[[App], App]:
    def note(app: App) -> App:
        FOUND.append((app, expected))
        return app

    return note


@silent
def selectin(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author).options(selectinload(Author.books))).all():
            assert author.books


@silent
def subquery(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author).options(subqueryload(Author.books))).all():
            assert author.books


@silent
def joined(engine: Engine) -> None:
    with Session(engine) as session:
        for book in session.scalars(select(Book).options(joinedload(Book.author))).all():
            assert book.author


@silent
def yield_per_with_selectin(engine: Engine) -> None:
    with Session(engine) as session:
        statement = select(Author).options(selectinload(Author.books)).execution_options(yield_per=2)
        for author in session.scalars(statement):
            assert author.books


@silent
def many_to_one_of_one(engine: Engine) -> None:
    with Session(engine) as session:
        for book in session.scalars(select(Book).where(Book.author_id == 1)).all():
            assert book.author


@silent
def offset_pages(engine: Engine) -> None:
    with Session(engine) as session:
        for page in range(12):
            session.scalars(select(Book).order_by(Book.id).limit(3).offset(page * 3)).all()


@silent
def keyset_batches(engine: Engine) -> None:
    with Session(engine) as session:
        last = 0
        for _ in range(12):
            rows = session.scalars(select(Book).where(Book.id > last).order_by(Book.id).limit(3)).all()
            last = rows[-1].id


@silent
def polling(engine: Engine) -> None:
    for _ in range(12):
        with Session(engine) as session:
            session.scalars(select(Book).where(Book.stock == 5)).all()
        time.sleep(0.02)


@silent
def requests_of_one_lookup(engine: Engine) -> None:
    """Requests that look one row up each, in any order, with other work in between: the main trap."""
    for key in (7, 3, 11, 1, 9, 5, 12, 2, 8, 10, 4, 6):
        with Session(engine) as session:
            session.get(Author, key)
        time.sleep(0.01)


@silent
def queue_worker(engine: Engine) -> None:
    for _ in range(12):
        with Session(engine) as session, session.begin():
            book = session.scalars(
                select(Book).where(Book.stock == 0).order_by(Book.id).limit(1).with_for_update(skip_locked=True)
            ).first()
            assert book
            book.stock = 1


@silent
def add_all(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        session.add_all([Tag(label=f"new {n}") for n in range(20)])


@silent
def executemany(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        session.execute(insert(Tag), [{"label": f"new {n}"} for n in range(20)])


@silent
def bulk_update(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        session.execute(update(Book).values(stock=3))


@silent
def few_repetitions(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author).limit(4)).all():
            assert author.books


@silent
def retry_after_errors(engine: Engine) -> None:
    for _ in range(12):
        try:
            with Session(engine) as session, session.begin():
                session.execute(text("INSERT INTO tags (id, label) VALUES (1, 'there already')"))
        except DBAPIError:
            continue


BOOKS = Expected("n-plus-one", "one-to-many", "Author.books", "selectinload", 12)


@finds(BOOKS)
def one_to_many(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author)).all():
            assert author.books


@finds(BOOKS)
def one_to_many_by_query(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.query(Author).all():
            assert author.books


@finds(BOOKS._replace(executions=36, episodes=3))
def one_to_many_in_three_requests(engine: Engine) -> None:
    for _ in range(3):
        one_to_many(engine)


@finds(Expected("n-plus-one", "many-to-one", "Book.author", "joinedload", 12))
def many_to_one(engine: Engine) -> None:
    with Session(engine) as session:
        for book in session.scalars(select(Book)).all():
            assert book.author


@finds(Expected("n-plus-one", "many-to-many", "Book.tags", "selectinload", 36))
def many_to_many(engine: Engine) -> None:
    with Session(engine) as session:
        for book in session.scalars(select(Book)).all():
            assert book.tags


@finds(BOOKS, Expected("n-plus-one", "one-to-many", "Book.reviews", "selectinload", 36))
def nested(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author)).all():
            for book in author.books:
                assert book.reviews


@finds(Expected("n-plus-one", "one-to-many", "Book.reviews", "selectinload", 36))
def eager_then_lazy(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author).options(selectinload(Author.books))).all():
            for book in author.books:
                assert book.reviews


@finds(Expected("n-plus-one", "one-to-many", "Node.nodes", "selectinload", 24))
def self_referential(engine: Engine) -> None:
    with Session(engine) as session:
        for node in session.scalars(select(Node)).all():
            list(node.children)


@finds(Expected("n-plus-one", "inheritance", None, "selectin_polymorphic", 9))
def inheritance(engine: Engine) -> None:
    with Session(engine) as session:
        for employee in session.scalars(select(Employee)).all():
            assert employee.language  # type: ignore[attr-defined]


@finds(Expected("n-plus-one", "deferred-column", "Author.biography", "undefer", 12))
def deferred_column(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author)).all():
            assert author.biography == ""


@finds(Expected("n-plus-one", "expired", None, None, 12))
def expired(engine: Engine) -> None:
    with Session(engine) as session:
        authors = session.scalars(select(Author)).all()
        session.commit()
        for author in authors:
            assert author.name


@finds(Expected("n-plus-one", "query", None, None, 12))
def count_for_each(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author)).all():
            session.scalar(select(func.count()).select_from(Book).where(Book.author_id == author.id))


@finds(Expected("loop-lookup", "get", None, None, 12))
def get_loop(engine: Engine) -> None:
    with Session(engine) as session:
        for key in range(1, 13):
            session.get(Author, key)


@finds(Expected("loop-lookup", "query", None, None, 12))
def select_loop(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author).options(undefer(Author.biography))).all():
            session.scalars(select(Book).where(Book.author_id == author.id)).all()


@finds(Expected("loop-lookup", "get", None, None, 12))
def session_for_each(engine: Engine) -> None:
    with Session(engine) as session:
        keys = session.scalars(select(Author.id)).all()
    for key in keys:
        with Session(engine) as session:
            session.get(Author, key)


@finds(Expected("duplicate-query", "query", None, None, 12))
def duplicate_query(engine: Engine) -> None:
    with Session(engine) as session:
        for _ in range(12):
            session.scalars(select(Book).where(Book.stock == 77)).all()


@finds(BOOKS)
def autocommit(engine: Engine) -> None:
    with Session(engine.execution_options(isolation_level="AUTOCOMMIT")) as session:
        for author in session.scalars(select(Author)).all():
            assert author.books


@finds(Expected("write-loop", "query", None, None, 12))
def flush_for_each(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        for n in range(12):
            session.add(Review(book_id=1 + n, stars=n))
            session.flush()


@finds(Expected("write-loop", "query", None, None, 12))
def savepoint_for_each(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        for n in range(12):
            with session.begin_nested():
                session.add(Review(book_id=1 + n, stars=n))


@finds(Expected("write-loop", "query", None, None, 11))
def commit_for_each(engine: Engine) -> None:
    """The first transaction holds the list as well, so it is no link of the chain."""
    with Session(engine) as session:
        for author in session.scalars(select(Author)).all():
            author.name += "!"
            session.commit()
