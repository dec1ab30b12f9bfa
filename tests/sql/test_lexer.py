import pytest
from hypothesis import given

from tests.sql.strategies import dialects, texts
from triage.sql.lexer import Dialect, Kind, tokens

POSTGRESQL, MYSQL = Dialect.POSTGRESQL, Dialect.MYSQL


def kinds(sql: str, dialect: Dialect) -> list[tuple[Kind, str]]:
    """Return all tokens but the spaces."""
    return [(kind, text) for kind, text in tokens(sql, dialect) if kind is not Kind.WHITESPACE]


def only(kind: Kind, sql: str, dialect: Dialect) -> list[str]:
    return [text for each, text in tokens(sql, dialect) if each is kind]


@given(texts, dialects)
def test_the_tokens_of_any_text_joined_are_that_text(sql: str, dialect: Dialect) -> None:
    assert "".join(text for _, text in tokens(sql, dialect)) == sql


@given(texts, dialects)
def test_no_token_is_empty(sql: str, dialect: Dialect) -> None:
    assert all(text for _, text in tokens(sql, dialect))


@pytest.mark.parametrize(
    "literal",
    [
        "''",
        "'it''s'",
        r"'C:\'",
        "'a -- b'",
        "'/* a'",
        "'$1'",
        r"E'it\'s'",
        r"e'\\'",
        r"U&'d\0061t\+000061'",
        "X'1F'",
        "b'01'",
        "N'é'",
        "$$it's$$",
        "$tag$ a $$ b $tag $ $tag$",
        "$é$x$é$",
    ],
)
def test_a_postgresql_literal_is_one_token(literal: str) -> None:
    assert kinds(f"a={literal};", POSTGRESQL) == [
        (Kind.NAME, "a"),
        (Kind.OPERATOR, "="),
        (Kind.STRING, literal),
        (Kind.PUNCTUATION, ";"),
    ]


@pytest.mark.parametrize(
    "literal",
    [
        "''",
        "'it''s'",
        r"'it\'s'",
        r"'\\'",
        "'# a'",
        '""',
        '"it\'s"',
        r'"a\"b""c"',
        "N'a'",
        "x'1F'",
        "_utf8mb4'é'",
        r'_binary"\""',
    ],
)
def test_a_mysql_literal_is_one_token(literal: str) -> None:
    assert kinds(f"a={literal};", MYSQL) == [
        (Kind.NAME, "a"),
        (Kind.OPERATOR, "="),
        (Kind.STRING, literal),
        (Kind.PUNCTUATION, ";"),
    ]


@pytest.mark.parametrize("number", ["0", "42", "1.5", "1.", ".5", "1e10", "1.5E-3", ".5e+3", "0x1F", "0b101"])
@pytest.mark.parametrize("dialect", list(Dialect))
def test_numbers(number: str, dialect: Dialect) -> None:
    assert kinds(f"a={number}", dialect)[-1] == (Kind.NUMBER, number)


@pytest.mark.parametrize("number", ["1_000", "0o17", "0x1_F", "1_0.2_5e1_0"])
def test_numbers_of_postgresql_16(number: str) -> None:
    assert kinds(f"a={number}", POSTGRESQL)[-1] == (Kind.NUMBER, number)


@pytest.mark.parametrize("name", ["table2", "books_1", "_1", "été", "a$1"])
@pytest.mark.parametrize("dialect", list(Dialect))
def test_digits_in_a_name_are_no_number(name: str, dialect: Dialect) -> None:
    assert kinds(name, dialect) == [(Kind.NAME, name)]


def test_a_mysql_name_may_begin_with_digits() -> None:
    assert only(Kind.NAME, "SELECT 2fa, t.1st FROM 2020_01", MYSQL)[1:] == ["2fa", "t", "1st", "FROM", "2020_01"]


@pytest.mark.parametrize("bind", ["$1", "$12", "?", "%s", "%(name)s", "%(a b)s", ":name"])
def test_bind_parameters(bind: str) -> None:
    assert kinds(f"WHERE a={bind} AND", POSTGRESQL)[3:] == [(Kind.BIND, bind), (Kind.NAME, "AND")]
    assert kinds(f"IN ({bind})", POSTGRESQL)[2] == (Kind.BIND, bind)


@pytest.mark.parametrize("bind", ["?", "%s", "%(name)s", ":name"])
def test_bind_parameters_of_mysql(bind: str) -> None:
    assert kinds(f"WHERE a={bind}", MYSQL)[3:] == [(Kind.BIND, bind)]


def test_a_cast_is_no_named_bind() -> None:
    assert only(Kind.BIND, "SELECT a::integer, $1::text, :b::int", POSTGRESQL) == ["$1", ":b"]


def test_an_array_slice_is_no_named_bind() -> None:
    assert only(Kind.BIND, "SELECT a[b:c], a[1:n], a[:5]", POSTGRESQL) == []


def test_a_modulo_is_no_bind() -> None:
    assert only(Kind.BIND, "SELECT a %b, a%s, a % s, 5%size", POSTGRESQL) == []


