import pytest
from hypothesis import given

from tests.sql.strategies import dialects, texts
from triage.sql.fingerprint import fingerprint
from triage.sql.lexer import Dialect
from triage.sql.shape import (
    Column,
    Equality,
    Join,
    Shape,
    Side,
    Table,
    Verb,
    is_same_table,
    shape,
    values,
)

POSTGRESQL, MYSQL = Dialect.POSTGRESQL, Dialect.MYSQL


def read(sql: str, dialect: Dialect = POSTGRESQL) -> Shape:
    return shape(sql, dialect)


def keys(sql: str, dialect: Dialect = POSTGRESQL) -> list[tuple[str | None, str, Side]]:
    return [(each.table, each.column, each.side) for each in shape(sql, dialect).equality]


@given(texts, dialects)
def test_any_text_has_a_shape(sql: str, dialect: Dialect) -> None:
    found = shape(sql, dialect)
    given = values(sql, dialect)
    assert all(each.position < len(given) for each in found.equality)
    hash(found)


@given(texts, dialects)
def test_a_fingerprint_has_the_keys_of_its_statement(sql: str, dialect: Dialect) -> None:
    shape(fingerprint(sql, dialect), dialect)


@pytest.mark.parametrize(
    ("sql", "verb"),
    [
        ("select 1", Verb.SELECT),
        ("(SELECT 1) UNION (SELECT 2)", Verb.SELECT),
        ("VALUES (1)", Verb.SELECT),
        ("WITH a AS (DELETE FROM b RETURNING c) SELECT * FROM a", Verb.SELECT),
        ("WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a", Verb.INSERT),
        ("WITH a AS (SELECT 1), d AS MATERIALIZED (SELECT 2) UPDATE b SET c = 1", Verb.UPDATE),
        ("/* a */ insert into a values (1)", Verb.INSERT),
        ("REPLACE INTO a VALUES (1)", Verb.INSERT),
        ("MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE", Verb.MERGE),
        ("BEGIN", Verb.BEGIN),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE", Verb.BEGIN),
        ("START TRANSACTION READ ONLY", Verb.BEGIN),
        ("BEGIN NOT ATOMIC SELECT 1; END", Verb.OTHER),
        ("START REPLICA", Verb.OTHER),
        ("COMMIT", Verb.COMMIT),
        ("END", Verb.COMMIT),
        ("COMMIT PREPARED 'a'", Verb.COMMIT_PREPARED),
        ("ROLLBACK", Verb.ROLLBACK),
        ("ABORT", Verb.ROLLBACK),
        ("ROLLBACK WORK", Verb.ROLLBACK),
        ("ROLLBACK TO a", Verb.ROLLBACK_TO),
        ("ROLLBACK TO SAVEPOINT a", Verb.ROLLBACK_TO),
        ("ROLLBACK WORK TO SAVEPOINT a", Verb.ROLLBACK_TO),
        ("ROLLBACK PREPARED 'a'", Verb.ROLLBACK_PREPARED),
        ("PREPARE TRANSACTION 'a'", Verb.PREPARE_TRANSACTION),
        ("PREPARE a AS SELECT 1", Verb.OTHER),
        ("SAVEPOINT a", Verb.SAVEPOINT),
        ("RELEASE SAVEPOINT a", Verb.RELEASE),
        ("DECLARE a CURSOR FOR SELECT 1", Verb.DECLARE),
        ("FETCH FORWARD 5 FROM a", Verb.FETCH),
        ("CLOSE a", Verb.CLOSE),
        ("SET autocommit=0", Verb.SET),
        ("SHOW search_path", Verb.SHOW),
        ("CREATE TABLE a (b int)", Verb.DDL),
        ("TRUNCATE a", Verb.DDL),
        ("LOCK TABLE a", Verb.LOCK),
        ("EXPLAIN ANALYZE SELECT 1", Verb.EXPLAIN),
        ("COPY a FROM STDIN", Verb.COPY),
        ("CALL p()", Verb.CALL),
        ("DEALLOCATE a", Verb.OTHER),
        ('"select"', Verb.OTHER),
        ("", Verb.OTHER),
        (";", Verb.OTHER),
    ],
)
def test_verbs(sql: str, verb: Verb) -> None:
    assert read(sql).verb is verb


