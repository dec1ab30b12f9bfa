"""The look at a database that is hurt, hidden, far away or behind a pooler."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import make_url, text

from tests.cli.run import check, triage
from tests.incidents import bookstore, engine, eventually, idle_pool, leaked, row_lock
from tests.servers.fixtures import PrivateServer
from tests.servers.model import Database, Server
from triage.collectors import connect, postgresql
from triage.collectors import database as collector
from triage.collectors.connection import Deadline
from triage.collectors.look import Look
from triage.collectors.question import Question
from triage.collectors.url import parse
from triage.errors import UsageError
from triage.evidence import Backend, Evidence, SessionKind


def look(url: str, *, seconds: float = 10) -> Evidence:
    return collector.collect(Question(collected_at=datetime.now(UTC), url=url, timeout=timedelta(seconds=seconds)))


def unread(evidence: Evidence) -> str:
    """The reasons for which the source could not be read."""
    return "\n".join(gap.reason for gap in evidence.gaps if gap.unread)


def test_our_own_session_is_left_out(database: Database) -> None:
    activity = look(database.url).activity
    assert activity
    assert all(session.application_name != "triage" for session in activity.sessions)
    assert not [s for s in activity.sessions if s.user == database.user and s.kind is SessionKind.CLIENT]


def test_nothing_is_written_and_no_transaction_is_open(postgres_database: Database) -> None:
    address = parse(postgres_database.url)
    connection = connect.open_connection(address, Deadline.after(timedelta(seconds=10)))
    try:
        question = Question(collected_at=datetime.now(UTC), url=postgres_database.url)
        postgresql.read(Look(address, question, Backend.POSTGRESQL), connection)
        (ours,) = postgres_database.admin("SELECT state FROM pg_stat_activity WHERE application_name = 'triage'")
        assert ours == ("idle",)
        with pytest.raises(Exception, match="read-only transaction"):
            connection.fetch("CREATE TABLE forbidden (id int)")
        assert connection.fetch("SHOW statement_timeout") == [{"statement_timeout": "5s"}]
        assert connection.fetch("SHOW lock_timeout") == [{"lock_timeout": "1s"}]
    finally:
        connection.driver.close()


def test_a_role_without_privileges_gets_gaps_with_the_grant(database: Database) -> None:
    bookstore(database.url)
    with leaked(database.url, 3):
        seen = check(database.plain_user_url)
    assert "GRANT" in seen.gaps
    assert ("pg_monitor" in seen.gaps) if database.server.backend == "postgresql" else ("PROCESS" in seen.gaps)
    assert seen.code == 0


def test_who_blocks_whom_is_seen_even_without_privileges(postgres_database: Database) -> None:
    bookstore(postgres_database.url)
    with row_lock(postgres_database.url):
        chain = check(postgres_database.plain_user_url).found("blocking-chain")
    assert len(chain["details"]["waiters"]) == 2


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"password": "wrong"}, "refused the login"),
        ({"host": "nowhere.invalid"}, "host name is not known"),
        ({"port": 1}, "cannot be reached"),
        ({"database": "no_such_database"}, "no such database"),
    ],
)
def test_a_refusal_says_what_happened(server: Server, change: dict[str, object], what: str) -> None:
    with server.create_database() as database:
        url = make_url(database.url).set(**change).render_as_string(hide_password=False)  # type: ignore[arg-type]
        run = triage("check", url)
    error, hint = run.err.strip().splitlines()
    assert run.code == 3
    assert error.startswith("Error: ")
    assert what in error
    assert hint.startswith("Hint: ")
    assert what in " ".join(run.out.split())
    assert database.password not in run.out + run.err
    assert "Nothing wrong" not in run.out + run.err


def test_a_tls_failure_is_told_from_an_unreachable_server(postgres_database: Database) -> None:
    evidence = look(f"{postgres_database.url}?sslmode=require")
    assert "encrypted connection could not be made" in unread(evidence)


def test_a_server_that_hangs_does_not_hang_us(private_server: PrivateServer) -> None:
    for name in ("postgresql18", "mariadb"):
        server = private_server(name)
        with server.frozen():
            started = time.monotonic()
            evidence = look(server.admin_url, seconds=1)
            assert time.monotonic() - started < 5  # nobody else's patience ends so soon
        assert "no answer from the server within 1 s" in unread(evidence)


def test_a_section_that_waits_for_a_lock_is_given_up_and_the_rest_is_kept(private_server: PrivateServer) -> None:
    server = private_server("postgresql18")
    with engine(server.admin_url) as made, made.connect() as connection:
        connection.execute(text("LOCK TABLE pg_catalog.pg_extension IN ACCESS EXCLUSIVE MODE"))
        evidence = look(server.admin_url, seconds=4)
    assert evidence.activity is not None
    assert evidence.statements is None
    assert any("pg_stat_statements" in gap.reason and "lock timeout" in gap.reason for gap in evidence.gaps)
    assert not unread(evidence)


def kill_while_it_is_looked_at(server: Server) -> None:
    """Wait until the look waits for a lock, when it has read what comes before."""
    waits = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'triage' AND wait_event_type = 'Lock'"
    eventually(lambda: server.admin(waits) != [])
    server.kill()


def test_a_server_that_dies_in_the_middle_keeps_what_was_read(private_server: PrivateServer) -> None:
    server = private_server("postgresql18")
    with engine(server.admin_url) as made, made.connect() as connection:
        connection.execute(text("LOCK TABLE pg_catalog.pg_extension IN ACCESS EXCLUSIVE MODE"))
        killer = threading.Thread(target=kill_while_it_is_looked_at, args=(server,))
        killer.start()
        evidence = look(server.admin_url, seconds=8)
        killer.join()
        connection.invalidate()
    assert evidence.activity is not None
    assert "connection was lost in the middle" in unread(evidence)


def test_through_a_pooler(pgbouncer: Server) -> None:
    with pgbouncer.create_database() as database:
        bookstore(database.url)
        with leaked(database.url, 3):
            time.sleep(0.3)
            evidence = look(database.url)
    assert evidence.activity
    assert evidence.activity.pooled
    assert any("pooler" in gap.reason for gap in evidence.gaps)
    assert sum(s.user == database.user and s.transaction_for is not None for s in evidence.activity.sessions) == 3


def test_a_pooled_session_keeps_none_of_our_settings(pgbouncer: Server) -> None:
    with pgbouncer.create_database() as database:
        look(database.url)
        with engine(database.url) as made, made.begin() as connection:
            assert connection.execute(text("SHOW statement_timeout")).scalar() == "0"
            assert connection.execute(text("SHOW default_transaction_read_only")).scalar() == "off"
            connection.execute(text("CREATE TABLE ours (id int)"))


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg", "pg8000"])
def test_the_url_of_another_postgresql_driver_is_taken(postgres_database: Database, driver: str) -> None:
    evidence = look(postgres_database.url.replace("+psycopg2", f"+{driver}") + "?prepared_statement_cache_size=0")
    assert evidence.activity
    assert not unread(evidence)


@pytest.mark.parametrize("driver", ["aiomysql", "mysqldb", "asyncmy", "mysqlconnector"])
def test_the_url_of_another_mysql_driver_is_taken(mysql_database: Database, driver: str) -> None:
    evidence = look(mysql_database.url.replace("+pymysql", f"+{driver}") + "?charset=utf8mb4&use_unicode=1")
    assert evidence.activity
    assert not unread(evidence)


def test_postgres_is_taken_for_postgresql(postgres_database: Database) -> None:
    evidence = look(postgres_database.url.replace("postgresql+psycopg2", "postgres"))
    assert evidence.activity


@pytest.mark.parametrize("url", ["sqlite:///app.db", "oracle://db/x", "mssql+pyodbc://db/x"])
def test_other_databases_are_refused_and_told_what_still_works(url: str) -> None:
    with pytest.raises(UsageError, match="PostgreSQL, MySQL and MariaDB") as caught:
        look(url)
    assert "--engine" in caught.value.hint


def test_no_url_at_all_is_refused() -> None:
    run = triage("check", environment={"TRIAGE_URL": ""})
    assert run.code == 2
    assert run.err.splitlines()[0] == "Error: there is nothing to look at"


def test_a_password_appears_nowhere(database: Database) -> None:
    url = make_url(database.url)
    for given in (database.url, url.update_query_dict({"password": "s3cret-in-query"}).render_as_string(False)):
        run = triage("-v", "-v", "check", given, "--format", "json")
        assert database.password not in run.out + run.err
        assert "s3cret-in-query" not in run.out + run.err


def test_settings_of_a_role_are_seen(postgres_database: Database) -> None:
    postgres_database.admin(
        f"ALTER ROLE {postgres_database.user} SET idle_in_transaction_session_timeout = '90s'",
        f"ALTER DATABASE {postgres_database.name} SET statement_timeout = 30000",
    )
    server = look(postgres_database.url).server
    assert server
    ours = {(o.name, o.value) for o in server.overrides if postgres_database.name in {o.database, (o.role or "")[:-4]}}
    assert ours == {
        ("idle_in_transaction_session_timeout", timedelta(seconds=90)),
        ("statement_timeout", timedelta(seconds=30)),
    }
    assert server.timeouts["lock_timeout"] is None


def test_a_connection_limit_of_a_role_is_seen(postgres_database: Database) -> None:
    postgres_database.admin(f"ALTER ROLE {postgres_database.user} CONNECTION LIMIT 4")
    bookstore(postgres_database.url)
    with idle_pool(postgres_database.url, 3):
        seen = check(postgres_database.url)
    finding = seen.found("connection-saturation")
    assert finding["details"]["limit"] == 4
    assert finding["severity"] == "critical"