@pytest.mark.parametrize("operator", ["?", "?|", "?&"])
def test_a_jsonb_operator_is_no_bind(operator: str) -> None:
    sql = f"SELECT data {operator} 'a', (x) {operator} $1, t.values {operator} b"
    assert only(Kind.OPERATOR, sql, POSTGRESQL) == [operator] * 3
    assert only(Kind.BIND, sql, POSTGRESQL) == ["$1"]


def test_a_jsonb_operator_between_binds() -> None:
    assert kinds("WHERE ? ? ?", POSTGRESQL)[1:] == [(Kind.BIND, "?"), (Kind.OPERATOR, "?"), (Kind.BIND, "?")]


@pytest.mark.parametrize(
    "operator", ["->", "->>", "#>", "#>>", "@>", "<@", "||", "!~*", "<->", "@?", "@@", "<=", "<>", "!="]
)
def test_postgresql_operators_are_one_token(operator: str) -> None:
    assert kinds(f"a{operator}b", POSTGRESQL)[1] == (Kind.OPERATOR, operator)


@pytest.mark.parametrize("operator", ["->", "->>", "<=>", ":=", "||", "&&", "<<", "<>", "!="])
def test_mysql_operators_are_one_token(operator: str) -> None:
    assert kinds(f"a{operator}b", MYSQL)[1][1] == operator


@pytest.mark.parametrize("dialect", list(Dialect))
def test_a_sign_is_never_part_of_a_number(dialect: Dialect) -> None:
    assert [text for _, text in kinds("a-1", dialect)] == ["a", "-", "1"]
    assert [text for _, text in kinds("a=-1", dialect)] == ["a", "=", "-", "1"]


def test_postgresql_comments_nest() -> None:
    assert kinds("/* a /* b */ 'c */ 1", POSTGRESQL) == [(Kind.COMMENT, "/* a /* b */ 'c */"), (Kind.NUMBER, "1")]


def test_mysql_comments_do_not_nest() -> None:
    assert only(Kind.COMMENT, "/* a /* b */ c */", MYSQL) == ["/* a /* b */"]


def test_two_dashes_begin_a_comment_on_postgresql() -> None:
    assert kinds("a--1\n2", POSTGRESQL) == [(Kind.NAME, "a"), (Kind.COMMENT, "--1"), (Kind.NUMBER, "2")]


def test_two_dashes_need_a_space_on_mysql() -> None:
    assert only(Kind.COMMENT, "a--1", MYSQL) == []
    assert only(Kind.COMMENT, "a-- 1\nb --", MYSQL) == ["-- 1", "--"]


def test_a_hash_begins_a_comment_on_mysql_only() -> None:
    assert only(Kind.COMMENT, "a # it's\nb", MYSQL) == ["# it's"]
    assert only(Kind.COMMENT, "a # b", POSTGRESQL) == []


def test_the_content_of_a_mysql_code_comment_is_code() -> None:
    assert kinds("/*!50001 a*2 */*/*c*/ 3", MYSQL) == [
        (Kind.COMMENT, "/*!50001"),
        (Kind.NAME, "a"),
        (Kind.OPERATOR, "*"),
        (Kind.NUMBER, "2"),
        (Kind.COMMENT, "*/"),
        (Kind.OPERATOR, "*"),
        (Kind.COMMENT, "/*c*/"),
        (Kind.NUMBER, "3"),
    ]


def test_an_optimizer_hint_is_a_comment() -> None:
    assert only(Kind.COMMENT, "SELECT /*+ INDEX(a) */ 1", MYSQL) == ["/*+ INDEX(a) */"]


def test_double_quotes_make_a_name_on_postgresql_and_a_string_on_mysql() -> None:
    assert kinds('"a""b"', POSTGRESQL) == [(Kind.QUOTED, '"a""b"')]
    assert kinds('"a""b"', MYSQL) == [(Kind.STRING, '"a""b"')]


def test_backticks_make_a_name_on_mysql() -> None:
    assert kinds("`a``b`.`c`", MYSQL)[0] == (Kind.QUOTED, "`a``b`")


def test_a_string_goes_on_behind_a_line_break_as_it_began() -> None:
    assert kinds("E'a\\'' -- b\n '\\'c' d", POSTGRESQL) == [
        (Kind.STRING, "E'a\\'' -- b\n '\\'c'"),
        (Kind.NAME, "d"),
    ]


@pytest.mark.parametrize(
    ("tail", "kind"),
    [
        ("'abc", Kind.STRING),
        ("'abc''", Kind.STRING),
        ("E'abc\\", Kind.STRING),
        ("$a$ 'b $a", Kind.STRING),
        ('"abc', Kind.QUOTED),
        ("/* a /* b */", Kind.COMMENT),
    ],
)
def test_what_was_cut_off_is_one_token_to_the_end(tail: str, kind: Kind) -> None:
    assert kinds(f"SELECT {tail}", POSTGRESQL)[1:] == [(kind, tail)]


@pytest.mark.parametrize("tail", ["'abc\\", '"abc', "'abc\\'", "`abc", "/* a *"])
def test_what_was_cut_off_is_one_token_to_the_end_on_mysql(tail: str) -> None:
    assert len(kinds(f"SELECT {tail}", MYSQL)) == 2


def test_system_and_user_variables_are_names() -> None:
    assert only(Kind.NAME, "SELECT @a, @@session.sql_mode", MYSQL)[1:] == ["@a", "@@session.sql_mode"]
