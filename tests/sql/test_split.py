import pytest
from hypothesis import given

from tests.sql.strategies import dialects, texts
from triage.sql.lexer import Dialect
from triage.sql.split import split

POSTGRESQL, MYSQL = Dialect.POSTGRESQL, Dialect.MYSQL


@given(texts, dialects)
def test_any_text_can_be_split(sql: str, dialect: Dialect) -> None:
    assert all(each in sql for each in split(sql, dialect))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'a;b'",
        'SELECT ";"',
        "SELECT 1 /* ; */",
        "DO $$ BEGIN PERFORM 1; END $$",
        "CREATE RULE a AS ON INSERT TO b DO (DELETE FROM c; DELETE FROM d)",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END",
    ],
)
def test_one_statement_of_postgresql(sql: str) -> None:
    assert split(sql, POSTGRESQL) == [sql]


@pytest.mark.parametrize(
    "sql",
    [
        r"SELECT 'it\'s; a'",
        'SELECT "a;b"',
        "SELECT `a;b`",
        "CREATE PROCEDURE p() BEGIN SELECT 1; BEGIN SELECT 2; END; SELECT 3; END",
        "CREATE PROCEDURE p() BEGIN IF a THEN SELECT 1; END IF; WHILE b DO SELECT 2; END WHILE; END",
        "CREATE PROCEDURE p() BEGIN CASE a WHEN 1 THEN SELECT 2; END CASE; SELECT CASE WHEN b THEN c END; END",
        "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET NEW.b = 1; END",
        "BEGIN NOT ATOMIC SELECT 1; SELECT 2; END",
    ],
)
def test_one_statement_of_mysql(sql: str) -> None:
    assert split(sql, MYSQL) == [sql]


def test_several_statements() -> None:
    assert split("SET LOCAL a = 'x;y'; BEGIN; SELECT 1 -- ;\n; COMMIT;", POSTGRESQL) == [
        "SET LOCAL a = 'x;y'",
        "BEGIN",
        "SELECT 1 -- ;",
        "COMMIT",
    ]


def test_begin_and_end_as_transactions() -> None:
    assert split("BEGIN; SELECT 1; END; SELECT 2", POSTGRESQL) == ["BEGIN", "SELECT 1", "END", "SELECT 2"]


def test_what_follows_a_body() -> None:
    assert split("CREATE PROCEDURE p() BEGIN SELECT 1; END; CALL p()", MYSQL) == [
        "CREATE PROCEDURE p() BEGIN SELECT 1; END",
        "CALL p()",
    ]


def test_empty_statements_are_dropped() -> None:
    assert split(" ; ;; /* a */ ; -- b\n", POSTGRESQL) == []


def test_a_comment_stays_with_its_statement() -> None:
    assert split("/*a:1*/ SELECT 1; /*b:2*/ SELECT 2", POSTGRESQL) == ["/*a:1*/ SELECT 1", "/*b:2*/ SELECT 2"]


def test_a_truncated_literal_ends_the_text() -> None:
    assert split("SELECT 1; SELECT 'a; b", POSTGRESQL) == ["SELECT 1", "SELECT 'a; b"]
