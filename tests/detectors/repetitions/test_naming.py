"""Schemas that follow no convention: no name is better than a wrong one, and the problem is found all the same."""

import pytest

from tests.detectors.repetitions.logs import AUTHORS, BOOKS_OF, found, logs, repetition, said
from triage.evidence import RepetitionStats


def lists(table: str, *columns: str) -> str:
    return f"SELECT {', '.join(f'{table}.{column}' for column in columns)} FROM {table}"


def collection(table: str, key: str, parent: str, *also: str) -> RepetitionStats:
    """A lazy load of the table's rows by a key, behind a list of the parent's."""
    return repetition(f"{lists(table, 'id', key)} WHERE ? = {table}.{key}{''.join(also)}", lists(parent, "id", "name"))


def scalar(table: str, key: str, referring: str, *columns: str) -> RepetitionStats:
    """A lazy load of one row by the table's primary key, behind a list that refers to it."""
    return repetition(f"{lists(table, key, 'name')} WHERE {table}.{key} = ?", lists(referring, "id", *columns))


CASES = {
    "singular-tables": (collection("book", "author_id", "author"), "one-to-many", "Author.book", ""),
    "singular-tables-of-a-scalar": (scalar("author", "id", "book", "author_id"), "many-to-one", "Book.author", ""),
    "other-languages": (collection("livros", "autor_id", "autores"), "one-to-many", None, "livros"),
    "irregular-plurals": (collection("people", "company_id", "companies"), "one-to-many", "Company.people", ""),
    "schemas": (collection("shop.books", "author_id", "shop.authors"), "one-to-many", "Author.books", ""),
    "prefixes": (collection("app_books", "author_id", "app_authors"), "one-to-many", None, "app_books"),
    "a-child-named-after-its-parent": (
        collection("author_books", "author_id", "authors"),
        "one-to-many",
        "Author.author_books",
        "",
    ),
    "camel-case": (collection("books", '"authorId"', "authors"), "one-to-many", "Author.books", ""),
    "fk-in-front": (collection("books", "fk_author", "authors"), "one-to-many", "Author.books", ""),
    "a-key-without-a-mark": (collection("books", "author", "authors"), "one-to-many", None, "books"),
    "a-role": (collection("messages", "sender_id", "users"), "one-to-many", None, "messages"),
    "a-filter-in-the-primaryjoin": (
        collection("books", "author_id", "authors", " AND books.pub = ?"),
        "one-to-many",
        None,
        "books",
    ),
    "a-date-in-the-primaryjoin": (
        collection("books", "author_id", "authors", " AND books.year > ?"),
        "one-to-many",
        None,
        "books",
    ),
    "scalar-camel-case": (scalar("authors", "id", "books", '"authorId"'), "many-to-one", "Book.author", ""),
    "scalar-without-a-mark": (scalar("authors", "id", "books", "author"), "many-to-one", None, "authors"),
    "scalar-with-a-natural-key": (scalar("countries", "code", "books", "country_code"), "many-to-one", None, ""),
    "scalar-uuid": (scalar("authors", "uuid", "books", "author_uuid"), "many-to-one", "Book.author", ""),
    "scalar-keyed-by-its-own-name": (
        scalar("authors", "author_id", "books", "author_id"),
        "many-to-one",
        "Book.author",
        "",
    ),
    "scalar-role": (scalar("users", "id", "projects", "owner_id"), "many-to-one", "Project.owner", ""),
    "scalar-in-a-role-with-a-name": (
        scalar("addresses", "id", "orders", "billing_address_id"),
        "many-to-one",
        "Order.billing_address",
        "",
    ),
    "scalar-two-roles": (scalar("users", "id", "projects", "owner_id", "lead_id"), None, None, "users"),
    "scalar-self-referential": (scalar("nodes", "id", "nodes", "name", "parent_id"), "many-to-one", "Node.parent", ""),
}


@pytest.mark.parametrize(("stats", "kind", "relationship", "subject"), CASES.values(), ids=CASES)
def test_names_degrade(stats: RepetitionStats, kind: str | None, relationship: str | None, subject: str) -> None:
    (finding,) = found(logs(stats))
    expected = relationship and relationship[0].upper() + relationship[1:]
    assert finding.id == ("n-plus-one" if kind else "loop-lookup")
    assert finding.details["relationship"] == expected
    assert finding.details["kind"] == (kind or "get")
    assert finding.details["relationship_source"] == ("inferred" if relationship else None)
    assert subject in finding.subject
    if not relationship:
        assert finding.details["fix"] is None or kind is None


def test_a_composite_key_is_one_collection() -> None:
    lines = "SELECT lines.id, lines.shop_id, lines.order_id FROM lines WHERE ? = lines.shop_id AND ? = lines.order_id"
    orders = "SELECT orders.shop_id, orders.id, orders.day FROM orders"
    for varying in ((0, 1), (1,)):
        ((_, *rest),) = said(logs(repetition(lines, orders, varying=varying)), "kind", "relationship")
        assert rest == ["one-to-many", "Order.lines"]


def test_two_keys_that_name_one_table_are_both_named() -> None:
    users = repetition(
        "SELECT users.id, users.name FROM users WHERE users.id = ?",
        "SELECT orders.id, orders.billing_user_id, orders.shipping_user_id FROM orders",
    )
    (finding,) = found(logs(users))
    assert finding.details["relationship"] == "Order.billing_user or Order.shipping_user"
    assert finding.details["fix"] == (
        "select(Order).options(joinedload(Order.billing_user), joinedload(Order.shipping_user))"
    )


def test_a_key_of_another_table_of_the_log_is_no_role() -> None:
    """Books refer to authors, whom the log knows; customers are looked up for another reason."""
    customers = "SELECT customers.id, customers.name FROM customers WHERE customers.id = ?"
    books = "SELECT books.id, books.author_id FROM books"
    evidence = logs(repetition(customers, AUTHORS, books), repetition(BOOKS_OF, AUTHORS))
    assert said(evidence, "kind") == [("loop-lookup", "get"), ("n-plus-one", "one-to-many")]


def test_the_columns_of_a_subclass_with_its_key_on_its_own_table_are_no_secondary() -> None:
    engineers = (
        "SELECT engineers.id, employees.id AS id_1, engineers.team_id FROM employees "
        "JOIN engineers ON employees.id = engineers.id WHERE ? = engineers.team_id"
    )
    ((_, kind),) = said(logs(repetition(engineers, "SELECT teams.id, teams.name FROM teams")), "kind")
    assert kind == "one-to-many"
