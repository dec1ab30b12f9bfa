import pytest
from hypothesis import given

from tests.sql.strategies import dialects, texts
from triage.sql.fingerprint import Fingerprints, cheap_key, fingerprint
from triage.sql.lexer import Dialect

POSTGRESQL, MYSQL = Dialect.POSTGRESQL, Dialect.MYSQL


def one(*statements: str, dialect: Dialect = POSTGRESQL) -> str:
    """Return the fingerprint that all of the statements have."""
    found = {fingerprint(each, dialect) for each in statements}
    assert len(found) == 1, found
    return found.pop()


@given(texts, dialects)
def test_the_fingerprint_of_a_fingerprint_is_itself(sql: str, dialect: Dialect) -> None:
    text = fingerprint(sql, dialect)
    assert fingerprint(text, dialect) == text


def test_layout_case_and_quotes_make_no_difference() -> None:
    assert (
        one(
            "SELECT books.id AS books_id, count(*)\nFROM books\nWHERE books.id=1",
            'select  "books"."id" as books_id ,COUNT( * )\tfrom Books where BOOKS.id = 1 ;',
        )
        == "SELECT books.id AS books_id, count(*) FROM books WHERE books.id = ?"
    )


def test_quotes_stay_where_they_are_needed() -> None:
    assert fingerprint('SELECT "a", "A", "order", "a b", "in", "é" FROM "user"', POSTGRESQL) == (
        'SELECT a, "A", "order", "a b", "in", "é" FROM user'
    )
    assert fingerprint("SELECT `a`, `A`, `order`, `a b` FROM `user`", MYSQL) == "SELECT a, A, `order`, `a b` FROM user"


def test_mysql_names_keep_their_case_but_functions_do_not() -> None:
    assert one("SELECT Max(Id) FROM Books", "select MAX(`Id`) from `Books`", dialect=MYSQL) == (
        "SELECT max(Id) FROM Books"
    )


@pytest.mark.parametrize(
    "value", ["1", "-1", "+ 1.5e3", "'a'", "$1", "$1::INTEGER", "%(id_1)s", "%s", "?", ":id", "NULL"]
)
def test_literals_and_binds_of_all_drivers_are_one_shape(value: str) -> None:
    assert fingerprint(f"SELECT a FROM b WHERE c = {value} AND d", POSTGRESQL) == "SELECT a FROM b WHERE c = ? AND d"


@pytest.mark.parametrize(
    "cast",
    [
        "::INTEGER",
        "::VARCHAR(20)",
        "::NUMERIC(8, 2)[]",
        "::TIMESTAMP WITHOUT TIME ZONE",
        "::TIMESTAMP(6) WITH TIME ZONE",
        "::double precision",
        "::public.mood[][]",
        '::"char"',
        "::text::uuid",
        "::interval",
    ],
)
def test_casts_on_values_are_dropped(cast: str) -> None:
    assert fingerprint(f"SELECT a FROM b WHERE c = $1{cast} AND d", POSTGRESQL) == "SELECT a FROM b WHERE c = ? AND d"


def test_casts_on_columns_stay() -> None:
    assert fingerprint("SELECT a::text, b::interval - 1", POSTGRESQL) == "SELECT a::text, b::interval - ?"


def test_digits_in_names_survive() -> None:
    assert fingerprint("SELECT t2.c1 FROM table2 AS books_1", POSTGRESQL) == "SELECT t2.c1 FROM table2 AS books_1"


def test_operands_are_never_reordered() -> None:
    left = fingerprint("SELECT a FROM books WHERE 1 = books.author_id", POSTGRESQL)
    right = fingerprint("SELECT a FROM books WHERE books.author_id = 1", POSTGRESQL)
    assert left.endswith("WHERE ? = books.author_id")
    assert right.endswith("WHERE books.author_id = ?")


def test_is_null_is_no_comparison_with_a_value() -> None:
    assert fingerprint("SELECT a FROM b WHERE c IS NULL", POSTGRESQL) == "SELECT a FROM b WHERE c IS NULL"
    assert fingerprint("SELECT a FROM b WHERE c IS NOT NULL", POSTGRESQL) == "SELECT a FROM b WHERE c IS NOT NULL"
    assert fingerprint("SELECT a FROM b WHERE c IS NOT TRUE", POSTGRESQL) == "SELECT a FROM b WHERE c IS NOT TRUE"


