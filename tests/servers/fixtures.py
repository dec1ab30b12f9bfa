"""The servers as fixtures, as marks (`-m mysql`) and as the option `--without`.

A server that cannot be had fails the tests that need it: a skip that nobody asked for looks like a pass. Leaving one
out is done by name, and is told in the summary.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol

import pytest
import sqlalchemy

from tests.servers.fleet import Fleet, LeftOutError
from tests.servers.model import Database, Server
from tests.servers.places import NAMES, MissingError
from tests.servers.process import StartError

POSTGRES = ("postgresql18", "postgresql")
POSTGRES_ONCE = (POSTGRES[1 if sqlalchemy.__version__.startswith("2.0") else 0],)
"""For what takes long: with each SQLAlchemy that the suite is run on one PostgreSQL, so that each has its turn."""
MYSQL = ("mariadb", "mysql")
EACH = ("server", "postgres_server", "mysql_server")
"""The fixtures whose parameter is a server's name."""


class PrivateServer(Protocol):
    """Starts a server for one test only: `private_server("mysql", {"max_connections": "10"})`."""

    def __call__(self, name: str, settings: Mapping[str, str] | None = None) -> Server:
        """Start it; it is ended with the test."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--without",
        action="append",
        default=[],
        choices=NAMES,
        help="Leave out the tests that need this server (repeatable).",
    )


def pytest_configure(config: pytest.Config) -> None:
    for name in NAMES:
        config.addinivalue_line("markers", f"{name}: needs the server {name}.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function):
            parameters = item.callspec.params.items() if hasattr(item, "callspec") else ()
            chosen = {
                value
                for name, value in parameters
                if isinstance(value, str) and (name in EACH or "private_server" in item.fixturenames)
            }
            for name in NAMES:
                if name in item.fixturenames or name in chosen:
                    item.add_marker(name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for name in sorted(set(config.getoption("without"))):
        terminalreporter.write_line(f"{name} was left out: --without {name}", yellow=True)


@pytest.fixture(scope="session")
def fleet(pytestconfig: pytest.Config) -> Iterator[Fleet]:
    """All servers of the session."""
    servers = Fleet(without=frozenset(pytestconfig.getoption("without")))
    yield servers
    servers.close()


def _get(fleet: Fleet, name: str) -> Server:
    try:
        return fleet.get(name)
    except LeftOutError as error:
        pytest.skip(str(error))
    except (MissingError, StartError) as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def postgresql18(fleet: Fleet) -> Server:
    """The embedded PostgreSQL 18."""
    return _get(fleet, "postgresql18")


@pytest.fixture(scope="session")
def postgresql(fleet: Fleet) -> Server:
    """The distribution's PostgreSQL."""
    return _get(fleet, "postgresql")


@pytest.fixture(scope="session")
def mariadb(fleet: Fleet) -> Server:
    """The distribution's MariaDB."""
    return _get(fleet, "mariadb")


@pytest.fixture(scope="session")
def mysql(fleet: Fleet) -> Server:
    """A real MySQL."""
    return _get(fleet, "mysql")


@pytest.fixture(scope="session")
def pgbouncer(fleet: Fleet) -> Server:
    """PgBouncer in transaction mode, before a PostgreSQL of the distribution that is not the shared one."""
    return _get(fleet, "pgbouncer")


@pytest.fixture(params=[*POSTGRES, *MYSQL])
def server(request: pytest.FixtureRequest, fleet: Fleet) -> Server:
    """Each of the four servers."""
    return _get(fleet, request.param)


@pytest.fixture(params=POSTGRES)
def postgres_server(request: pytest.FixtureRequest, fleet: Fleet) -> Server:
    """Each PostgreSQL."""
    return _get(fleet, request.param)


@pytest.fixture(params=MYSQL)
def mysql_server(request: pytest.FixtureRequest, fleet: Fleet) -> Server:
    """MariaDB and MySQL."""
    return _get(fleet, request.param)


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """A fresh database on each of the four servers."""
    with server.create_database() as fresh:
        yield fresh


@pytest.fixture
def postgres_database(postgres_server: Server) -> Iterator[Database]:
    """A fresh database on each PostgreSQL."""
    with postgres_server.create_database() as fresh:
        yield fresh


@pytest.fixture
def mysql_database(mysql_server: Server) -> Iterator[Database]:
    """A fresh database on MariaDB and on MySQL."""
    with mysql_server.create_database() as fresh:
        yield fresh


@pytest.fixture
def private_server(fleet: Fleet) -> Iterator[PrivateServer]:
    """Starts servers with settings of their own, which end with the test."""
    started: list[Server] = []

    def start(name: str, settings: Mapping[str, str] | None = None) -> Server:
        try:
            server = fleet.start(name, settings or {})
        except LeftOutError as error:
            pytest.skip(str(error))
        except (MissingError, StartError) as error:
            pytest.fail(str(error), pytrace=False)
        started.append(server)
        return server

    yield start
    for server in started:
        fleet.end(server)
