"""Single rows that are loaded one by one by their primary key, for several reasons."""

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from tests.querylogs.verdicts.case import Expected, finds
from tests.querylogs.verdicts.library import AUTHORS, Author, Book, Order, Paper, Reading
from tests.querylogs.verdicts.scenarios.collections import BOOK_AUTHOR

REFRESH = Expected("n-plus-one", "refresh", None, None, AUTHORS)


@finds(BOOK_AUTHOR)
def many_to_one(engine: Engine) -> None:
    with Session(engine) as session:
        for book in session.scalars(select(Book)).all():
            assert book.author


@finds(BOOK_AUTHOR)
def many_to_one_by_query(engine: Engine) -> None:
    with Session(engine) as session:
        for book in session.query(Book).all():
            assert book.author


@finds(Expected("n-plus-one", "many-to-one", "Order.billing_address or Order.shipping_address", "joinedload", 30))
def two_keys_to_one_table(engine: Engine) -> None:
    """The text is the same for both; the log cannot tell which it was, nor can the models."""
    with Session(engine) as session:
        for order in session.scalars(select(Order)).all():
            assert order.billing_address
            assert order.shipping_address


@finds(Expected("n-plus-one", "many-to-one", "Reading.device", "joinedload", 11))
def many_to_one_by_uuid(engine: Engine) -> None:
    with Session(engine) as session:
        for reading in session.scalars(select(Reading)).all():
            assert reading.device


@finds(Expected("n-plus-one", "many-to-one", "Paper.folder", "joinedload", 11))
def many_to_one_in_another_schema(engine: Engine) -> None:
    with Session(engine) as session:
        for paper in session.scalars(select(Paper)).all():
            assert paper.folder


@finds(Expected("n-plus-one", "expired", None, None, AUTHORS))
def expired(engine: Engine) -> None:
    with Session(engine) as session:
        authors = session.scalars(select(Author)).all()
        session.commit()
        for author in authors:
            assert author.name


@finds(REFRESH)
def refresh(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author)).all():
            session.refresh(author)
