"""A database URL without its password.

The parts are cut the way SQLAlchemy cuts them, with one difference that errs on the side of
secrecy: a password in which somebody forgot to encode an ``@`` ends at the last one, so that no
piece of it stays in the host. Values of the query that may hold a secret are masked.

Source: https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from triage.collectors.engine_config.defaults import ASYNC_DRIVERS, DIALECTS
from triage.evidence import Backend

SECRET_NAME = re.compile(r"pass|pwd|secret|token|key|credential|odbc_connect", re.IGNORECASE)
"""Names of options whose values are never kept."""

_SCHEME = re.compile(r"(?P<dialect>\w+)(?:\+(?P<driver>\w+))?://", re.ASCII)
_LOGIN = re.compile(r"(?P<user>[^:/]*)(?P<password>:[^@]*)?@")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseUrl:
    """What is known of a database URL; ``text`` is None where only its dialect is."""

    dialect: str
    driver: str | None = None
    text: str | None = None
    database: str = ""
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def backend(self) -> Backend | None:
        """The product, where it is one that triage looks into."""
        return Backend(self.dialect) if self.dialect in set(Backend) else None

    @property
    def is_known(self) -> bool:
        """Whether the dialect is a database's, and not that of a cache or a broker."""
        return self.dialect in DIALECTS

    @property
    def is_async(self) -> bool:
        """Whether the driver is one for asyncio only."""
        return self.driver in ASYNC_DRIVERS

    @property
    def is_sqlite_memory(self) -> bool:
        """Whether it is a SQLite database that lives in one connection's memory."""
        if self.dialect != "sqlite" or self.text is None:
            return False
        return self.database in {"", ":memory:"} or self.query.get("mode") == "memory"


def parse(text: str) -> DatabaseUrl | None:
    """Read a URL; None if it is none."""
    url = parse_head(text)
    if url is None:
        return None
    scheme, rest = text.strip().split("://", maxsplit=1)
    user, rest = _without_password(rest)
    location, _, query = rest.partition("?")
    pairs = [(key, value) for key, sign, value in (part.partition("=") for part in query.split("&")) if sign]
    shown = "&".join(f"{key}=***" if SECRET_NAME.search(key) else f"{key}={value}" for key, value in pairs)
    return DatabaseUrl(
        dialect=url.dialect,
        driver=url.driver,
        text=f"{scheme}://{user}{location}{'?' if shown else ''}{shown}",
        database=unquote(location.partition("/")[2]),
        query={key: value for key, value in parse_qsl(query) if not SECRET_NAME.search(key)},
    )


def parse_head(text: str) -> DatabaseUrl | None:
    """Read the dialect of a URL whose rest is not known; None if it does not begin like one."""
    match = _SCHEME.match(text.strip())
    if match is None:
        return None
    dialect = "postgresql" if match["dialect"] == "postgres" else match["dialect"]
    return DatabaseUrl(dialect=dialect, driver=match["driver"])


def is_database_url(value: object) -> bool:
    """Whether the value is a text that stands for a database."""
    url = parse_head(value) if isinstance(value, str) else None
    return url is not None and url.is_known


def _without_password(rest: str) -> tuple[str, str]:
    """Split what follows ``://`` into the user with its ``@`` and the location, and drop the password."""
    login = _LOGIN.match(rest)
    if login is None:
        return "", rest
    rest = rest[login.end() :]
    location, sign, query = rest.partition("?")
    if login["password"]:
        location = location.rpartition("@")[2]
    return (f"{login['user']}@" if login["user"] else ""), location + sign + query
