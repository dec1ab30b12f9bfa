"""What a test sees of a server: where it is, a fresh database on it, and the ways to hurt it."""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, make_url

from tests.servers.process import ServerProcess

Row = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Server(ABC):
    """One running server. Ours, so that it can be stopped and frozen, or one that was given by its URL."""

    name: str
    """The fixture's name: postgresql18, postgresql, mariadb, mysql, pgbouncer."""
    backend: str
    """postgresql, mariadb or mysql."""
    version: tuple[int, ...]
    admin_url: str
    """An SQLAlchemy URL (psycopg2 or PyMySQL) of somebody who may do everything."""
    process: ServerProcess | None = None
    data_dir: Path | None = None

    @property
    def owned(self) -> bool:
        """Whether the tests started it, and so may stop, kill and freeze it."""
        return self.process is not None

    @property
    def host(self) -> str:
        return make_url(self.admin_url).host or "localhost"

    @property
    def port(self) -> int:
        return make_url(self.admin_url).port or (5432 if self.backend == "postgresql" else 3306)

    @property
    def log_path(self) -> Path | None:
        """Where the server writes its own log (its error log, on MySQL and MariaDB)."""
        return self.process.log_path if self.process else None

    def url(self, *, database: str | None = None, user: str | None = None, password: str | None = None) -> str:
        """The administrator's URL with another database, or another user and their password."""
        url = make_url(self.admin_url)
        if database is not None:
            url = url.set(database=database)
        if user is not None:
            url = URL.create(url.drivername, user, password, url.host, url.port, url.database, url.query)
        return url.render_as_string(hide_password=False)

    @abstractmethod
    def admin(self, *statements: str, database: str | None = None) -> list[Row]:
        """Run the statements as the administrator, in autocommit, on a connection of their own; the last one's rows."""

    @abstractmethod
    def _create(self, database: "Database") -> None:
        """Make the database and its two roles."""

    @abstractmethod
    def _drop(self, database: "Database") -> None:
        """End the sessions and prepared transactions that hold the database; drop it and its roles."""

    def create_database(self) -> "Database":
        """A fresh, empty database, which nobody else knows; drop it, or use it as a context manager."""
        name = f"triage_{secrets.token_hex(4)}"
        database = Database(
            server=self,
            name=name,
            user=f"{name}_app",
            password=secrets.token_hex(8),
            plain_user=f"{name}_plain",
            plain_password=secrets.token_hex(8),
        )
        self._create(database)
        return database

    def stop(self) -> None:
        """Shut it down in order; it ends the sessions of its clients."""
        self._own_process().stop()

    def kill(self) -> None:
        """End it without warning, as the kernel does when memory runs out (SIGKILL)."""
        self._own_process().kill()

    def freeze(self) -> None:
        """Make it hang: connections are accepted by the kernel and nobody answers (SIGSTOP)."""
        self._own_process().freeze()

    def thaw(self) -> None:
        self._own_process().thaw()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Make it hang for as long as the block lasts."""
        self.freeze()
        try:
            yield
        finally:
            self.thaw()

    def _own_process(self) -> ServerProcess:
        if self.process is None:
            raise RuntimeError(f"{self.name} was given by its URL: it is not ours to stop or freeze")
        return self.process


@dataclass(frozen=True, kw_only=True, slots=True)
class Database:
    """A database of its own for one test, with the two roles that an application and its users may have."""

    server: Server
    name: str
    user: str
    """Owns the database and may see everybody's sessions, as the manual tells a monitoring role to be granted."""
    password: str
    plain_user: str
    """May use the database as well, but sees only its own sessions."""
    plain_password: str

    @property
    def url(self) -> str:
        return self.server.url(database=self.name, user=self.user, password=self.password)

    @property
    def plain_user_url(self) -> str:
        return self.server.url(database=self.name, user=self.plain_user, password=self.plain_password)

    @property
    def admin_url(self) -> str:
        return self.server.url(database=self.name)

    def admin(self, *statements: str) -> list[Row]:
        """Run the statements in this database as the administrator, in autocommit; the last one's rows."""
        return self.server.admin(*statements, database=self.name)

    def drop(self) -> None:
        """Drop it with everything that still holds it; dropping it twice, or after its server, does no harm."""
        process = self.server.process
        if process is None or process.running:
            self.server._drop(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.drop()
