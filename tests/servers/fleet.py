"""All servers of a session: each started when it is first asked for, and at most once."""

import os
from collections.abc import Callable, Mapping

from tests.servers import mysql, pgbouncer, places, postgresql
from tests.servers.launcher import Launcher
from tests.servers.model import Server
from tests.servers.process import StartError

GIVEN: Mapping[str, Callable[[str, str], Server]] = {
    "postgresql18": postgresql.given,
    "postgresql": postgresql.given,
    "mariadb": mysql.given,
    "mysql": mysql.given,
    "pgbouncer": pgbouncer.given,
}


class LeftOutError(Exception):
    """The server was left out of this session on purpose."""


class Fleet:
    """The servers by name. What cannot be had is not tried twice."""

    def __init__(self, *, without: frozenset[str] = frozenset()) -> None:
        self._without = without
        self._launcher: Launcher | None = None
        self._servers: dict[str, Server | Exception] = {}
        self._upstream: Server | None = None

    def get(self, name: str) -> Server:
        """The server that all tests share: the given one, or ours."""
        self.require(name)
        if name not in self._servers:
            try:
                self._servers[name] = self._obtain(name)
            except (places.MissingError, StartError) as error:
                self._servers[name] = error
        server = self._servers[name]
        if isinstance(server, Exception):
            raise server
        return server

    def _obtain(self, name: str) -> Server:
        url = os.environ.get(places.url_variable(name))
        if not url:
            return self.start(name, {})
        try:
            return GIVEN[name](name, url)
        except Exception as error:
            raise StartError(f"The server that {places.url_variable(name)} names cannot be used: {error}") from error

    def require(self, name: str) -> None:
        if name in self._without:
            raise LeftOutError(f"left out by --without {name}")

    def start(self, name: str, settings: Mapping[str, str]) -> Server:
        """A new server of our own, with settings of its own."""
        self.require(name)
        if self._launcher is None:
            self._launcher = Launcher()
        if name == "pgbouncer":
            return pgbouncer.start(name, self._launcher, settings, upstream=self._behind_poolers())
        if name in {"mariadb", "mysql"}:
            return mysql.start(name, self._launcher, settings)
        return postgresql.start(name, self._launcher, settings)

    def _behind_poolers(self) -> Server:
        """One of their own: the sessions that a pooler keeps open would be counted by the tests of the shared one."""
        if self._upstream is None:
            given = os.environ.get(places.url_variable("postgresql"))
            self._upstream = self.get("postgresql") if given else self.start("postgresql", {})
        return self._upstream

    def end(self, server: Server) -> None:
        """End a server of our own."""
        if self._launcher and server.process:
            self._launcher.end(server.process)

    def close(self) -> None:
        """End all that were started."""
        if self._launcher:
            self._launcher.close()
