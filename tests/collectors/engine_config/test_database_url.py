import pytest

from triage.collectors.engine_config.database_url import is_database_url, parse

SECRET = "hunter2"

SHOWN = {
    "postgresql://db/shop": "postgresql://db/shop",
    "postgresql://app@db/shop": "postgresql://app@db/shop",
    "postgresql+psycopg2://app:hunter2@db:5432/shop?sslmode=require": (
        "postgresql+psycopg2://app@db:5432/shop?sslmode=require"
    ),
    "postgresql://:hunter2@db/shop": "postgresql://db/shop",
    "postgresql://app:hun%40ter2hunter2@[::1]:5432/shop": "postgresql://app@[::1]:5432/shop",
    "postgresql://app:a@hunter2@db/shop": "postgresql://app@db/shop",
    "postgresql://app:a/hunter2@db/shop": "postgresql://app@db/shop",
    "postgresql://app:a?hunter2@db/shop": "postgresql://app@db/shop",
    "postgresql://app:a:hunter2@db/shop": "postgresql://app@db/shop",
    "postgresql:///shop?host=/run/pg&user=app&password=hunter2": (
        "postgresql:///shop?host=/run/pg&user=app&password=***"
    ),
    "mysql://app@db/shop?passwd=hunter2&charset=utf8mb4": "mysql://app@db/shop?passwd=***&charset=utf8mb4",
    "mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPWD%3Dhunter2": "mssql+pyodbc:///?odbc_connect=***",
    "snowflake://app:hunter2@account/db?authenticator=x&token=hunter2": (
        "snowflake://app@account/db?authenticator=x&token=***"
    ),
    "sqlite+pysqlcipher://:hunter2@/shop.db": "sqlite+pysqlcipher:///shop.db",
    "sqlite:////var/a@b/shop.db": "sqlite:////var/a@b/shop.db",
    "postgresql:///shop?user=a@b": "postgresql:///shop?user=a@b",
    "postgres://app:hunter2@db/shop": "postgres://app@db/shop",
    " postgresql://app:hunter2@db/shop\n": "postgresql://app@db/shop",
}


@pytest.mark.parametrize(("text", "shown"), SHOWN.items())
def test_a_url_is_shown_without_its_password(text: str, shown: str) -> None:
    url = parse(text)
    assert url is not None
    assert url.text == shown
    assert SECRET not in repr(url)


@pytest.mark.parametrize(
    "text", ["", "db", "host=db password=hunter2", "%(here)s", "${DATABASE_URL}", "jdbc:mysql://db"]
)
def test_what_is_no_url(text: str) -> None:
    assert parse(text) is None


def test_the_dialect_of_hosting_providers_is_postgresql() -> None:
    url = parse("postgres://db/shop")
    assert url is not None
    assert (url.dialect, url.backend) == ("postgresql", "postgresql")


def test_a_database_triage_does_not_look_at_has_a_dialect_and_no_backend() -> None:
    url = parse("mssql+pyodbc://db/shop")
    assert url is not None
    assert (url.dialect, url.backend) == ("mssql", None)


@pytest.mark.parametrize("value", ["redis://cache", "amqp://app:x@broker", "https://example.org", "shop", 5, None])
def test_what_is_no_database(value: object) -> None:
    assert not is_database_url(value)


@pytest.mark.parametrize("value", ["postgresql+asyncpg://db/shop", "mysql://db", "sqlite://", "cockroachdb://db"])
def test_databases(value: object) -> None:
    assert is_database_url(value)