def test_null_true_and_false_are_values_where_an_operand_stands() -> None:
    assert one("UPDATE a SET b = NULL, c = true", "UPDATE a SET b = 1, c = $1") == "UPDATE a SET b = ?, c = ?"
    assert one("INSERT INTO a VALUES (NULL, false)", "INSERT INTO a VALUES (1, 2)") == "INSERT INTO a VALUES (?, ?)"


@pytest.mark.parametrize(
    "items", ["1", "1, 2", "1,2,3", "'a'", "$1::INTEGER, $2::INTEGER", "%(id_1_1)s, %(id_1_2)s", "?", "NULL", "-1, 2"]
)
def test_in_lists_of_any_length_are_one_shape(items: str) -> None:
    sql = f"SELECT a FROM b WHERE b.c IN ({items}) AND d"
    assert fingerprint(sql, POSTGRESQL) == "SELECT a FROM b WHERE b.c IN (...) AND d"


def test_an_in_list_as_one_parameter() -> None:
    assert one("SELECT a FROM b WHERE c IN %s", "SELECT a FROM b WHERE c IN (1, 2)")


def test_tuple_in() -> None:
    assert (
        one("SELECT a FROM b WHERE (c, d) IN ((1, 2))", "SELECT a FROM b WHERE (c, d) IN ((1, 2), ($1, $2))")
        == "SELECT a FROM b WHERE (c, d) IN (...)"
    )


@pytest.mark.parametrize("dialect", list(Dialect))
def test_the_empty_in_list_of_sqlalchemy(dialect: Dialect) -> None:
    assert (
        one(
            "SELECT a FROM b WHERE b.c IN (NULL) AND (1 != 1)",
            "SELECT a FROM b WHERE b.c IN (1, 2)",
            dialect=dialect,
        )
        == "SELECT a FROM b WHERE b.c IN (...)"
    )
    assert one(
        "SELECT a FROM b WHERE (b.c NOT IN (NULL) OR (1 = 1))",
        "SELECT a FROM b WHERE (b.c NOT IN (1, 2))",
        dialect=dialect,
    )
    assert one(
        "SELECT a FROM b WHERE (c, d) IN ((NULL, NULL)) AND (1 != 1)",
        "SELECT a FROM b WHERE (c, d) IN ((1, 2))",
        dialect=dialect,
    )


def test_in_with_a_subselect_or_an_expression_stays() -> None:
    sql = "SELECT a FROM b WHERE c IN (SELECT d FROM e) AND f IN (lower(?), g)"
    assert fingerprint(sql, POSTGRESQL) == sql


@pytest.mark.parametrize(
    "array",
    ["($1::INTEGER[])", "(%(ids)s)", "(ARRAY[1])", "(ARRAY[1, 2]::int[])", "('{1,2}'::int[])", " (ARRAY[$1, $2])"],
)
def test_any_of_an_array_is_one_shape(array: str) -> None:
    assert fingerprint(f"SELECT a FROM b WHERE c = ANY{array}", POSTGRESQL) == "SELECT a FROM b WHERE c = ANY (...)"


def test_any_of_a_column_stays() -> None:
    assert fingerprint("SELECT a FROM b WHERE 1 = ANY(c)", POSTGRESQL) == "SELECT a FROM b WHERE ? = ANY (c)"


def test_arrays_of_values_are_one_value() -> None:
    assert one("SELECT ARRAY[1, 2]", "SELECT ARRAY[[1, 2], [3, 4]]::int[]", "SELECT ARRAY[]::int[]", "SELECT $1")


def test_rows_of_values_are_one_row() -> None:
    assert (
        one(
            "INSERT INTO t (a, b) VALUES (1, 'x')",
            "INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y'), (3, DEFAULT)",
            "insert into t(a,b) values ($1::INTEGER, $2), ($3, lower($4))",
        )
        == "INSERT INTO t (a, b) VALUES (?, ?)"
    )


def test_rows_of_insertmanyvalues_are_one_row() -> None:
    start = "INSERT INTO t (a) SELECT p0::VARCHAR FROM (VALUES "
    end = ") AS imp_sen(p0, sen_counter) ORDER BY sen_counter RETURNING t.id, t.id AS id__1"
    assert one(f"{start}(%(a__0)s, 0){end}", f"{start}(%(a__0)s, 0), (%(a__1)s, 1){end}")