def test_commit_and_chain() -> None:
    assert read("COMMIT AND CHAIN").chain
    assert read("rollback work and chain").chain
    assert not read("COMMIT AND NO CHAIN").chain
    assert not read("COMMIT").chain


def test_a_lazy_load_has_its_value_on_the_left() -> None:
    assert read(
        "SELECT books.id AS books_id, books.author_id AS books_author_id FROM books WHERE 7 = books.author_id"
    ) == (
        Shape(
            verb=Verb.SELECT,
            table="books",
            tables=(Table(name="books"),),
            projection=(Column("books", "id"), Column("books", "author_id")),
            equality=(Equality(table="books", column="author_id", side=Side.LEFT, position=0, bind="?"),),
        )
    )


def test_a_filter_written_by_hand_has_its_value_on_the_right() -> None:
    assert keys("SELECT id FROM books WHERE author_id = 7") == [("books", "author_id", Side.RIGHT)]


@pytest.mark.parametrize("value", ["7", "-7", "'a'", "$1", "$1::INTEGER", "%(id)s", "?", "CAST($1 AS INTEGER)"])
def test_values_of_all_forms(value: str) -> None:
    assert keys(f"SELECT id FROM books WHERE books.a = {value} AND {value} = books.b") == [
        ("books", "a", Side.RIGHT),
        ("books", "b", Side.LEFT),
    ]


def test_the_position_of_a_value_among_all_values() -> None:
    sql = "SELECT a, 1 FROM b WHERE c = 'x' AND d IN (1, 2) AND e = $2::VARCHAR(20) AND -3 = f LIMIT 5"
    assert [values(sql, POSTGRESQL)[each.position] for each in read(sql).equality] == ["'x'", "$2", "-3"]
    assert [each.bind for each in read(sql).equality] == ["?", "$2", "?"]


def test_what_is_no_plain_column_or_value_is_no_key() -> None:
    sql = "SELECT a FROM b WHERE lower(c) = $1 AND d + 1 = $2 AND e = $3 + 1 AND f = g + 1 AND 2 * h = 3"
    assert keys(sql) == []


def test_assignments_are_no_keys() -> None:
    found = read("UPDATE books SET title = $1, year = $2 WHERE books.id = $3")
    assert found.table == "books"
    assert [(each.column, each.position) for each in found.equality] == [("id", 2)]
    assert keys("INSERT INTO a (b) VALUES (1) ON CONFLICT (b) DO UPDATE SET c = 1") == []
    assert keys("INSERT INTO a (b) VALUES (1) ON DUPLICATE KEY UPDATE c = 1, d = VALUES(d)", MYSQL) == []


def test_is_null_is_no_key() -> None:
    assert keys("SELECT a FROM b WHERE c IS NULL AND d = 1") == [("b", "d", Side.RIGHT)]


def test_null_safe_equality() -> None:
    assert keys("SELECT a FROM b WHERE c <=> 1", MYSQL) == [("b", "c", Side.RIGHT)]
    assert keys("SELECT a FROM b WHERE c IS NOT DISTINCT FROM $1") == [("b", "c", Side.RIGHT)]
    assert read("SELECT a FROM b WHERE c IS DISTINCT FROM $1").inequality == (Column("b", "c"),)


def test_aliases_schemas_and_quotes() -> None:
    found = read(
        'SELECT b."Id", pub.books.x FROM "public"."books" AS b, pub.books WHERE "b"."Author" = 1 AND pub.books.y = 2'
    )
    assert found.table == "public.books"
    assert found.tables == (Table(name="public.books", alias="b"), Table(name="pub.books"))
    assert found.projection == (Column("public.books", "Id"), Column("pub.books", "x"))
    assert [each.table for each in found.equality] == ["public.books", "pub.books"]


def test_an_alias_without_as() -> None:
    found = read("SELECT b.id FROM books b WHERE b.x = 1 FOR UPDATE")
    assert found.tables == (Table(name="books", alias="b"),)
    assert found.projection == (Column("books", "id"),)


