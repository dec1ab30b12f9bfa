"""Errors that real drivers raise on real servers, and what they are explained as."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.servers.fixtures import POSTGRES_ONCE
from tests.servers.model import Database, Server
from triage.applogs.reading import read_logs
from triage.check import judge
from triage.cli.explain import JUDGES
from triage.findings import Finding

APP = Path(__file__).with_name("failing_app.py")
POSTGRES_DRIVERS = ("psycopg2", "psycopg", "asyncpg")
MYSQL_DRIVERS = ("pymysql", "aiomysql")
ON_POSTGRESQL = pytest.mark.parametrize("postgres_server", POSTGRES_ONCE, indirect=True)
SAME_EVERYWHERE = {
    "duplicate_key": "duplicate-key",
    "pending_rollback": "pending-rollback",
    "handled": "duplicate-key",
    "get_or_create": "duplicate-key",
    "wrapped": "duplicate-key",
    "missing_table": "missing-table",
    "wrong_result_count": "wrong-result-count",
    "many_results": "wrong-result-count",
    "detached_instance": "detached-instance",
    "stale_data": "stale-data",
    "object_deleted": "stale-data",
    "autoflush_error": "autoflush-error",
    "autoflush_duplicate": "duplicate-key",
    "missing_foreign_key": "missing-foreign-key",
    "missing_referenced_table": "missing-foreign-key",
    "check_violation": "unknown-database-error",
    "syntax": "unknown-database-error",
    "pool_timeout": "pool-timeout",
}
ON_SERVERS = {
    "deadlock": "deadlock",
    "lock_timeout": "lock-timeout",
    "no_wait": "lock-timeout",
    "statement_timeout": "statement-timeout",
    "stale_connection": "stale-connection",
    "too_many_connections": "too-many-connections",
}
SYNCHRONOUS = {"concurrent_session_use": "concurrent-session-use"}
ASYNCHRONOUS = {
    "missing_greenlet": "missing-greenlet",
    "garbage_collected_connection": "garbage-collected-connection",
    "concurrent_tasks": "concurrent-session-use",
}
POSTGRES_ONLY = {
    "serialization_failure": "serialization-failure",
    "idle_transaction_timeout": "idle-transaction-timeout",
    "cancelled": "unknown-database-error",
}
LIBPQ_MAY_NOT_SAY_WHY = {("idle_transaction_timeout", "psycopg2")}
"""Where it finds the connection closed before it reads the server's last words, nobody can know them."""


def explained(failure: str, url: str, tmp_path: Path) -> tuple[list[Finding], str]:
    """What triage says of the log of the app that fails so, and the log."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(APP), failure, url],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    log = tmp_path / "app.log"
    log.write_text(done.stdout)
    report = judge(read_logs((str(log),), datetime.now(UTC)), {}, JUDGES)
    assert not report.gaps
    assert not report.skipped
    return list(report.findings), done.stdout


def holds(failure: str, finding_id: str, url: str, tmp_path: Path) -> Finding:
    findings, log = explained(failure, url, tmp_path)
    assert [finding.id for finding in findings] == [finding_id], log
    (finding,) = findings
    said = f"{finding.summary} {finding.details}"
    assert "example.com" not in said
    assert "secret" not in said
    if failure != "garbage_collected_connection":
        assert finding.location, log
        assert finding.location.file == str(APP)
        assert finding.location.function
        assert finding.details["first"]
        assert finding.details["workers"]
    return finding


def with_driver(url: str, driver: str) -> str:
    parsed = make_url(url)
    return parsed.set(drivername=f"{parsed.get_backend_name()}+{driver}").render_as_string(hide_password=False)


@pytest.mark.parametrize(("failure", "finding_id"), SAME_EVERYWHERE.items(), ids=SAME_EVERYWHERE)
def test_on_sqlite(failure: str, finding_id: str, tmp_path: Path) -> None:
    holds(failure, finding_id, f"sqlite:///{tmp_path / 'app.db'}", tmp_path)


@ON_POSTGRESQL
@pytest.mark.parametrize("driver", POSTGRES_DRIVERS)
@pytest.mark.parametrize(("failure", "finding_id"), (SAME_EVERYWHERE | ON_SERVERS | POSTGRES_ONLY).items())
def test_on_postgresql(failure: str, finding_id: str, driver: str, postgres_database: Database, tmp_path: Path) -> None:
    url = with_driver(postgres_database.url, driver)
    if failure == "too_many_connections":
        explained("duplicate_key", url, tmp_path)  # makes the tables
        postgres_database.admin(f"ALTER DATABASE {postgres_database.name} CONNECTION LIMIT 1")
    if (failure, driver) in LIBPQ_MAY_NOT_SAY_WHY:
        findings, log = explained(failure, url, tmp_path)
        says_why = "idle-in-transaction timeout" in log
        assert [finding.id for finding in findings] == [finding_id if says_why else "stale-connection"]
        return
    holds(failure, finding_id, url, tmp_path)


@pytest.mark.parametrize("driver", MYSQL_DRIVERS)
@pytest.mark.parametrize(("failure", "finding_id"), (SAME_EVERYWHERE | ON_SERVERS).items())
def test_on_mysql_and_mariadb(
    failure: str, finding_id: str, driver: str, mysql_database: Database, tmp_path: Path
) -> None:
    url = with_driver(mysql_database.url, driver)
    if failure == "too_many_connections":
        explained("duplicate_key", url, tmp_path)
        mysql_database.admin(f"ALTER USER {mysql_database.user} WITH MAX_USER_CONNECTIONS 1")
    holds(failure, finding_id, url, tmp_path)


def test_a_serialization_failure_on_mariadb(mariadb: Server, tmp_path: Path) -> None:
    with mariadb.create_database() as database:
        holds("serialization_failure", "serialization-failure", database.url, tmp_path)


@ON_POSTGRESQL
@pytest.mark.parametrize("failure", SYNCHRONOUS)
@pytest.mark.parametrize("driver", ["psycopg2", "psycopg"])
def test_two_threads_and_one_session(failure: str, driver: str, postgres_database: Database, tmp_path: Path) -> None:
    holds(failure, SYNCHRONOUS[failure], with_driver(postgres_database.url, driver), tmp_path)


@ON_POSTGRESQL
@pytest.mark.parametrize(("failure", "finding_id"), ASYNCHRONOUS.items())
def test_under_asyncio_on_postgresql(
    failure: str, finding_id: str, postgres_database: Database, tmp_path: Path
) -> None:
    holds(failure, finding_id, with_driver(postgres_database.url, "asyncpg"), tmp_path)


@pytest.mark.parametrize(("failure", "finding_id"), ASYNCHRONOUS.items())
def test_under_asyncio_on_mysql(failure: str, finding_id: str, mysql_database: Database, tmp_path: Path) -> None:
    holds(failure, finding_id, with_driver(mysql_database.url, "aiomysql"), tmp_path)


def test_a_failure_and_what_came_of_it(tmp_path: Path) -> None:
    """Both are told, and the second points to the first."""
    findings, _ = explained("both", f"sqlite:///{tmp_path / 'app.db'}", tmp_path)
    by_id = {finding.id: finding for finding in findings}
    assert set(by_id) == {"duplicate-key", "pending-rollback"}
    causes = by_id["pending-rollback"].details["causes"]
    assert isinstance(causes, list)
    (cause,) = causes
    assert cause["finding"] == "duplicate-key"
    assert cause["key"] == by_id["duplicate-key"].key
    assert "It came after duplicate-key in both" in by_id["pending-rollback"].summary
