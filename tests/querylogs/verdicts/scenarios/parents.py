"""Lists of many shapes, whose rows then load what belongs to them one by one."""

from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from tests.querylogs.verdicts.case import Exact, Expected, finds
from tests.querylogs.verdicts.library import AUTHORS, Author, Book, Loaned, Reader, Truck, Vehicle
from tests.querylogs.verdicts.scenarios.collections import AUTHOR_BOOKS
from tests.querylogs.verdicts.scenarios.lookups import GET


@finds(AUTHOR_BOOKS)
def behind_an_alias(engine: Engine) -> None:
    writer = aliased(Author)
    with Session(engine) as session:
        for author in session.scalars(select(writer).order_by(writer.name)).all():
            assert author.books


@finds(AUTHOR_BOOKS)
def behind_a_list_of_keys(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author).where(Author.id.in_(range(1, 50)))).all():
            assert author.books


@finds(AUTHOR_BOOKS)
def behind_a_join(engine: Engine) -> None:
    with Session(engine) as session:
        statement = select(Author).join(Author.profile).where(Author.name.like("author%")).distinct()
        for author in session.scalars(statement).all():
            assert author.books


@finds(AUTHOR_BOOKS)
def behind_rows_of_two(engine: Engine) -> None:
    with Session(engine) as session:
        counted = select(Book.author_id, func.count().label("number")).group_by(Book.author_id).subquery()
        for author, number in session.execute(select(Author, counted.c.number).join(counted)).all():
            assert len(author.books) == number


@finds(
    Expected(
        *("n-plus-one", "one-to-many", "Author.profiles", "selectinload", AUTHORS),
        exact=Exact("one-to-one", "Author.profile", "joinedload"),
    )
)
def behind_a_joined_page(engine: Engine) -> None:
    """A LIMIT with joinedload makes a subquery of the list."""
    with Session(engine) as session:
        statement = select(Author).options(joinedload(Author.books)).order_by(Author.id).limit(50)
        for author in session.scalars(statement).unique().all():
            assert author.profile


@finds(
    # Who asks for more than a key may have written the query by hand; a name would be a guess.
    Expected(
        *("n-plus-one", "one-to-many", None, "selectinload", AUTHORS),
        exact=Exact("one-to-many", "Author.books_in_stock", "selectinload"),
    )
)
def custom_primaryjoin(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author)).all():
            list(author.books_in_stock)


@finds(
    # With the value on the right it is what people write.
    Expected(
        *("loop-lookup", "query", None, None, AUTHORS),
        exact=Exact("one-to-many", "Author.books_out_of_stock", "selectinload"),
    )
)
def custom_primaryjoin_the_other_way_round(engine: Engine) -> None:
    with Session(engine) as session:
        for author in session.scalars(select(Author)).all():
            list(author.books_out_of_stock)


@finds(
    Expected(
        "n-plus-one",
        "many-to-one",
        "LoanedBook.book",
        "joinedload",
        20,
        exact=Exact("many-to-one", "Loaned.book", "joinedload"),
    )
)
def association_object(engine: Engine) -> None:
    with Session(engine) as session:
        for loaned in session.scalars(select(Loaned)).all():
            assert loaned.book


@finds(Expected("n-plus-one", "one-to-many", "Vehicle.wheels", "selectinload", 13))
def single_table_inheritance(engine: Engine) -> None:
    with Session(engine) as session:
        for truck in session.scalars(select(Truck)).all():
            assert truck.wheels


@finds(
    Expected("n-plus-one", "inheritance", None, "selectin_polymorphic", 13),
)
def columns_of_a_subclass_in_one_table(engine: Engine) -> None:
    with Session(engine) as session:
        for vehicle in session.scalars(select(Vehicle)).all():
            assert isinstance(vehicle, Truck)
            assert vehicle.load


@finds(GET)
def behind_a_list_of_another_session(engine: Engine) -> None:
    """The list is read on one connection, the rows are looked up on another."""
    with Session(engine) as lists, Session(engine) as session:
        for key in lists.scalars(select(Author.id)).all():
            assert session.get(Author, key)


@finds(AUTHOR_BOOKS)
def with_comments_that_differ(engine: Engine) -> None:
    """As sqlcommenter adds them: the route, and a trace id of its own for each statement."""
    numbers = iter(range(10_000))

    def add(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> tuple[str, object]:
        return f"{statement} /*route='/authors',traceparent='00-{next(numbers):032x}-01'*/", parameters

    event.listen(engine, "before_cursor_execute", add, retval=True)
    with Session(engine) as session:
        for author in session.scalars(select(Author)).all():
            assert author.books
    event.remove(engine, "before_cursor_execute", add)


@finds(Expected("n-plus-one", "one-to-many", "Reader.loans", "selectinload", 700))
def hundreds(engine: Engine) -> None:
    """More than are kept as they are."""
    with Session(engine) as session:
        for reader in session.scalars(select(Reader).limit(700)).all():
            assert reader.loans
