"""The main job, end to end: a real app, a real server, the command as a user types it."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, NullPool, text
from sqlalchemy.exc import DBAPIError, OperationalError

from tests.cli.run import check, triage
from tests.incidents import SECRET, bookstore, convoy, engine, idle_pool, leaked, row_lock, waiting
from tests.servers.fixtures import PrivateServer
from tests.servers.model import Database

COORDINATOR = """
import os, sys
from sqlalchemy import create_engine, text
connection = create_engine(sys.argv[1]).connect()
transaction = connection.begin_twophase(sys.argv[2])
connection.execute(text("UPDATE books SET title = 'prepared' WHERE id = 1"))
transaction.prepare()
os._exit(0)
"""
"""An app that dies between the two phases."""

POOL = "[engine]\npool_size = 5\nmax_overflow = 10\npool_pre_ping = true\n"


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    """The config of an engine with a pool of 5 + 10."""
    path = tmp_path / "engine.toml"
    path.write_text(POOL)
    return path


@pytest.fixture
def shop(database: Database) -> Database:
    """A database with the bookstore's tables, on each of the four servers."""
    bookstore(database.url)
    return database


def test_an_app_idle_in_its_pool_gives_no_finding(shop: Database, pool: Path) -> None:
    with idle_pool(shop.url):
        time.sleep(0.3)
        seen = check(shop.url, "--engine", pool)
    assert (seen.code, seen.report["findings"]) == (0, [])


def test_twelve_leaked_readers_fill_the_pool(shop: Database, pool: Path) -> None:
    with leaked(shop.url, 12), idle_pool(shop.url):
        time.sleep(0.5)
        seen = check(shop.url, "--engine", pool)
    finding = seen.found("idle-in-transaction")
    assert seen.code == 1
    assert finding["severity"] == "critical"
    assert finding["runbook"] == "session-leak"
    assert len(finding["details"]["sessions"]) == 12
    assert {session["user"] for session in finding["details"]["sessions"]} == {shop.user}
    assert "12 of the pool's 15" in finding["summary"]


def test_without_an_engine_config_a_young_leak_is_an_info_and_an_old_one_a_warning(
    shop: Database, tmp_path: Path
) -> None:
    config = tmp_path / "triage.toml"
    with leaked(shop.url, 3):
        time.sleep(0.8)
        config.write_text("[thresholds.idle-in-transaction]\nnotice_seconds = 0.5\nwarning_seconds = 120\n")
        young = check(shop.url, "--config", config)
        time.sleep(0.8)
        config.write_text("[thresholds.idle-in-transaction]\nnotice_seconds = 0.5\nwarning_seconds = 1\n")
        old = check(shop.url, "--config", config)
    assert (young.code, young.found("idle-in-transaction")["severity"]) == (0, "info")
    assert (old.code, old.found("idle-in-transaction")["severity"]) == (1, "warning")


def test_the_last_statement_is_shown_without_its_literals(shop: Database, pool: Path) -> None:
    with leaked(shop.url, 12):
        time.sleep(0.5)
        masked = check(shop.url, "--engine", pool)
        shown = check(shop.url, "--engine", pool, "--show-literals")
    assert SECRET not in masked.out
    if shop.server.backend == "mariadb":
        assert "performance_schema is off" in masked.gaps
    else:
        session = masked.found("idle-in-transaction")["details"]["sessions"][0]
        assert session["last_statement"] == "SELECT id, title FROM books WHERE id = ? AND title <> ?"
        assert SECRET in shown.out


def test_the_next_step_ends_exactly_the_leaked_sessions(shop: Database, pool: Path) -> None:
    with leaked(shop.url, 12) as connections, idle_pool(shop.url) as healthy:
        time.sleep(0.5)
        finding = check(shop.url, "--engine", pool).found("idle-in-transaction")
        spared = connections[0]
        spared.commit()
        spared.execute(text("SELECT 1 FROM books")).all()
        time.sleep(1.1)  # MySQL and MariaDB tell a transaction's start in whole seconds
        run_next_steps(shop, finding["next_steps"])
        for connection in connections[1:]:
            with pytest.raises(DBAPIError):
                connection.execute(text("SELECT 1"))
        assert spared.execute(text("SELECT 1")).scalar() == 1
        with healthy.connect() as connection:
            assert connection.execute(text("SELECT 1")).scalar() == 1


def run_next_steps(database: Database, steps: list[str]) -> None:
    """Do what a report says, as an administrator pastes it."""
    for step in steps:
        for statement in step.split("; KILL @session") if database.server.backend == "mysql" else [step]:
            if database.server.backend == "mysql":
                kill_on_mysql(database, statement)
            else:
                database.admin(statement)


def kill_on_mysql(database: Database, setting: str) -> None:
    """MySQL's two statements, on one session; a KILL of nobody is refused and harms nobody."""
    if not setting:
        return
    with engine(database.admin_url, poolclass=NullPool) as made, made.connect() as connection:
        connection.exec_driver_sql(setting)
        victim = connection.exec_driver_sql("SELECT @session").scalar()
        if victim is not None:
            connection.exec_driver_sql("KILL @session")


def test_a_ddl_convoy_names_its_root(shop: Database) -> None:
    with convoy(shop):
        seen = check(shop.url)
    chain = seen.found("blocking-chain")
    idle = seen.found("idle-in-transaction")
    root = idle["details"]["sessions"][0]
    assert idle["severity"] == "critical"
    assert chain["details"]["root"]["pid"] == root["pid"]
    assert chain["details"]["root"]["state"] == "idle in transaction"
    assert chain["details"]["depth"] == 2
    assert len(chain["details"]["waiters"]) == 3
    assert root["blocks"]
    if shop.server.backend != "mariadb":  # MariaDB tells the table only through a plugin
        assert {waiter["relation"].rpartition(".")[2] for waiter in chain["details"]["waiters"]} == {"books"}


