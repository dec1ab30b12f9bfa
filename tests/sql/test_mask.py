import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sql.strategies import dialects, texts
from triage.sql.fingerprint import fingerprint, mask
from triage.sql.lexer import Dialect

POSTGRESQL, MYSQL = Dialect.POSTGRESQL, Dialect.MYSQL
SECRET = "hunter2"
_CONTENT = st.lists(st.sampled_from(["'", '"', "\\", "`", "--", "/*", "*/", "#", "$$", ";", ",", " ", "\n", "a"]))


def _doubled(text: str, quote: str) -> str:
    return quote + text.replace(quote, quote * 2) + quote


def _escaped(text: str, quote: str) -> str:
    return quote + text.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote


_POSTGRESQL_LITERALS = (
    lambda text: _doubled(text, "'"),
    lambda text: "E" + _escaped(text, "'"),
    lambda text: "E" + _doubled(text.replace("\\", "\\\\"), "'"),
    lambda text: "N" + _doubled(text, "'"),
    lambda text: "U&" + _doubled(text, "'"),
    lambda text: f"$q${text}$q$",
)
_MYSQL_LITERALS = (
    lambda text: _escaped(text, "'"),
    lambda text: _escaped(text, '"'),
    lambda text: _doubled(text.replace("\\", "\\\\"), "'"),
    lambda text: _doubled(text.replace("\\", "\\\\"), '"'),
    lambda text: "_utf8mb4" + _escaped(text, "'"),
    lambda text: "N" + _escaped(text, "'"),
)
_BEFORE = st.sampled_from(
    [
        "SELECT a FROM b WHERE c = ",
        "INSERT INTO t VALUES (1, ",
        "/* it's */ SELECT 'x', ",
        "SELECT a -- it's\n, ",
        "SELECT a-",
    ]
)
_QUOTED = {POSTGRESQL: "SELECT \"it's\", E'\\'', $$'$$, ", MYSQL: "SELECT `it's`, '\\'', \"'\" # it's\n, "}


@given(st.data(), dialects, _BEFORE, _CONTENT, _CONTENT)
def test_no_literal_survives_even_when_the_statement_is_cut(
    data: st.DataObject, dialect: Dialect, before: str, left: list[str], right: list[str]
) -> None:
    literal = data.draw(st.sampled_from(_POSTGRESQL_LITERALS if dialect is POSTGRESQL else _MYSQL_LITERALS))
    statement = data.draw(st.sampled_from([before, _QUOTED[dialect]])) + literal("".join([*left, SECRET, *right]))
    whole = f"{statement}, {literal(SECRET)} FROM d -- {SECRET}\n /* {SECRET} */"
    cut = whole[: data.draw(st.integers(len(before), len(whole)))]
    for text in (mask(cut, dialect), fingerprint(cut, dialect)):
        assert SECRET not in text
        assert "unter" not in text


@given(texts, dialects)
def test_any_text_can_be_masked(sql: str, dialect: Dialect) -> None:
    mask(sql, dialect)


def test_layout_names_and_binds_stay() -> None:
    sql = "SELECT  \"A b\", t2.c\n\tFROM Books AS t2  WHERE x = 'a' AND y=-1.5 AND z = $1 AND data ? %(b)s"
    assert mask(sql, POSTGRESQL) == (
        'SELECT  "A b", t2.c\n\tFROM Books AS t2  WHERE x = ? AND y=-? AND z = $1 AND data ? %(b)s'
    )


def test_comments_go_and_words_stay_apart() -> None:
    assert mask("SELECT/* a */b -- c\nFROM d", POSTGRESQL) == "SELECT b \nFROM d"


def test_numbers_of_every_form_go() -> None:
    assert mask("SELECT 1, 2.5, 1e10, 0x1F, .5", POSTGRESQL) == "SELECT ?, ?, ?, ?, ?"


@pytest.mark.parametrize("dialect", list(Dialect))
def test_nothing_after_a_cut_in_the_middle_survives(dialect: Dialect) -> None:
    sql = "INSERT INTO t (a) VALUES ('it" + "x" * 300 + f" ... 900 characters truncated ... ', {SECRET}, '{SECRET}')"
    assert mask(sql, dialect) == "INSERT INTO t (a) VALUES (?"


def test_passwords_and_bodies_of_functions_go() -> None:
    assert mask("ALTER ROLE a PASSWORD 'hunter2'", POSTGRESQL) == "ALTER ROLE a PASSWORD ?"
    assert mask("DO $body$ BEGIN PERFORM 'hunter2'; END $body$", POSTGRESQL) == "DO ?"
    assert mask("CREATE USER a@'%' IDENTIFIED BY \"hunter2\"", MYSQL) == "CREATE USER a@? IDENTIFIED BY ?"
