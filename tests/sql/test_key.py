import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sql.strategies import texts
from triage.sql.fingerprint import fingerprint
from triage.sql.key import cheap_key
from triage.sql.lexer import Dialect

_LITERALS = st.sampled_from(["7", "1.5", "2e-5", "'z'", "'a''b'", "'-- /* \" $a$ '", r"'\a\\'", "''"])
_COMMENTS = st.sampled_from([" c */", "'*/", "*/", "a='b',c='1'*/"])
_LISTS = st.sampled_from(["7", "7, 'z'", "$1, $2::INTEGER", "%(a)s,%s,?"])


@given(texts, st.data())
def test_statements_with_one_key_have_one_fingerprint(sql: str, data: st.DataObject) -> None:
    """Put other literals where the key has none, and see that nothing but the literals was lost."""
    key = cheap_key(sql.encode())
    if key.startswith(b"\0\0"):
        return
    parts: list[str] = []
    for piece in key.replace(b"\0\0", b"\0").decode().split("\0"):
        if parts:
            before = parts[-1]
            other = (
                _COMMENTS if before.endswith("/*") else _LISTS if before.endswith((" IN (", "ARRAY[")) else _LITERALS
            )
            parts.append(data.draw(other))
        parts.append(piece)
    variant = "".join(parts)
    if cheap_key(variant.encode()) == key:
        for dialect in Dialect:
            assert fingerprint(variant, dialect) == fingerprint(sql, dialect)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM b WHERE c = 1", "SELECT a FROM b WHERE c = 22.5"),
        ("SELECT a FROM b WHERE c = 'x'", "SELECT a FROM b WHERE c = 'it''s -- /* \" # $$'"),
        ('SELECT "a" FROM "b" WHERE "c" = 1', 'SELECT "a" FROM "b" WHERE "c" = 2'),
        ("SELECT `a` FROM `my-db`.`b` LIMIT 1", "SELECT `a` FROM `my-db`.`b` LIMIT 2"),
        ("SELECT a FROM b WHERE c IN (1)", "SELECT a FROM b WHERE c IN (1, 2, 3)"),
        ("SELECT a FROM b WHERE c IN ($1)", "SELECT a FROM b WHERE c IN ($1::INTEGER, $2::INTEGER)"),
        ("SELECT a FROM b WHERE c = ANY(ARRAY[1])", "SELECT a FROM b WHERE c = ANY(ARRAY[1, 2])"),
        ("SELECT 1 /*traceparent='00-1'*/", "SELECT 2 /*traceparent='00-2'*/"),
        ("SELECT a FROM b WHERE c = 'cut", "SELECT a FROM b WHERE c = 'cut of"),
        ("SELECT a FROM b WHERE c = 1e-05", "SELECT a FROM b WHERE c = 2.5E+10"),
    ],
)
def test_the_plain_literals_of_two_executions_make_no_difference(one: str, other: str) -> None:
    assert cheap_key(one.encode()) == cheap_key(other.encode())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM t1", "SELECT a FROM t2"),
        ("SELECT a FROM books_1", "SELECT a FROM books_2"),
        ('SELECT "1 a"', 'SELECT "2 a"'),
        ("SELECT `a 1`", "SELECT `a 2`"),
        ("SELECT @1", "SELECT @2"),
        ("SELECT ?", "SELECT 1"),
        ("SELECT a/**/b", "SELECT a 1 b"),
        ("VALUES (1)", "VALUES (1, 2)"),
        ("SELECT U&'a'", "SELECT U&1"),
        ("SELECT :1", "SELECT :'a'"),
        (r"SELECT 'a\', 1, 'b'", r"SELECT 'a\', 2, 'b'"),
        ("SELECT 1 /* a /* */ , 2 */", "SELECT 1 /* a /* */ , b */"),
        ("SELECT 1 --1", "SELECT 1 --2"),
        ("SELECT 1 #1", "SELECT 1 #2"),
        ("SELECT $a$1$a$", "SELECT $a$, 1, $a$"),
        ("SELECT /*!1 1*/", "SELECT /*!1 a*/"),
        ("SELECT t. IN (1)", "SELECT t. IN (1, 2)"),
        ("SELECT \0", "SELECT 1"),
        ("", "1"),
    ],
)
def test_what_may_be_of_two_shapes_has_two_keys(one: str, other: str) -> None:
    assert cheap_key(one.encode()) != cheap_key(other.encode())


def test_the_mark_of_a_cut_is_not_lost_in_a_literal() -> None:
    cut = "INSERT INTO t VALUES ('" + "x" * 400 + " ... 9 characters truncated ... ', 1)"
    assert cheap_key(cut.encode()) != cheap_key(b"INSERT INTO t VALUES ('x', 1)")
