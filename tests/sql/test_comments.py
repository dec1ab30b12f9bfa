import pytest
from hypothesis import given

from tests.sql.strategies import dialects, texts
from triage.sql.comments import tags
from triage.sql.lexer import Dialect


@given(texts, dialects)
def test_any_text_can_be_read(sql: str, dialect: Dialect) -> None:
    tags(sql)
    tags(sql, dialect)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "SELECT '/*controller=''index''*/'",
        "SELECT '/*controller:index*/'",
        "SELECT 1 /* a remark */",
        "SELECT 1 /* TODO: remove */",
        "SELECT 1 /* see https://example.org */",
        "SELECT /*controller:index*/ 1",
        "SELECT 1 /*+ INDEX(a) */",
        "SELECT 1 /*controller='in",
        "SELECT 1 /**/",
        "SELECT 1 -- controller:index",
    ],
)
def test_what_is_no_tag(sql: str) -> None:
    assert tags(sql) == {}


def test_what_only_looks_like_a_comment_in_one_dialect_is_none_without_a_dialect() -> None:
    sql = r"SELECT 'it\'s /*a:b*/'"
    assert tags(sql) == {}
    assert tags(sql, Dialect.MYSQL) == {}


def test_sqlcommenter() -> None:
    sql = (
        "SELECT 1 /*controller='index',db_driver='psycopg2',framework='flask%3A3.0',route='%2Fpolls%201000',"
        "traceparent='00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01'*/;"
    )
    assert tags(sql) == {
        "controller": "index",
        "db_driver": "psycopg2",
        "framework": "flask:3.0",
        "route": "/polls 1000",
        "traceparent": "00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01",
    }


def test_sqlcommenter_with_escaped_quotes_and_encoded_names() -> None:
    assert tags(r"SELECT 1 /*a%20b='it\'s', c='%27,='*/", Dialect.MYSQL) == {"a b": "it's", "c": "',="}


def test_marginalia_before_and_after_the_statement() -> None:
    comment = "/*app:Shop,controller:bar,action:baz,line:/app/x.py:12:in `block'*/"
    expected = {"app": "Shop", "controller": "bar", "action": "baz", "line": "/app/x.py:12:in `block'"}
    assert tags(f"{comment} SELECT 1") == expected
    assert tags(f"SELECT 1 {comment}") == expected


def test_several_comments() -> None:
    assert tags("/*a:1*/ -- x\nSELECT 1 /*b:2*/ /*a:3*/") == {"a": "1", "b": "2"}


def test_a_real_comment_behind_a_literal_that_holds_one() -> None:
    assert tags("SELECT '/*a:1*/' /*b:2*/") == {"b": "2"}