def test_rows_of_values_on_mysql() -> None:
    end = " ON DUPLICATE KEY UPDATE a = VALUES(a), b = VALUES(b)"
    assert one(
        f"INSERT INTO t (a, b) VALUES (1, 2){end}", f"INSERT INTO t (a, b) VALUES (1, 2),(3, 4){end}", dialect=MYSQL
    ).endswith("VALUES (?, ?) ON DUPLICATE KEY UPDATE a = VALUES (a), b = VALUES (b)")
    assert one("VALUES ROW(1, 2)", "VALUES ROW(1, 2), ROW(3, 4)", dialect=MYSQL) == "VALUES ROW (?, ?)"


def test_limit_and_offset_collapse() -> None:
    assert one("SELECT a FROM b LIMIT 10 OFFSET 5", "SELECT a FROM b LIMIT $1 OFFSET $2")
    assert fingerprint("SELECT a FROM b LIMIT 5, 10", MYSQL) == "SELECT a FROM b LIMIT ?, ?"


def test_a_negative_value_is_a_value_and_a_subtraction_is_none() -> None:
    assert one("SELECT a FROM b WHERE c = -1", "SELECT a FROM b WHERE c = 1")
    assert fingerprint("SELECT a-1, f(x) -1, (a)-1, a - -1", POSTGRESQL) == "SELECT a - ?, f(x) - ?, (a) - ?, a - ?"


@pytest.mark.parametrize(
    "literal",
    ["'a -- b'", "'/* a'", "'$1'", "'it''s'", r"E'it\'s'", "$tag$it's$tag$", r"U&'\0061'", "X'1F'", "N'a'", r"'\'"],
)
def test_what_a_postgresql_literal_holds_makes_no_difference(literal: str) -> None:
    assert fingerprint(f"SELECT a FROM b WHERE c = {literal} AND d = 1", POSTGRESQL) == (
        "SELECT a FROM b WHERE c = ? AND d = ?"
    )


@pytest.mark.parametrize("literal", ["'a -- b'", "'# a'", r"'it\'s'", '"it\'s"', r'"a\"b"', "_utf8mb4'a'", "x'1F'"])
def test_what_a_mysql_literal_holds_makes_no_difference(literal: str) -> None:
    assert fingerprint(f"SELECT a FROM b WHERE c = {literal} AND d = 1", MYSQL) == (
        "SELECT a FROM b WHERE c = ? AND d = ?"
    )


def test_neighbouring_strings_are_one_value() -> None:
    assert one("SELECT 'a'\n'b'", "SELECT 'ab'")


def test_double_quotes_are_a_value_on_mysql_and_a_name_on_postgresql() -> None:
    assert fingerprint('SELECT "Secret"', MYSQL) == "SELECT ?"
    assert fingerprint('SELECT "Secret"', POSTGRESQL) == 'SELECT "Secret"'


def test_comments_are_dropped() -> None:
    sql = "/* a /* b */ */ SELECT 1 -- c\n /*route='x'*/;"
    assert fingerprint(sql, POSTGRESQL) == "SELECT ?"
    assert fingerprint("SELECT 1 # a\n/*!40001 SQL_NO_CACHE */ -- b", MYSQL) == "SELECT ? SQL_NO_CACHE"


def test_a_jsonb_operator_stays() -> None:
    assert fingerprint("SELECT a FROM b WHERE c ? 'x' AND c ?| $1", POSTGRESQL) == (
        "SELECT a FROM b WHERE c ? ? AND c ?| ?"
    )


def test_a_named_bind_before_a_cast() -> None:
    assert fingerprint("SELECT a FROM b WHERE c = :name::text", POSTGRESQL) == "SELECT a FROM b WHERE c = ?"


def test_names_of_server_side_cursors_differ_every_time() -> None:
    assert (
        one(
            'DECLARE "c_7f3a90_1" CURSOR FOR SELECT c_1_2 FROM t1',
            'DECLARE "c_7f11ff_a" CURSOR FOR SELECT c_1_2 FROM t1',
        )
        == "DECLARE c_n_n cursor FOR SELECT c_1_2 FROM t1"
    )
    assert one('FETCH FORWARD 50 FROM "c_7f3a90_1"', 'FETCH FORWARD 9 FROM "c_7f11ff_a"')
    assert one('CLOSE "c_7f3a90_1"', 'CLOSE "c_7f11ff_a"')
    assert one('CLOSE "_django_curs_14_sync_1"', 'CLOSE "_django_curs_15_sync_2"')


