"""What SQLAlchemy sends for each way of loading, and how it reads."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, exists, func, select
from sqlalchemy.engine import Dialect as SqlalchemyDialect
from sqlalchemy.orm import Session, joinedload, selectinload, subqueryload, undefer

from tests.sql import workload
from tests.sql.workload import Author, Book, Employee, Engineer, Node, Tag
from triage.sql.fingerprint import fingerprint
from triage.sql.lexer import Dialect
from triage.sql.shape import Column, Join, Shape, Side, Verb, shape

Run = Callable[[Callable[[Session], object]], list[Shape]]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = workload.library()
    yield engine
    engine.dispose()


@pytest.fixture(
    params=[
        (workload.POSTGRESQL, Dialect.POSTGRESQL),
        (workload.ASYNCPG, Dialect.POSTGRESQL),
        (workload.MYSQL, Dialect.MYSQL),
    ],
    ids=["psycopg2", "asyncpg", "pymysql"],
)
def run(engine: Engine, request: pytest.FixtureRequest) -> Run:
    compiled_for: SqlalchemyDialect
    compiled_for, dialect = request.param

    def shapes(work: Callable[[Session], object]) -> list[Shape]:
        """Return the shapes of the statements that the work sends, after a look at their fingerprints' shapes."""
        with workload.recorded(engine, compiled_for) as statements, Session(engine) as session:
            work(session)
        read = [shape(each, dialect) for each in statements]
        for statement, found in zip(statements, read, strict=True):
            again = shape(fingerprint(statement, dialect), dialect)
            assert (again.table, again.tables, again.projection) == (found.table, found.tables, found.projection)
            assert (again.joins, again.in_list, again.inequality) == (found.joins, found.in_list, found.inequality)
            assert [(each.column, each.side) for each in again.equality] == keys(found)
            assert not found.truncated
        return read

    return shapes


def keys(found: Shape) -> list[tuple[str, Side]]:
    return [(each.column, each.side) for each in found.equality]


def test_one_to_many(run: Run) -> None:
    parent, *children = run(lambda session: [each.books for each in session.scalars(select(Author))])
    assert parent.table == "authors"
    assert parent.projection == (Column("authors", "id"), Column("authors", "name"))
    assert [(each.table, keys(each)) for each in children] == [("books", [("author_id", Side.LEFT)])] * 2


def test_one_to_many_through_query_has_labels(run: Run) -> None:
    parent, child, _ = run(lambda session: [each.books for each in session.query(Author)])
    assert parent.projection == (Column("authors", "id"), Column("authors", "name"))
    assert Column("books", "author_id") in child.projection


def test_many_to_one(run: Run) -> None:
    parent, *children = run(lambda session: [each.author for each in session.scalars(select(Book))])
    assert Column("books", "author_id") in parent.projection
    assert [(each.table, keys(each)) for each in children] == [("authors", [("id", Side.RIGHT)])] * 2


def test_many_to_many(run: Run) -> None:
    _, child = run(lambda session: [each.tags for each in session.scalars(select(Book).limit(1))])
    assert child.table == "tags"
    assert [(each.table, each.column, each.side) for each in child.equality] == [("book_tags", "book_id", Side.LEFT)]
    assert child.joins == (Join(left=Column("tags", "id"), right=Column("book_tags", "tag_id")),)
    assert child.projection == (Column("tags", "id"), Column("tags", "order"))


def test_a_deferred_column(run: Run) -> None:
    _, child, _ = run(lambda session: [each.biography for each in session.scalars(select(Author))])
    assert child.projection == (Column("authors", "biography"),)
    assert keys(child) == [("id", Side.RIGHT)]


def test_an_undeferred_column(run: Run) -> None:
    (only,) = run(lambda session: [each.biography for each in session.scalars(select(Author).options(undefer("*")))])
    assert len(only.projection) == 3


def test_self_referential_children(run: Run) -> None:
    _, child = run(lambda session: [each.children for each in session.scalars(select(Node).limit(1))])
    assert child.table == "nodes"
    assert keys(child) == [("parent_id", Side.LEFT)]


def language_of(employee: Employee) -> str:
    assert isinstance(employee, Engineer)
    return employee.language


