import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.detectors.repetitions.names import class_of, is_plural, is_primary_key, names, names_end, singular, stem


@pytest.mark.parametrize(
    ("table", "one"),
    [
        *(("books", "book"), ("categories", "category"), ("boxes", "box"), ("addresses", "address")),
        *(("houses", "house"), ("statuses", "status"), ("people", "person"), ("children", "child")),
        *(("movies", "movie"), ("analyses", "analysis"), ("series", "series"), ("news", "news")),
        *(("status", "status"), ("bus", "bus"), ("class", "class"), ("autoren", "autoren"), ("book", "book")),
    ],
)
def test_singulars(table: str, one: str) -> None:
    assert singular(table) == one
    assert is_plural(table) is (one != table or table == "series")


@pytest.mark.parametrize(
    ("table", "name"),
    [
        *(("authors", "Author"), ("shop.order_lines", "OrderLine"), ("people", "Person")),
        *(("Author", "Author"), ("orderLines", "OrderLine"), ("t_2024", "T2024")),
    ],
)
def test_classes(table: str, name: str) -> None:
    assert class_of(table) == name


@pytest.mark.parametrize(
    ("column", "of"),
    [
        *(("author_id", "author"), ("authorId", "author"), ("AUTHOR_ID", "author"), ("author_uuid", "author")),
        *(("fk_author", "author"), ("author_fk", "author"), ("id_author", "author"), ("fk_author_id", "author")),
        *(("billing_address_id", "billing_address"), ("author", None), ("id", None), ("title", None), ("", None)),
    ],
)
def test_stems(column: str, of: str | None) -> None:
    assert stem(column) == of


@pytest.mark.parametrize("column", ["author_id", "authorId", "fk_author", "author", "authors_id"])
def test_a_key_names_its_table(column: str) -> None:
    assert names(column, "authors")
    assert names(column, "shop.authors")
    assert not names(column, "editors")


def test_a_key_may_play_a_role() -> None:
    assert names_end("billing_address_id", "addresses")
    assert names_end("author_id", "shop_authors")
    assert not names_end("coauthor_id", "authors")
    assert not names_end("title", "authors")


def test_primary_keys() -> None:
    assert is_primary_key("id", "authors")
    assert is_primary_key("author_id", "authors")
    assert is_primary_key("uuid", "authors")
    assert is_primary_key("code", "countries", first="code")
    assert not is_primary_key("code", "countries", first="id")
    assert not is_primary_key("user_id", "memberships", first="user_id")


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_name_is_an_error(one: str, other: str) -> None:
    for each in (singular(one), class_of(one), stem(one)):
        assert each is None or isinstance(each, str)
    assert isinstance(names(one, other) or names_end(one, other) or is_primary_key(one, other), bool)
