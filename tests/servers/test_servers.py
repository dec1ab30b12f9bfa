"""The servers keep their promises: fresh databases, roles that see what they should, settings, and hurt on demand."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import Connection, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError

from tests.servers.fixtures import PrivateServer
from tests.servers.fleet import Fleet, LeftOutError
from tests.servers.model import Database, Server
from tests.servers.pgbouncer import PgBouncer
from tests.servers.places import url_variable
from tests.servers.process import PortTakenError, StartError, on_free_port


@contextmanager
def connected(url: str, **arguments: object) -> Iterator[Connection]:
    engine = create_engine(url, poolclass=NullPool, connect_args=arguments)
    with engine.connect() as connection:
        yield connection


def scalar(url: str, statement: str, **arguments: object) -> object:
    with connected(url, **arguments) as connection:
        return connection.execute(text(statement)).scalar()


def make_table(database: Database, name: str) -> None:
    with connected(database.url) as connection:
        connection.execute(text(f"CREATE TABLE {name} (id int)"))
        connection.commit()


def test_each_server_answers(database: Database) -> None:
    version = str(scalar(database.url, "SELECT version()"))
    assert ".".join(map(str, database.server.version)) in version
    assert ("MariaDB" in version) == (database.server.backend == "mariadb")
    assert scalar(database.plain_user_url, "SELECT 1") == scalar(database.admin_url, "SELECT 1") == 1


def test_databases_do_not_see_each_other(database: Database) -> None:
    with database.server.create_database() as other:
        make_table(other, "only_here")
        with pytest.raises(DBAPIError):
            scalar(database.url, "SELECT count(*) FROM only_here")
        assert scalar(other.admin_url, "SELECT count(*) FROM only_here") == 0


def test_the_owner_makes_tables_that_the_plain_user_can_use(database: Database) -> None:
    make_table(database, "shared")
    assert scalar(database.plain_user_url, "SELECT count(*) FROM shared") == 0


def test_roles_are_ordinary_and_need_their_password(database: Database) -> None:
    with pytest.raises(DBAPIError):
        scalar(database.url, "CREATE DATABASE not_allowed")
    with pytest.raises(OperationalError):
        scalar(make_url(database.url).set(password="wrong").render_as_string(hide_password=False), "SELECT 1")


def test_only_the_owner_sees_what_others_do(database: Database) -> None:
    statement = {
        "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE usename = 'postgres' AND query LIKE '/*secret%'",
        "mysql": "SELECT count(*) FROM information_schema.processlist WHERE user = 'root'",
    }["postgresql" if database.server.backend == "postgresql" else "mysql"]
    with connected(database.admin_url) as administrator:
        administrator.execute(text("/*secret*/ SELECT 1"))
        assert scalar(database.plain_user_url, statement) == 0
        if database.server.owned:  # on a given server the administrator has another name
            assert scalar(database.url, statement) == 1


def test_the_owner_may_look_where_the_waits_are(mysql_database: Database) -> None:
    assert scalar(mysql_database.url, "SELECT count(*) FROM performance_schema.metadata_locks") is not None
    with pytest.raises(DBAPIError):
        scalar(mysql_database.plain_user_url, "SELECT count(*) FROM performance_schema.metadata_locks")


def test_dropping_ends_sessions_in_transactions(server: Server) -> None:
    database = server.create_database()
    make_table(database, "held")
    engine = create_engine(database.url, poolclass=NullPool)
    connection = engine.connect()
    connection.execute(text("INSERT INTO held VALUES (1)"))
    database.drop()
    with pytest.raises(DBAPIError):
        connection.execute(text("SELECT 1"))
    connection.close()
    with pytest.raises(OperationalError):
        scalar(database.url, "SELECT 1")
    database.drop()


def test_dropping_ends_prepared_transactions(server: Server) -> None:
    database = server.create_database()
    make_table(database, "held")
    with connected(database.url) as connection:
        transaction = connection.begin_twophase()
        connection.execute(text("INSERT INTO held VALUES (1)"))
        transaction.prepare()
        connection.detach()
        connection.invalidate()  # its application died between the phases
    database.drop()
    left = "SELECT 1 FROM pg_prepared_xacts" if server.backend == "postgresql" else "XA RECOVER"
    assert server.admin(left) == []


def test_dropping_ends_replication_slots(postgres_database: Database) -> None:
    postgres_database.admin("SELECT pg_create_logical_replication_slot('left_behind', 'pgoutput')")
    postgres_database.drop()
    assert postgres_database.server.admin("SELECT 1 FROM pg_replication_slots WHERE slot_name = 'left_behind'") == []


def test_postgresql_of_the_distribution_has_statement_statistics(postgresql: Server) -> None:
    with postgresql.create_database() as database:
        assert scalar(database.url, "SELECT count(*) >= 0 FROM pg_stat_statements") is True


def test_mariadb_keeps_performance_schema_off_as_shipped(mariadb: Server) -> None:
    assert mariadb.admin("SELECT @@performance_schema") == [(0,)]


@pytest.mark.parametrize("name", ["postgresql18", "mariadb", "mysql"])
def test_a_private_server_has_its_own_settings_and_can_be_frozen_and_killed(
    name: str, private_server: PrivateServer
) -> None:
    server = private_server(name, {"max_connections": "17"})
    setting = "SHOW max_connections" if server.backend == "postgresql" else "SELECT @@max_connections"
    with server.create_database() as database, connected(database.url) as connection:
        assert int(str(scalar(database.url, setting))) == 17
        assert server.log_path is not None
        assert server.log_path.stat().st_size > 0
        # PyMySQL's connect_timeout ends with the TCP handshake, which the kernel of a frozen server still answers
        patience = "connect_timeout" if server.backend == "postgresql" else "read_timeout"
        with server.frozen(), pytest.raises(OperationalError):
            scalar(database.url, "SELECT 1", **{patience: 1})
        assert scalar(database.url, "SELECT 1") == 1
        server.kill()
        with pytest.raises(DBAPIError):
            connection.execute(text("SELECT 1"))
        with pytest.raises(OperationalError):
            scalar(database.url, "SELECT 1")


def test_stopping_does_not_wait_for_clients(private_server: PrivateServer) -> None:
    server = private_server("postgresql18")
    with connected(server.admin_url) as connection:
        connection.execute(text("SELECT 1"))
        server.stop()
        with pytest.raises(OperationalError):
            connection.execute(text("SELECT 1"))
    assert server.log_path is not None
    assert "terminating connection due to administrator command" in server.log_path.read_text()


def test_the_pooler_shares_sessions_between_transactions(pgbouncer: Server) -> None:
    with pgbouncer.create_database() as database, connected(database.url) as one, connected(database.url) as other:
        pids = set()
        for connection in (one, other, one):
            pids.add(connection.execute(text("SELECT pg_backend_pid()")).scalar())
            connection.rollback()
    assert len(pids) == 1


def test_the_pooler_leaves_no_sessions_on_the_shared_server(pgbouncer: Server, postgresql: Server) -> None:
    if not (pgbouncer.owned and postgresql.owned):
        pytest.skip("servers that were given may stand before one another")
    with pgbouncer.create_database() as database:
        assert scalar(database.url, "SELECT 1") == 1
        assert postgresql.admin(f"SELECT 1 FROM pg_stat_database WHERE datname = '{database.name}'") == []


@pytest.mark.pgbouncer
def test_the_pooler_can_keep_sessions_apart(private_server: PrivateServer) -> None:
    pooler = private_server("pgbouncer", {"pool_mode": "session"})
    assert isinstance(pooler, PgBouncer)
    assert pooler.upstream is not None
    assert pooler.upstream.port != pooler.port
    assert pooler.pool_mode == "session"
    assert pooler.admin("SHOW POOLS", database="pgbouncer")
    with pooler.create_database() as database, connected(database.url) as one, connected(database.url) as other:
        pids = set()
        for connection in (one, other):
            pids.add(connection.execute(text("SELECT pg_backend_pid()")).scalar())
            connection.rollback()
    assert len(pids) == 2


@pytest.mark.parametrize("name", ["postgresql18", "mariadb"])
def test_a_given_url_takes_the_place_of_a_server(name: str, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    running = fleet.get(name)
    driverless = make_url(running.admin_url).set(drivername=running.backend).render_as_string(hide_password=False)
    monkeypatch.setenv(url_variable(name), driverless)
    with closing(Fleet()) as other:
        server = other.get(name)
        assert (server.port, server.version, server.backend) == (running.port, running.version, running.backend)
        assert not server.owned
        with pytest.raises(RuntimeError, match="not ours"):
            server.kill()
        with server.create_database() as database:
            assert scalar(database.url, "SELECT 1") == 1
    assert running.admin("SELECT 1") == [(1,)]


def test_the_pooler_is_left_out_with_the_server_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(url_variable("pgbouncer"), raising=False)
    with (
        closing(Fleet(without=frozenset({"postgresql"}))) as fleet,
        pytest.raises(LeftOutError, match="--without postgresql"),
    ):
        fleet.get("pgbouncer")


def test_a_given_url_has_to_lead_to_the_backend_it_is_for(mariadb: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(url_variable("mysql"), mariadb.admin_url)
    with closing(Fleet()) as other, pytest.raises(StartError, match="TRIAGE_TEST_MYSQL_URL leads to a mariadb"):
        other.get("mysql")


def test_a_taken_port_is_tried_no_further() -> None:
    tried: list[int] = []

    def start(port: int) -> int:
        tried.append(port)
        if len(tried) < 3:
            raise PortTakenError
        return port

    assert on_free_port(start) == tried[2]
