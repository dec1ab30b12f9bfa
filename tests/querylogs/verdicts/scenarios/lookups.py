"""Rows looked up by hand, one key after the other; counts for each parent; and the same query again and again."""

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, undefer

from tests.querylogs.verdicts.case import Expected, finds, with_engine
from tests.querylogs.verdicts.library import AUTHORS, Author, Book, Journal, Reader

GET = Expected("loop-lookup", "get", None, None, AUTHORS)
COUNT = Expected("n-plus-one", "query", None, None, AUTHORS)


@finds(GET)
def get_loop(engine: Engine) -> None:
    with Session(engine) as session:
        for key in range(1, AUTHORS + 1):
            session.get(Author, key)


@finds(GET)
def get_loop_over_listed_keys(engine: Engine) -> None:
    with Session(engine) as session:
        for key in session.scalars(select(Author.id)).all():
            session.get(Author, key)


@finds(Expected("loop-lookup", "query", None, None, AUTHORS))
def select_loop(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author).options(undefer(Author.biography))).all():
            session.scalars(select(Book).where(Book.author_id == author.id)).all()


@finds(Expected("loop-lookup", "query", None, None, 15))
def select_loop_by_name(engine: Engine) -> None:
    """Names from a file: nothing before it lists them."""
    with Session(engine) as session:
        for n in range(30, 45):
            session.scalars(select(Reader).where(Reader.name == f"reader {n}")).one()


@finds(COUNT)
def count_for_each(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author)).all():
            assert author.number_of_books


@finds(Expected("n-plus-one", "query", None, None, 11))
def count_of_a_write_only_collection(engine: Engine) -> None:
    with Session(engine) as session:
        for journal in session.scalars(select(Journal)).all():
            counted = journal.entries.select().with_only_columns(func.count())
            assert session.scalar(counted)


@finds(GET._replace(episodes=AUTHORS))
def session_for_each(engine: Engine) -> None:
    with Session(engine) as session:
        keys = session.scalars(select(Author.id)).all()
    for key in keys:
        with Session(engine) as session:
            session.get(Author, key)


@with_engine(pool_pre_ping=True)
@finds(GET._replace(episodes=AUTHORS))
def session_for_each_with_pings(engine: Engine) -> None:
    session_for_each(engine)


@finds(GET._replace(executions=30, episodes=30, is_low=True))
def session_for_each_without_a_list(engine: Engine) -> None:
    """Keys from a file, in order: it may be a loop, and so may be requests."""
    for key in range(101, 131):
        with Session(engine) as session:
            session.get(Reader, key)


@finds(Expected("duplicate-query", "query", None, None, 12))
def duplicates(engine: Engine) -> None:
    with Session(engine) as session:
        for _ in range(12):
            session.scalars(select(Book).where(Book.stock == 77)).all()


@finds(Expected("duplicate-query", "query", None, None, 12))
def duplicates_without_parameters(engine: Engine) -> None:
    with Session(engine) as session:
        for _ in range(12):
            session.scalar(select(func.max(Reader.id)))