def test_columns_of_a_subclass(run: Run) -> None:
    _, child, _ = run(lambda session: [language_of(each) for each in session.scalars(select(Employee))])
    assert child.projection == (Column("engineers", "language"),)
    assert keys(child) == [("id", Side.LEFT)]


def test_get_and_refresh(run: Run) -> None:
    assert [keys(each) for each in run(lambda session: session.refresh(session.get_one(Book, 1)))] == [
        [("id", Side.RIGHT)]
    ] * 2


def test_selectinload_is_batched(run: Run) -> None:
    _, child = run(lambda session: session.scalars(select(Author).options(selectinload(Author.books))).all())
    assert child.table == "books"
    assert child.in_list
    assert child.equality == ()


def test_subqueryload_is_of_the_table_it_loads(run: Run) -> None:
    query = select(Author).order_by(Author.id).limit(2).options(subqueryload(Author.books))
    parent, child = run(lambda session: session.scalars(query).all())
    assert parent.order_by == (Column("authors", "id"),)
    assert child.table == "books"
    assert child.subquery
    assert child.joins == (Join(left=Column("authors", "id"), right=Column("books", "author_id")),)


def test_joinedload_with_a_limit_is_of_the_table_it_lists(run: Run) -> None:
    query = select(Author).limit(2).offset(1).options(joinedload(Author.books))
    (only,) = run(lambda session: session.scalars(query).unique().all())
    assert only.table == "authors"
    assert only.projection[0] == Column("authors", "id")
    assert only.limit is not None
    assert only.offset is not None


def test_counts(run: Run) -> None:
    def count(session: Session) -> None:
        session.query(Book).filter(Book.author_id == 1).count()
        session.scalar(select(func.count()).select_from(Book).where(Book.author_id == 1))
        session.scalar(select(exists().where(Book.author_id == 1)))

    for found in run(count):
        assert found.aggregate
        assert found.table == "books"
        assert keys(found) == [("author_id", Side.RIGHT)]


def test_an_empty_in_list(run: Run) -> None:
    (only,) = run(lambda session: session.scalars(select(Book).where(Book.id.in_([]))).all())
    assert only.in_list
    assert only.equality == ()


def test_a_queue(run: Run) -> None:
    query = select(Book).where(Book.id > 1, Book.title.like("x%")).limit(1).with_for_update(skip_locked=True)
    (only,) = run(lambda session: session.scalars(query).all())
    assert only.for_update
    assert only.skip_locked
    assert only.inequality == (Column("books", "id"), Column("books", "title"))


def test_writes(run: Run) -> None:
    def write(session: Session) -> None:
        book = session.get_one(Book, 1)
        book.title = "y"
        session.add(Tag(order="x"))
        session.flush()
        session.delete(book)
        session.flush()
        session.rollback()

    found = [each for each in run(write) if each.verb is not Verb.SELECT]
    assert {(each.verb, each.table) for each in found} == {
        (Verb.UPDATE, "books"),
        (Verb.INSERT, "tags"),
        (Verb.DELETE, "book_tags"),
        (Verb.DELETE, "books"),
    }
    assert [keys(each) for each in found if each.verb is Verb.UPDATE] == [[("id", Side.RIGHT)]]
    assert [each.rows for each in found if each.verb is Verb.INSERT] == [1]


def test_a_statement_of_version_2_0() -> None:
    found = shape(
        "SELECT books.id AS books_id, books.title AS books_title, books.author_id AS books_author_id \n"
        "FROM books \nWHERE %(param_1)s = books.author_id",
        Dialect.POSTGRESQL,
    )
    assert found.projection == (Column("books", "id"), Column("books", "title"), Column("books", "author_id"))
    assert keys(found) == [("author_id", Side.LEFT)]
    assert found.equality[0].bind == "%(param_1)s"


def test_a_statement_of_django() -> None:
    found = shape(
        'SELECT "shop_book"."id", "shop_book"."author_id" FROM "shop_book" INNER JOIN "shop_author" ON '
        '("shop_book"."author_id" = "shop_author"."id") WHERE "shop_author"."name" = \'x\' ORDER BY "shop_book"."id" ASC '
        "LIMIT 21",
        Dialect.POSTGRESQL,
    )
    assert found.table == "shop_book"
    assert found.joins == (Join(left=Column("shop_book", "author_id"), right=Column("shop_author", "id")),)
    assert keys(found) == [("name", Side.RIGHT)]
    assert found.limit == 21