def test_names_of_savepoints_differ_every_time() -> None:
    assert one("SAVEPOINT sa_savepoint_1", "SAVEPOINT sa_savepoint_22") == "SAVEPOINT sa_savepoint_n"
    assert one("RELEASE SAVEPOINT sa_savepoint_1", "RELEASE SAVEPOINT sa_savepoint_2")
    assert one("ROLLBACK TO SAVEPOINT sa_savepoint_1", "ROLLBACK TO SAVEPOINT sa_savepoint_2")
    assert one("SAVEPOINT `s14_x1`", "SAVEPOINT `s15_x2`", dialect=MYSQL)
    assert fingerprint("SAVEPOINT before_import", POSTGRESQL) == "SAVEPOINT before_import"


def test_names_of_prepared_statements_differ_every_time() -> None:
    assert one("DEALLOCATE _pg3_1", 'DEALLOCATE "_pg3_2"')


def test_schema_qualified_names_are_kept() -> None:
    assert fingerprint('SELECT "public"."books"."id" FROM public.books', POSTGRESQL) == (
        "SELECT public.books.id FROM public.books"
    )


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        ("SELECT a FROM b WHERE c = 'sec", "SELECT a FROM b WHERE c = ?"),
        ("SELECT a FROM b WHERE c = $1::TIMESTAMP WITH", "SELECT a FROM b WHERE c = ?"),
        ("SELECT a FROM b WHERE c IN (1, 2, ", "SELECT a FROM b WHERE c IN (?, ?,"),
        ("INSERT INTO a VALUES (1), (2, 'x", "INSERT INTO a VALUES (?)"),
        ("SELECT a, b...", "SELECT a, b ..."),
        ("SELECT a, b…", "SELECT a, b ..."),
        ("SELECT a FROM b /* c", "SELECT a FROM b"),
        ("", ""),
        (";", ""),
    ],
)
def test_a_truncated_statement_ends_with_what_is_there(cut: str, expected: str) -> None:
    assert fingerprint(cut, POSTGRESQL) == expected


def test_nothing_after_a_cut_in_the_middle_is_believed() -> None:
    sql = "INSERT INTO t (a) VALUES ('it" + "x" * 300 + " ... 900 characters truncated ... ', 'secret') RETURNING t.id"
    assert fingerprint(sql, POSTGRESQL) == "INSERT INTO t (a) VALUES (?"


def test_keywords_after_other_keywords() -> None:
    assert fingerprint("select a from b order by a nulls last for no key update skip locked", POSTGRESQL) == (
        "SELECT a FROM b ORDER BY a NULLS LAST FOR NO KEY UPDATE SKIP LOCKED"
    )
    assert fingerprint("SELECT key, first, b.select FROM locked", POSTGRESQL) == (
        "SELECT key, first, b.select FROM locked"
    )


class TestFingerprints:
    def test_it_gives_what_the_exact_lexer_gives(self) -> None:
        fingerprint_of = Fingerprints(POSTGRESQL)
        for number in range(3):
            assert fingerprint_of(f"SELECT a FROM t2 WHERE b = {number}".encode()) == "SELECT a FROM t2 WHERE b = ?"
        assert len(fingerprint_of) == 1

    def test_bytes_that_are_no_utf_8_are_read(self) -> None:
        assert Fingerprints(MYSQL)(b"SELECT '\xff', \xff") == "SELECT ?, \N{REPLACEMENT CHARACTER}"

    def test_memory_is_bounded(self) -> None:
        fingerprint_of = Fingerprints(POSTGRESQL, max_bytes=10_000)
        for number in range(1000):
            fingerprint_of(f"SELECT a FROM t{number}".encode())
        assert 0 < len(fingerprint_of) < 50

    def test_a_statement_larger_than_the_bound_is_read_and_not_kept(self) -> None:
        fingerprint_of = Fingerprints(POSTGRESQL, max_bytes=1000)
        assert fingerprint_of(b"SELECT " + b"a, " * 1000).startswith("SELECT a, a")
        assert len(fingerprint_of) == 0

    def test_it_does_not_mix_up_what_the_key_keeps_apart(self) -> None:
        fingerprint_of = Fingerprints(MYSQL)
        statements = [b"SELECT 'a\\', 1, '", b"SELECT 'a', 1, ''", b'SELECT "a"', b"SELECT a # 1", b"SELECT a # 2\n, b"]
        assert [fingerprint_of(each) for each in statements * 2] == [
            fingerprint(each.decode(), MYSQL) for each in statements * 2
        ]
        assert len({cheap_key(each) for each in statements}) == len(statements)