def test_index_hints_are_no_alias() -> None:
    assert read("SELECT id FROM books USE INDEX (a) WHERE x = 1", MYSQL).tables == (Table(name="books"),)
    assert read("SELECT id FROM books FORCE INDEX (a)", MYSQL).tables == (Table(name="books"),)


def test_a_table_is_the_same_with_and_without_its_schema() -> None:
    assert is_same_table("books", "public.books")
    assert is_same_table("public.books", "books")
    assert not is_same_table("archive.books", "public.books")
    assert not is_same_table("ebooks", "books")


def test_a_column_without_a_table_is_of_the_only_one() -> None:
    assert keys("SELECT id FROM books WHERE x = 1") == [("books", "x", Side.RIGHT)]
    assert keys("SELECT id FROM books, authors WHERE x = 1") == [(None, "x", Side.RIGHT)]


def test_the_secondary_shape() -> None:
    found = read("SELECT tags.id FROM tags, book_tags WHERE $1 = book_tags.book_id AND tags.id = book_tags.tag_id")
    assert found.table == "tags"
    assert [each.name for each in found.tables] == ["tags", "book_tags"]
    assert found.equality == (Equality(table="book_tags", column="book_id", side=Side.LEFT, position=0, bind="$1"),)
    assert found.joins == (Join(left=Column("tags", "id"), right=Column("book_tags", "tag_id")),)


def test_joins_of_all_kinds() -> None:
    sql = "SELECT a.x FROM a JOIN b ON a.id = b.a_id LEFT OUTER JOIN (c JOIN d ON c.id = d.c_id) ON b.id = c.b_id WHERE a.y = 1"
    found = read(sql)
    assert [each.name for each in found.tables] == ["a", "b", "c", "d"]
    assert [(*each.left, *each.right) for each in found.joins] == [
        ("a", "id", "b", "a_id"),
        ("c", "id", "d", "c_id"),
        ("b", "id", "c", "b_id"),
    ]
    assert keys(sql) == [("a", "y", Side.RIGHT)]


def test_a_self_join_is_a_join_of_two_aliases() -> None:
    found = read("SELECT n.id FROM nodes AS n JOIN nodes AS n_1 ON n.id = n_1.parent_id")
    assert found.joins == (Join(left=Column("nodes", "id"), right=Column("nodes", "parent_id")),)
    assert read("SELECT id FROM nodes WHERE nodes.id = nodes.parent_id").joins == ()


@pytest.mark.parametrize(
    "predicate",
    [
        "IN (1, 2)",
        "IN ($1, $2)",
        "IN %s",
        "IN ((1, 2), (3, 4))",
        "IN (...)",
        "= ANY($1::INTEGER[])",
        "= ANY(ARRAY[1])",
        "= ANY (...)",
        "IN (NULL) AND (1 != 1)",
    ],
)
def test_batched_predicates(predicate: str) -> None:
    found = read(f"SELECT a FROM b WHERE b.c {predicate}")
    assert found.in_list
    assert found.equality == ()


def test_in_with_one_value_is_an_equality() -> None:
    found = read("SELECT a FROM b WHERE c IN ($1)")
    assert not found.in_list
    assert found.equality == (Equality(table="b", column="c", side=Side.RIGHT, position=0, bind="$1"),)


def test_in_with_a_subselect_is_no_list() -> None:
    found = read("SELECT a FROM b WHERE b.c IN (SELECT d.c FROM d WHERE d.e = 1)")
    assert not found.in_list
    assert found.subquery
    assert keys("SELECT a FROM b WHERE b.c IN (SELECT d.c FROM d WHERE d.e = 1)") == [("d", "e", Side.RIGHT)]
    assert found.table == "b"


@pytest.mark.parametrize(
    "predicate",
    [
        "c < 1",
        "c > $1",
        "c <= 1",
        "c >= 1",
        "c <> 1",
        "c != 1",
        "1 < c",
        "c BETWEEN 1 AND 2",
        "c LIKE 'a%'",
        "c NOT ILIKE 'a'",
        "c NOT IN (1, 2)",
        "c <> ALL ($1)",
        "c ~ 'a'",
    ],
)
def test_inequalities(predicate: str) -> None:
    found = read(f"SELECT a FROM b WHERE {predicate} AND d = 1")
    assert found.inequality == (Column("b", "c"),)
    assert [each.column for each in found.equality] == ["d"]
    assert not found.in_list


