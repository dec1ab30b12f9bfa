"""What is known of a statement by a key is what the exact lexer reads in it: no two fingerprints share a key."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from triage.querylogs.statement import Control, Statement
from triage.querylogs.vocabulary import Vocabulary
from triage.sql.fingerprint import fingerprint
from triage.sql.lexer import Dialect

BEGINNINGS = (
    "SELECT a FROM ",
    "SELECT a1, b FROM t WHERE ",
    "SELECT `a`, b FROM t AS t_1 JOIN u ON u.c = ",
    'SELECT "a", b FROM t JOIN u ON u.c = 1 WHERE ',
    "INSERT INTO t (a, b) VALUES ",
    "UPDATE t SET ",
    "DELETE FROM t WHERE ",
    "select a from t where ",
    "",
)
FRAGMENTS = (
    "1", "22", "0", "1.5", "22.75", ".5", "1.", "1e5", "1.5E-3", "0x1F", "1_000", "1..5", "$1", "$22", "%s", "%(a1)s",
    ":a1", ":a2", "?", "a1", "a22", "t1.c2", '"a1"', '"a b"', '"1"', "`a1`", "NULL", "null", "TRUE", "-", "+", "*",
    "'a'", "'b''c'", "''", "'a\\'", "'\\\\'", "E'a\\'b'", "x'1F'", "N'a'", "_utf8'a'", '"it\'s"', "'1'", "'\n'", "'\0'",
    "$$a$$", "$t$1$t$", "-- a", "-- it's\n", "# it's\n", "/* 1 */", "/* it's */", "/*!40000 1 */", "/*", "*/", "\\", "\0",
    "(", ")", ", ", ",", " IN (", " IN (1, 2)", " IN (1)", "('a', 1), ('b', 2)", "(1), (2)", "(1)", "(NULL, 1),(NULL, 2)",
    " = ", "=", "::int", "::", ".", ";", "; ", " AND ", "a = 1", "b = 'x'", " LIMIT 10", " OFFSET 5", " SET ", "VALUES ", " FROM ",
    "WHERE ", "SELECT ", "f", "é", "\x85", "@a", "@1", "[1]", "ARRAY[1, 2]", "ANY (1)", " ", "\n", "\t", "1a", "a$1", "$a", "'", '"', "`",
)  # fmt: skip
SWAPS = st.lists(st.tuples(st.integers(0, 7), st.sampled_from(FRAGMENTS)), max_size=2)


@st.composite
def neighbours(draw: st.DrawFn) -> list[str]:
    """Statements that differ in a fragment or two: those that may share a key."""
    beginning = draw(st.sampled_from(BEGINNINGS))
    pieces = draw(st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=7))
    found = [beginning + "".join(pieces)]
    for swap in draw(st.lists(SWAPS, min_size=1, max_size=4)):
        other = list(pieces)
        for at, fragment in swap:
            other[at % len(other)] = fragment
        found.append(beginning + "".join(other))
    return found


@settings(max_examples=500, deadline=None)
@given(statements=neighbours(), dialect=st.sampled_from(list(Dialect)))
@example(["SELECT a FROM t WHERE f((1), (2))", "SELECT a FROM t WHERE f((1))"], Dialect.POSTGRESQL)
@example(["SELECT a FROM t WHERE b = @11.5", "SELECT a FROM t WHERE b = @12.5"], Dialect.MYSQL)
@example(["SELECT a FROM t WHERE 1.1..5 = b", "SELECT a FROM t WHERE 1..5 = b"], Dialect.MYSQL)
@example(["SELECT a FROM t WHERE b = 1.1.5", "SELECT a FROM t WHERE b = 1.1"], Dialect.POSTGRESQL)
@example(["SELECT a FROM t WHERE 'a\\'b'c`'", "SELECT a FROM t WHERE 'a\\'b' `'"], Dialect.MYSQL)
@example(["SELECT a FROM t WHERE b = 'x'y", "SELECT a FROM t WHERE b = '\0y"], Dialect.POSTGRESQL)
def test_no_two_fingerprints_share_a_key(statements: list[str], dialect: Dialect) -> None:
    vocabulary = Vocabulary(dialect)
    for sql in [*statements, *statements]:
        text = sql.encode()
        found = vocabulary.exact.get(text) or vocabulary(text)
        if found.control is not Control.SEVERAL:
            assert found.fingerprint == Statement(fingerprint(sql, dialect), dialect).fingerprint, sql


ALIKE = (
    ("SELECT a FROM t WHERE id = 1", "SELECT a FROM t WHERE id = 22"),
    ("SELECT a FROM t1 WHERE id = 1 AND b = 'x'", "SELECT a FROM t1 WHERE id = 22 AND b = 'it''s'"),
    ("SELECT a FROM t WHERE id IN (1)", "SELECT a FROM t WHERE id IN (1, 2, 3)"),
    ("SELECT a FROM t WHERE (a, b) IN ((1, 2))", "SELECT a FROM t WHERE (a, b) IN ((1, 2), (3, 4), (5, 6))"),
    ("INSERT INTO t (a, b) VALUES (1, 'x')", "INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y')"),
    ("UPDATE t SET a = 1 WHERE id = 2", "UPDATE t SET a = 33 WHERE id = 44"),
    ("SELECT a FROM t JOIN u ON u.b = 1 WHERE t.c = 2", "SELECT a FROM t JOIN u ON u.b = 33 WHERE t.c = 44"),
    ("SELECT a FROM t ORDER BY b LIMIT 10", "SELECT a FROM t ORDER BY b LIMIT 100"),
)


@pytest.mark.parametrize(("one", "other"), ALIKE)
@pytest.mark.parametrize("dialect", list(Dialect))
def test_statements_of_one_kind_are_one_object(one: str, other: str, dialect: Dialect) -> None:
    vocabulary = Vocabulary(dialect)
    assert vocabulary(one.encode()) is vocabulary(other.encode())


ROWS = ", ".join(f"({n}, 'it''s {n}')" for n in range(20_000))
NUMBERS = ", ".join(map(str, range(100_000)))
LONG = (
    (f"INSERT INTO t (a, b) VALUES {ROWS}", "INSERT INTO t (a, b) VALUES (?, ?)"),
    (f"INSERT INTO t1 (a, b) VALUES {ROWS} ON CONFLICT (a1) DO NOTHING", None),
    (
        f"SELECT a FROM t WHERE id IN ({NUMBERS}) AND c = 'x' LIMIT 5",
        "SELECT a FROM t WHERE id IN (...) AND c = ? LIMIT ?",
    ),
    (f"SELECT a FROM t WHERE (a, b) IN ({ROWS})", "SELECT a FROM t WHERE (a, b) IN (...)"),
    (f"UPDATE t SET a = '{'x' * 200_000}' WHERE id = 1", "UPDATE t SET a = ? WHERE id = ?"),
)


@pytest.mark.parametrize(("sql", "expected"), LONG)
@pytest.mark.parametrize("dialect", list(Dialect))
def test_a_long_statement_is_known_by_what_stands_behind_its_lists(
    sql: str, expected: str | None, dialect: Dialect
) -> None:
    found = Vocabulary(dialect)(sql.encode()).fingerprint
    assert found == (expected or fingerprint(sql.replace(ROWS, "(1, 'x')"), dialect))


def test_a_long_statement_is_read_once_whatever_its_values() -> None:
    vocabulary = Vocabulary(Dialect.POSTGRESQL)
    first = vocabulary(f"INSERT INTO t (a, b) VALUES {ROWS}".encode())
    assert vocabulary(f"INSERT INTO t (a, b) VALUES {ROWS}, (7, 'x')".encode()) is first
    assert len(vocabulary._tails[b"INSERT INTO t (a, b) "] or ()) == 1


def test_brackets_behind_the_brackets_of_a_type_are_read_to_their_end() -> None:
    """It went on for ever."""
    assert Vocabulary(Dialect.POSTGRESQL)(b"SELECT a FROM t WHERE 1::int[](b)").fingerprint.endswith("? (b)")
