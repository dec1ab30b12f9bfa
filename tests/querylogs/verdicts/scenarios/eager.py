"""Reads as they should be: rows together with what belongs to them, in batches, in pages, or too few to matter."""

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import (
    Session,
    contains_eager,
    joinedload,
    raiseload,
    selectin_polymorphic,
    selectinload,
    subqueryload,
    undefer,
)

from tests.querylogs.verdicts.case import not_on, silent
from tests.querylogs.verdicts.library import (
    READERS,
    Address,
    Author,
    Basket,
    Book,
    Employee,
    Engineer,
    Folder,
    Journal,
    Node,
    Order,
    Paper,
    Reader,
    Review,
    Tag,
)

ONE_AT_A_TIME = "PyMySQL cannot run a statement while it streams the rows of another"


@silent
def selectin(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author).options(selectinload(Author.books))).all():
            assert author.books


@silent
def selectin_of_1200_parents(engine: Engine) -> None:
    with Session(engine) as session:
        readers = session.scalars(select(Reader).options(selectinload(Reader.loans))).all()
        assert sum(len(reader.loans) for reader in readers) == READERS


@silent
def selectin_in_many_requests(engine: Engine) -> None:
    for _ in range(12):
        selectin(engine)


@silent
def selectin_at_two_levels(engine: Engine) -> None:
    with Session(engine) as session:
        loaders = selectinload(Author.books).selectinload(Book.reviews)
        for author in session.scalars(select(Author).options(loaders)).all():
            assert all(book.reviews for book in author.books)


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
def joined_by_hand(engine: Engine) -> None:
    with Session(engine) as session:
        statement = select(Book).join(Book.author).options(contains_eager(Book.author))
        for book in session.scalars(statement).all():
            assert book.author


@silent
def pages_with_selectin(engine: Engine) -> None:
    """Batches of different sizes."""
    with Session(engine) as session:
        for page in range(12):
            statement = select(Reader).options(selectinload(Reader.loans)).order_by(Reader.id)
            session.scalars(statement.limit(3 + page).offset(page * 20)).all()
            session.expunge_all()


@silent
def one_row_of_many_tables(engine: Engine) -> None:
    with Session(engine) as session:
        for mapped in (Author, Book, Reader, Review, Tag, Node, Address, Order, Folder, Paper, Journal, Basket):
            for key in (1, 2, 3):
                assert session.get(mapped, key)


@silent
def raising(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author).options(raiseload("*"))).all():
            assert author.name


@silent
def polymorphic(engine: Engine) -> None:
    with Session(engine) as session:
        loader = selectin_polymorphic(Employee, [Engineer])
        for employee in session.scalars(select(Employee).options(loader)).all():
            assert isinstance(employee, Engineer)
            assert employee.language


@silent
def undeferred(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author).options(undefer(Author.biography))).all():
            assert author.biography


@silent
def yield_per(engine: Engine) -> None:
    with Session(engine) as session:
        for reader in session.scalars(select(Reader).execution_options(yield_per=100)):
            assert reader.name


@not_on("pymysql", because=ONE_AT_A_TIME)
@silent
def yield_per_with_selectin(engine: Engine) -> None:
    with Session(engine) as session:
        statement = select(Reader).options(selectinload(Reader.loans)).execution_options(yield_per=100)
        for reader in session.scalars(statement):
            assert reader.loans


@silent
def yield_per_with_small_batches(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author).execution_options(yield_per=1)):
            assert author.name


@silent
def many_books_of_one_author(engine: Engine) -> None:
    with Session(engine) as session:
        for book in session.scalars(select(Book).where(Book.author_id == 1)).all():
            assert book.author


@silent
def few_repetitions(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author).limit(4)).all():
            assert author.books


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
def batches_of_keys(engine: Engine) -> None:
    with Session(engine) as session:
        for start in range(1, 1200, 100):
            session.scalars(select(Reader).where(Reader.id.in_(range(start, start + 100)))).all()


@silent
def grouped_counts(engine: Engine) -> None:
    with Session(engine) as session:
        session.execute(select(Book.author_id, func.count()).group_by(Book.author_id)).all()
