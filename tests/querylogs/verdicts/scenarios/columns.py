"""Columns of rows that are there already: deferred ones, and those of subclasses."""

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, load_only

from tests.querylogs.verdicts.case import Expected, finds
from tests.querylogs.verdicts.library import AUTHORS, BOOKS, Author, Book, Employee, Engineer


@finds(Expected("n-plus-one", "deferred-column", "Author.biography", "undefer", AUTHORS))
def deferred_column(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author)).all():
            assert author.biography


@finds(Expected("n-plus-one", "deferred-column", "Book.stock", "undefer", BOOKS))
def column_left_out(engine: Engine) -> None:
    with Session(engine) as session:
        for book in session.scalars(select(Book).options(load_only(Book.title, Book.author_id))).all():
            assert book.stock >= 0


@finds(Expected("n-plus-one", "inheritance", None, "selectin_polymorphic", 9))
def inheritance(engine: Engine) -> None:
    with Session(engine) as session:
        for employee in session.scalars(select(Employee)).all():
            assert isinstance(employee, Engineer)
            assert employee.language