def test_a_row_lock_chain_names_its_root_and_the_table(shop: Database) -> None:
    with row_lock(shop.url):
        seen = check(shop.url)
    chain = seen.found("blocking-chain")
    assert chain["details"]["root"]["state"] == "idle in transaction"
    assert len(chain["details"]["waiters"]) == 2
    assert "books" in str(chain["details"]["waiters"])
    assert seen.found("idle-in-transaction")["details"]["sessions"][0]["blocks"]


def test_a_session_of_another_database_is_one_line(shop: Database) -> None:
    with shop.server.create_database() as other:
        bookstore(other.url)
        with leaked(other.url, 3):
            time.sleep(0.3)
            seen = check(shop.url, "--fail-on", "info")
            everywhere = check(shop.url, "--all-databases")
            text_report = triage("check", shop.url).out
    assert seen.code == 0
    assert seen.report["sources"][0]["other_databases"]["sessions"] >= 3
    assert "sessions of other databases: 3" in " ".join(text_report.split())
    assert everywhere.code == 0


def test_app_narrows_to_a_user(shop: Database, pool: Path) -> None:
    with leaked(shop.url, 12):
        time.sleep(0.5)
        assert check(shop.url, "--engine", pool, "--app", "somebody else").report["findings"] == []
        assert "idle-in-transaction" in check(shop.url, "--engine", pool, "--app", shop.user).ids


def test_a_pool_that_cannot_fit_shows_its_arithmetic(private_server: PrivateServer, tmp_path: Path) -> None:
    server = private_server("postgresql18", {"max_connections": "100"})
    path = tmp_path / "engine.toml"
    path.write_text("pool_size = 10\nmax_overflow = 20\n")
    seen = check(server.admin_url, "--engine", path, "--processes", "8")
    finding = seen.found("pool-overcommit")
    assert (
        finding["details"]
        | {
            "processes": 8,
            "pool_size": 10,
            "max_overflow": 20,
            "demand": 240,
            "max_connections": 100,
            "reserved": 3,
            "available": 97,
        }
        == finding["details"]
    )
    assert "8 processes × (pool_size 10 + max_overflow 20) = 240" in finding["summary"]
    assert seen.code == 1


@pytest.mark.parametrize("name", ["postgresql18", "mariadb", "mysql"])
def test_a_full_server_is_a_critical_finding(name: str, private_server: PrivateServer) -> None:
    server = private_server(name, {"max_connections": "10"})
    with server.create_database() as database, engine(database.url, pool_size=20) as made:
        held = fill(made)
        seen = check(database.url)
        shown = triage("check", database.url)
        for connection in held:
            connection.close()
    assert seen.found("connection-saturation")["severity"] == "critical"
    assert seen.code == 1
    assert "full" in shown.out


def fill(made: Engine) -> list[Connection]:
    """Connect until the server refuses."""
    held: list[Connection] = []
    with pytest.raises(OperationalError, match=r"(?i)too many|remaining connection slots"):
        held.extend(made.connect() for _ in range(20))
    return held


def test_a_prepared_transaction_left_behind_is_found(server_with_prepared: tuple[Database, str]) -> None:
    database, name = server_with_prepared
    with waiting(database.url, "UPDATE books SET title = 'x' WHERE id = 1"):
        time.sleep(1.2)
        seen = check(database.url)
        finding = next(f for f in seen.report["findings"] if f["id"] == "prepared-transaction" and name in f["summary"])
        chain = seen.found("blocking-chain")
        for step in finding["next_steps"]:
            database.admin(step)
    assert chain["details"]["root"]["pid"] == 0
    assert finding["runbook"] == "prepared-transaction"
    if database.server.backend == "postgresql":
        assert finding["severity"] == "critical"
        assert chain["details"]["root"]["prepared_transaction"] == name


@pytest.fixture
def server_with_prepared(shop: Database) -> tuple[Database, str]:
    """A transaction prepared by a coordinator that has gone since."""
    name = f"order-{shop.name}"
    subprocess.run([sys.executable, "-c", COORDINATOR, shop.url, name], check=True)
    time.sleep(1.1)
    return shop, name


def test_the_report_is_written_whole_to_a_file(shop: Database, tmp_path: Path) -> None:
    output = tmp_path / "report.json"
    run = triage("check", shop.url, "--format", "json", "--output", output)
    assert (run.code, run.out) == (0, "")
    assert json.loads(output.read_text())["schema_version"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_no_more_than_twelve_statements(shop: Database) -> None:
    with convoy(shop):
        (source,) = check(shop.url).report["sources"]
    assert 0 < source["queries"] <= 12
    assert source["backend"] == shop.server.backend


def test_a_failed_transaction_is_told_from_an_idle_one(postgres_database: Database, pool: Path) -> None:
    bookstore(postgres_database.url)
    with leaked(postgres_database.url, 12) as connections:
        for connection in connections:
            with pytest.raises(Exception, match="division by zero"):
                connection.execute(text("SELECT 1 / 0"))
        time.sleep(0.5)
        seen = check(postgres_database.url, "--engine", pool)
        finding = seen.found("idle-in-transaction-aborted")
        run_next_steps(postgres_database, finding["next_steps"])
        for connection in connections:
            with pytest.raises(DBAPIError):
                connection.rollback()
    assert finding["runbook"] == "transaction-rolled-back"
    assert finding["severity"] == "critical"
    assert "idle-in-transaction" not in seen.ids
