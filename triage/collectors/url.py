"""From any SQLAlchemy URL an app may use to what psycopg2 and PyMySQL take.

The app's driver is often one that triage does not carry (asyncpg, psycopg 3, aiomysql, mysqlclient).
The host, the login and the TLS options of its URL are kept; options that only tune that driver are
left out, for they change nothing of where we connect.

Sources: https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls,
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS.
"""

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from triage.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

POSTGRESQL_NAMES = frozenset({"postgresql", "postgres"})
MYSQL_NAMES = frozenset({"mysql", "mariadb"})

_ASYNCPG_SSL = {"true": "require", "1": "require", "false": "disable", "0": "disable"}
_ENCRYPT_ONLY = {"ssl": {"check_hostname": False, "verify_mode": False}}
_MYSQL_SSL: dict[str, dict[str, Any]] = {
    "disabled": {"ssl_disabled": True},
    "false": {"ssl_disabled": True},
    "required": _ENCRYPT_ONLY,
    "true": _ENCRYPT_ONLY,
    "verify_ca": {"ssl_verify_cert": True, "ssl_verify_identity": False},
    "verify_identity": {"ssl_verify_cert": True, "ssl_verify_identity": True},
}
"""PyMySQL's arguments for mysqlclient's ``ssl_mode`` and for aiomysql's ``ssl``."""

_NOT_OURS = frozenset({"application_name", "connect_timeout", "init_command", "read_timeout", "write_timeout"})
"""Options that would give our connection the app's name, limits or side effects."""

_SECRET_OPTIONS = frozenset({"password", "passwd", "sslpassword", "ssl_key_password"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to connect: the driver's arguments, and a name that may be shown."""

    is_postgresql: bool
    name: str
    database: str | None
    password: str | None
    arguments: dict[str, Any]


def parse(text: str) -> Address:
    """Read a URL.

    Raises:
        UsageError: it is no URL, or one of a database triage does not look at.
    """
    url = _make_url(text)
    name = url.get_backend_name()
    if name in POSTGRESQL_NAMES:
        return _postgresql(url)
    if name in MYSQL_NAMES:
        return _mysql(url)
    raise UsageError(
        f"triage cannot look into a live {name} database: it reads PostgreSQL, MySQL and MariaDB",
        "leave the URL out and pass the engine config with --engine: what it says is checked without a database",
    )


def shown(url: "URL") -> str:
    """The URL as it may be printed: no password, neither in its place nor in its query."""
    query = {key: value for key, value in url.query.items() if key.lower() not in _SECRET_OPTIONS}
    return url.set(query=query, password=None).render_as_string(hide_password=True)


def _make_url(text: str) -> "URL":
    import sqlalchemy  # noqa: PLC0415 - a run that looks at no database does not pay its 150 ms

    repaired = re.sub(r"^postgres(?=[+:])", "postgresql", text.strip())
    try:
        return sqlalchemy.make_url(repaired)
    except (sqlalchemy.exc.ArgumentError, ValueError) as error:
        raise UsageError(
            "this is not a database URL that SQLAlchemy can read",
            "write it like postgresql://user@host:5432/database; a password with @ : / or % in it must be URL-encoded",
        ) from error


def _postgresql(url: "URL") -> Address:
    from psycopg2 import ProgrammingError  # noqa: PLC0415 - only the backend in use is imported
    from psycopg2.extensions import make_dsn  # noqa: PLC0415

    def accepted(key: str, value: str | tuple[str, ...]) -> bool:
        if key in {"host", "port"}:  # a tuple names several hosts, which the dialect joins
            return True
        try:
            make_dsn(**{key: value if isinstance(value, str) else ",".join(value)})
        except (ProgrammingError, TypeError):
            return False
        return True

    query = dict(url.query)
    ssl = query.pop("ssl", None)
    if isinstance(ssl, str):
        query.setdefault("sslmode", _ASYNCPG_SSL.get(ssl.lower(), ssl))
    query = {key: value for key, value in query.items() if key not in _NOT_OURS and accepted(key, value)}
    ours = url.set(drivername="postgresql+psycopg2", query=query)
    _, arguments = ours.get_dialect()().create_connect_args(ours)
    return _address(url, dict(arguments), is_postgresql=True)


def _mysql(url: "URL") -> Address:
    from pymysql.connections import Connection  # noqa: PLC0415 - only the backend in use is imported

    keywords = inspect.signature(Connection.__init__).parameters
    query = {key: value for key, value in url.query.items() if key not in _NOT_OURS}
    mode = str(query.pop("ssl_mode", query.pop("ssl", ""))).lower()
    ours = url.set(drivername="mysql+pymysql", query=query)
    _, arguments = ours.get_dialect()().create_connect_args(ours)
    arguments = {key: value for key, value in arguments.items() if key in keywords and key != "client_flag"}
    arguments.update(_MYSQL_SSL.get(mode, {}))
    return _address(url, arguments, is_postgresql=False)


def _address(url: "URL", arguments: dict[str, Any], *, is_postgresql: bool) -> Address:
    return Address(
        is_postgresql=is_postgresql,
        name=shown(url),
        database=url.database,
        password=str(arguments["password"]) if arguments.get("password") else None,
        arguments=arguments,
    )
