"""Collections that are loaded row by row."""

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, selectinload

from tests.querylogs.verdicts.case import Exact, Expected, finds
from tests.querylogs.verdicts.library import (
    AUTHORS,
    BOOKS,
    Author,
    Basket,
    Book,
    Device,
    Folder,
    Journal,
    Node,
    Shelf,
)

AUTHOR_BOOKS = Expected("n-plus-one", "one-to-many", "Author.books", "selectinload", AUTHORS)
BOOK_REVIEWS = Expected("n-plus-one", "one-to-many", "Book.reviews", "selectinload", BOOKS)
BOOK_TAGS = Expected("n-plus-one", "many-to-many", "Book.tags", "selectinload", BOOKS)
BOOK_AUTHOR = Expected("n-plus-one", "many-to-one", "Book.author", "joinedload", AUTHORS)


@finds(AUTHOR_BOOKS)
def one_to_many(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author)).all():
            assert author.books


@finds(AUTHOR_BOOKS)
def one_to_many_by_query(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.query(Author).all():
            assert author.books


@finds(AUTHOR_BOOKS._replace(executions=3 * AUTHORS, episodes=3))
def one_to_many_in_three_requests(engine: Engine) -> None:
    for _ in range(3):
        one_to_many(engine)


@finds(AUTHOR_BOOKS._replace(executions=8 + 5 + 11, episodes=3))
def one_to_many_of_pages(engine: Engine) -> None:
    for size in (8, 5, 11):
        with Session(engine) as session:
            for author in session.scalars(select(Author).order_by(Author.id).limit(size)).all():
                assert author.books


@finds(
    # The log alone cannot tell that there is at most one profile.
    Expected(
        *("n-plus-one", "one-to-many", "Author.profiles", "selectinload", AUTHORS),
        exact=Exact("one-to-one", "Author.profile", "joinedload"),
    )
)
def one_to_one_from_its_other_side(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author)).all():
            assert author.profile


@finds(BOOK_TAGS)
def many_to_many(engine: Engine) -> None:
    with Session(engine) as session:
        for book in session.scalars(select(Book)).all():
            assert book.tags


@finds(AUTHOR_BOOKS, BOOK_REVIEWS)
def three_levels(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author)).all():
            for book in author.books:
                assert book.reviews


@finds(BOOK_REVIEWS)
def eager_then_lazy(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author).options(selectinload(Author.books))).all():
            for book in author.books:
                assert book.reviews


@finds(Expected("n-plus-one", "many-to-one", "Review.reader", "joinedload", 24))
def eager_twice_then_lazy(engine: Engine) -> None:
    with Session(engine) as session:
        loaders = selectinload(Author.books).selectinload(Book.reviews)
        for author in session.scalars(select(Author).options(loaders)).all():
            for book in author.books:
                assert all(review.reader for review in book.reviews)


@finds(BOOK_AUTHOR, BOOK_TAGS, BOOK_REVIEWS)
def three_relationships_of_each_row(engine: Engine) -> None:
    with Session(engine) as session:
        for book in session.scalars(select(Book)).all():
            assert book.author
            assert book.tags
            assert book.reviews


@finds(Expected("n-plus-one", "one-to-many", "Node.children", "selectinload", 24))
def self_referential(engine: Engine) -> None:
    with Session(engine) as session:
        for node in session.scalars(select(Node)).all():
            list(node.children)


@finds(
    # A key of two columns does not say which table it is of; the list before it does not tell the name.
    Expected(
        *("n-plus-one", "one-to-many", None, "selectinload", 12),
        exact=Exact("one-to-many", "Shelf.slots", "selectinload"),
    )
)
def composite_keys(engine: Engine) -> None:
    with Session(engine) as session:
        for shelf in session.scalars(select(Shelf)).all():
            assert shelf.slots


@finds(Expected("n-plus-one", "one-to-many", "Device.readings", "selectinload", 11))
def uuid_keys(engine: Engine) -> None:
    with Session(engine) as session:
        for device in session.scalars(select(Device)).all():
            assert device.readings


@finds(Expected("n-plus-one", "one-to-many", "Folder.papers", "selectinload", 11))
def tables_of_another_schema(engine: Engine) -> None:
    with Session(engine) as session:
        for folder in session.scalars(select(Folder)).all():
            assert folder.papers


@finds(
    Expected(
        *("n-plus-one", "one-to-many", "Journal.entries", "selectinload", 11),
        exact=Exact("one-to-many", "Journal.entries", None),
    )
)
def write_only(engine: Engine) -> None:
    """No loader option reaches such a relationship, but only the models tell that it is one."""
    with Session(engine) as session:
        for journal in session.scalars(select(Journal)).all():
            assert session.scalars(journal.entries.select()).all()


@finds(
    Expected(
        *("n-plus-one", "one-to-many", "Journal.editions", "selectinload", 11),
        exact=Exact("one-to-many", "Journal.editions", None),
    )
)
def dynamic(engine: Engine) -> None:
    with Session(engine) as session:
        for journal in session.scalars(select(Journal)).all():
            assert journal.editions.all()


@finds(Expected("n-plus-one", "one-to-many", "Basket.items", "selectinload", 11))
def cascade_of_deletes(engine: Engine) -> None:
    """Each delete loads the collection to delete what is in it; the deletes themselves are one flush."""
    with Session(engine) as session, session.no_autoflush:
        for basket in session.scalars(select(Basket)).all():
            session.delete(basket)
        session.flush()
        session.rollback()


@finds(AUTHOR_BOOKS)
def autocommit(engine: Engine) -> None:
    with Session(engine.execution_options(isolation_level="AUTOCOMMIT")) as session:
        for author in session.scalars(select(Author)).all():
            assert author.books
