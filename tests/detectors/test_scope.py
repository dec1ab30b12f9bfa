"""Whose sessions, whose engines, how much room."""

import pytest

from tests.detectors.build import active, bounded, engine, evidence, hidden, limit, person, session, source
from triage.detectors.scope import (
    engines_of,
    in_scope,
    is_person,
    is_tool,
    of_app,
    pool_room,
    processes_known,
    server_limit,
    watched,
)
from triage.evidence import Backend, EngineConfig, Evidence, LimitKind, SessionKind


def rooms(*engines: EngineConfig, backend: Backend = Backend.POSTGRESQL) -> int | None:
    return pool_room(evidence(engines=engines, backend=backend))


@pytest.mark.parametrize(
    "name",
    [
        "psql",
        "pgcli",
        "pgAdmin 4 - DB:shop",
        "DBeaver 24.1.0 - Main <shop>",
        "DataGrip 2024.1.3",
        "IntelliJ IDEA 2024.1",
        "PyCharm 2024.1",
        "mysql",
        "MySQLWorkbench",
        "TablePlus",
        "  psql ",
    ],
)
def test_people_are_known_by_their_program(name: str) -> None:
    assert is_person(session(application_name=name))


@pytest.mark.parametrize(
    "name", [None, "", "shop", "psql-exporter", "mysqld_exporter", "my-psql", "gunicorn", "mysql-sync"]
)
def test_an_app_is_no_person(name: str | None) -> None:
    assert not is_person(session(application_name=name))


@pytest.mark.parametrize(
    "name",
    ["pg_dump", "pg_basebackup", "pgbackrest [backup]", "postgres_exporter", "Datadog Agent", "triage", "mysqldump"],
)
def test_tools_are_known_by_their_program(name: str) -> None:
    assert is_tool(session(application_name=name))


@pytest.mark.parametrize("user", ["rdsadmin", "cloudsqladmin", "mariadb.sys", "mysql.session", "mysql.sys"])
def test_tools_are_known_by_their_user(user: str) -> None:
    assert is_tool(session(application_name=None, user=user))


@pytest.mark.parametrize("name", ["Patroni heartbeat", "Patroni restapi"])
def test_a_cluster_manager_is_a_tool(name: str) -> None:
    assert is_tool(session(application_name=name))


@pytest.mark.parametrize("name", ["shop", "my_pg_dump", "pg_dump_wrapper", "dump", "triage-worker", None])
def test_an_app_is_no_tool(name: str | None) -> None:
    assert not is_tool(session(application_name=name))


def test_who_is_hidden_is_neither() -> None:
    assert not is_tool(hidden())
    assert not is_person(hidden())


@pytest.mark.parametrize("kind", [SessionKind.SYSTEM, SessionKind.REPLICATION])
def test_the_servers_own_workers_are_tools(kind: SessionKind) -> None:
    assert is_tool(session(kind=kind))


@pytest.mark.parametrize(
    ("look", "expected"),
    [
        (evidence(), {"shop"}),
        (evidence(database=None), {"shop", "billing", None}),
        (evidence(all_databases=True), {"shop", "billing", None}),
        (evidence(app=("shop",)), {"shop"}),
        (evidence(app=("jobs",)), set()),
        (evidence(app=("app",), all_databases=True), {"shop", "billing", None}),
        (evidence(app=("bil*",)), {"billing"}),
    ],
    ids=["database", "no-database", "all", "application", "nobody", "user-everywhere", "by-database"],
)
def test_scope(look: Evidence, expected: set[str | None]) -> None:
    sessions = session(1), session(2, database="billing", application_name="b"), session(3, database=None)
    assert {s.database for s in sessions if in_scope(s, look)} == expected


def test_watched_are_the_apps_and_peoples() -> None:
    look = evidence(session(1), person(2), session(3, application_name="pg_dump"), session(4, database="billing"))
    assert [s.pid for s in watched(look)] == [1, 2]
    assert [s.pid for s in of_app(look)] == [1]


def test_the_room_of_the_pools() -> None:
    assert rooms() is None
    assert rooms(bounded()) == 15
    assert rooms(bounded(processes=4)) == 60
    assert rooms(bounded(processes=None)) == 15
    assert rooms(bounded(processes=2), bounded(10, 0, 3)) == 60


@pytest.mark.parametrize(
    "without",
    [
        engine(poolclass="NullPool"),
        engine(max_overflow=-1),
        engine(pool_size=0),
        engine(pool_size=None, unknown=frozenset({"pool_size"})),
        engine(max_overflow=None, unknown=frozenset({"max_overflow"})),
        engine(poolclass="StaticPool"),
    ],
    ids=["null-pool", "no-limit", "no-size", "unknown-size", "unknown-overflow", "another-pool"],
)
def test_one_engine_without_a_ceiling_leaves_no_room_to_speak_of(without: EngineConfig) -> None:
    assert rooms(without) is None
    assert rooms(bounded(), without) is None


def test_engines_of_another_database_do_not_count() -> None:
    assert rooms(bounded(), bounded(database="billing")) == 15
    assert rooms(bounded(), bounded(database="shop")) == 30
    assert rooms(bounded(), bounded(backend=Backend.MYSQL), bounded(dialect="sqlite")) == 15
    assert rooms(bounded(backend=Backend.MYSQL), backend=Backend.MARIADB) == 15


def test_where_the_database_is_not_known_every_engine_counts() -> None:
    look = evidence(engines=[bounded(database="billing"), bounded(database="shop")], database=None)
    assert len(engines_of(look)) == 2


def test_engines_count_although_no_database_was_looked_at() -> None:
    look = Evidence(collected_at=source().collected_at, engines=(bounded(), bounded(backend=Backend.MYSQL)))
    assert len(engines_of(look)) == 2


def test_processes_are_known_if_all_are() -> None:
    assert processes_known([bounded(), bounded()])
    assert not processes_known([bounded(), bounded(processes=None)])


def test_the_servers_limit_is_not_that_of_a_role() -> None:
    role = limit(5, kind=LimitKind.ROLE, name="app")
    assert server_limit(evidence(active(), limits=(role,))) is None
    assert server_limit(evidence(limits=(role, limit(50)))) == limit(50)
    assert server_limit(evidence()) is None