@pytest.mark.parametrize(
    ("tail", "limit", "offset"),
    [
        ("", None, None),
        ("LIMIT 10", 10, None),
        ("LIMIT $1 OFFSET $2", "$1", "$2"),
        ("OFFSET 5 LIMIT %(a)s", "%(a)s", 5),
        ("LIMIT ? OFFSET ?", "?", "?"),
        ("LIMIT ALL OFFSET 5", None, 5),
        ("LIMIT NULL", None, None),
        ("LIMIT '7'", 7, None),
        ("OFFSET 3 ROWS FETCH FIRST 2 ROWS ONLY", 2, 3),
    ],
)
def test_limit_and_offset(tail: str, limit: int | str | None, offset: int | str | None) -> None:
    found = read(f"SELECT a FROM b WHERE c = 1 {tail}")
    assert (found.limit, found.offset) == (limit, offset)


def test_mysql_writes_the_offset_before_the_limit() -> None:
    found = read("SELECT a FROM b LIMIT 20, 10", MYSQL)
    assert (found.limit, found.offset) == (10, 20)


def test_the_limit_of_a_derived_table_counts_and_of_a_subselect_not() -> None:
    assert read("SELECT a.id FROM (SELECT b.id AS id FROM b LIMIT 3) AS a").limit == 3
    assert read("SELECT a FROM b WHERE c IN (SELECT d FROM e LIMIT 3)").limit is None


@pytest.mark.parametrize(
    "projection", ["count(*)", "COUNT (*)", "max(a)", "a, sum(b)", "EXISTS (SELECT 1)", "coalesce(sum(a), 0)"]
)
def test_aggregates(projection: str) -> None:
    assert read(f"SELECT {projection} FROM b").aggregate


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a.count FROM a",
        "SELECT count(*) OVER () FROM a",
        "SELECT a, (SELECT count(*) FROM b) FROM c",
        "SELECT a FROM b WHERE EXISTS (SELECT 1)",
    ],
)
def test_what_is_no_aggregate(sql: str) -> None:
    assert not read(sql).aggregate


def test_distinct() -> None:
    assert read("SELECT DISTINCT a.b FROM a").projection == (Column("a", "b"),)
    assert read("SELECT DISTINCT a.b FROM a").distinct
    assert read("SELECT DISTINCT ON (a.b, a.c) a.d FROM a").projection == (Column("a", "d"),)
    assert not read("SELECT count(DISTINCT a) FROM b").distinct


@pytest.mark.parametrize(
    "lock", ["FOR UPDATE", "FOR NO KEY UPDATE", "FOR SHARE", "FOR KEY SHARE", "LOCK IN SHARE MODE"]
)
def test_row_locks(lock: str) -> None:
    found = read(f"SELECT a FROM b WHERE c = 1 {lock} OF b SKIP LOCKED")
    assert found.for_update
    assert found.skip_locked
    assert not found.truncated
    assert not read("SELECT a FROM b WHERE c = 1").for_update


def test_order_by() -> None:
    assert read("SELECT a FROM b ORDER BY b.c DESC NULLS LAST, lower(d), e").order_by == (
        Column("b", "c"),
        Column("b", "e"),
    )


def test_a_projection_keeps_what_it_can_read() -> None:
    found = read("SELECT b.*, *, b.c AS d, e f, g::text, lower(h), 1, b.i || 'x' FROM b")
    assert found.projection == (
        Column("b", "*"),
        Column("b", "*"),
        Column("b", "c"),
        Column("b", "e"),
    )


def test_from_in_a_function_begins_no_clause() -> None:
    found = read("SELECT extract(year FROM b.c), b.d FROM b WHERE substring(b.e FROM 2) = 'a' AND b.f = 1")
    assert found.table == "b"
    assert found.projection == (Column("b", "d"),)
    assert keys("SELECT extract(year FROM b.c) FROM b WHERE b.f = 1") == [("b", "f", Side.RIGHT)]


def test_a_function_in_from_is_no_table() -> None:
    assert read("SELECT a FROM generate_series(1, 2) AS a, b").tables == (Table(name="b"),)


def test_a_count_of_a_derived_table() -> None:
    sql = (
        "SELECT count(*) AS count_1 FROM (SELECT books.id AS books_id FROM books WHERE $1 = books.author_id) AS anon_1"
    )
    assert read(sql).table == "books"
    assert read(sql).aggregate
    assert keys(sql) == [("books", "author_id", Side.LEFT)]


def test_common_table_expressions_are_behind_their_names() -> None:
    sql = (
        "WITH recent AS (SELECT books.id AS book_id FROM books WHERE books.year = $1) SELECT r.book_id FROM recent AS r"
    )
    found = read(sql)
    assert found.table == "books"
    assert found.tables == (Table(name="books"),)
    assert found.projection == (Column("books", "id"),)
    assert keys(sql) == [("books", "year", Side.RIGHT)]


def test_tables_of_writes() -> None:
    assert read("INSERT INTO public.a (b) SELECT c FROM d").table == "public.a"
    assert read("DELETE FROM a USING b WHERE a.x = b.x").tables == (Table(name="a"), Table(name="b"))
    assert read("UPDATE ONLY a SET b = 1 FROM c").table == "a"
    assert read("UPDATE a JOIN b ON a.x = b.x SET a.c = 1 WHERE b.y = 2", MYSQL).table == "a"
    assert read("CREATE TABLE IF NOT EXISTS a (b int)").table == "a"


def test_rows_of_values() -> None:
    assert read("INSERT INTO a (b) VALUES (1), (2), (lower('x'))").rows == 3
    assert read("INSERT INTO a (b) VALUES ROW(1), ROW(2)", MYSQL).rows == 2
    assert read("INSERT INTO a DEFAULT VALUES").rows == 0
    assert read("INSERT INTO a (b) VALUES (1) ON DUPLICATE KEY UPDATE b = VALUES(b)", MYSQL).rows == 1
    assert read("SELECT a FROM b").rows == 0


def test_a_server_side_cursor_has_the_shape_of_its_query() -> None:
    found = read('DECLARE "c_1_1" CURSOR WITHOUT HOLD FOR SELECT books.id FROM books WHERE 1 = books.author_id')
    assert (found.verb, found.table) == (Verb.DECLARE, "books")
    assert [each.side for each in found.equality] == [Side.LEFT]
    assert not found.for_update


def test_of_several_statements_the_first_counts() -> None:
    assert read("SELECT a FROM b; DELETE FROM c").tables == (Table(name="b"),)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM b WHERE c = 'x",
        "SELECT a FROM b WHERE c = 'x''",
        'SELECT a FROM "b',
        "SELECT a FROM b WHERE c = $tag$ x $tag",
        "SELECT a FROM b /* c",
        "SELECT a FROM b WHERE c IN (1, 2",
        "SELECT a FROM b WHERE",
        "SELECT a FROM b WHERE c =",
        "SELECT a,",
        "SELECT a.",
        "SELECT a, b...",
        "SELECT a, b…",
        "INSERT INTO a VALUES (1) ... 900 characters truncated ... , (2)" + " " * 350,
    ],
)
def test_truncated_texts(sql: str) -> None:
    assert read(sql).truncated


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM a",
        "DELETE FROM a RETURNING *",
        "SELECT a FROM b WHERE c = 'x' -- '",
        "SELECT a FROM b WHERE c = 'it''s';",
        "SELECT a FROM b WHERE c IN (...)",
        "SELECT a FROM b WHERE c IS NULL",
        "INSERT INTO a DEFAULT VALUES",
        "SELECT a FROM b FOR UPDATE",
        "SELECT a FROM b ORDER BY c DESC",
        "SELECT a FROM b FETCH FIRST ROW ONLY",
        "CLOSE ALL",
        "COMMIT",
        "",
        ";",
    ],
)
def test_whole_texts(sql: str) -> None:
    assert not read(sql).truncated
