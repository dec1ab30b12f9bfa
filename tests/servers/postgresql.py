"""PostgreSQL: how it is started, and what a database with its roles is on it.

It listens on TCP only and asks for passwords (scram), so that the tests log in as applications do. As root it runs as
another account, since PostgreSQL refuses to run as root.
"""

import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from sqlalchemy import URL, make_url

from tests.servers import places
from tests.servers.launcher import Launcher, give, reachable
from tests.servers.model import Database, Row, Server
from tests.servers.process import on_free_port

SETTINGS = {
    "fsync": "off",  # the data is thrown away, so nothing need reach the disk
    "full_page_writes": "off",
    "dynamic_shared_memory_type": "mmap",  # in the data folder, where a killed server's goes away with it
    "max_connections": "100",
    "max_prepared_transactions": "10",
    "wal_level": "logical",
}

ENDING_HOLDERS = """
    SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts WHERE database = '{name}'
    UNION ALL
    SELECT format('SELECT pg_terminate_backend(%s, 5000)', active_pid) FROM pg_replication_slots
    WHERE database = '{name}' AND active_pid IS NOT NULL
    UNION ALL
    SELECT format('SELECT pg_drop_replication_slot(%L)', slot_name) FROM pg_replication_slots
    WHERE database = '{name}'
"""
"""Statements that end what DROP DATABASE … WITH (FORCE) does not: prepared transactions and replication slots."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PostgreSQLServer(Server):
    """A server that speaks PostgreSQL's protocol; PgBouncer is one, too."""

    def admin(self, *statements: str, database: str | None = None) -> list[Row]:
        with closing(connect(self.url(database=database))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []

    def kill(self) -> None:
        """End all its processes without warning, and free the shared memory that the kernel keeps for a killed one."""
        segments = _shared_memory(self.data_dir)
        Server.kill(self)
        for segment in segments:
            subprocess.run(["ipcrm", "-m", segment], check=False, capture_output=True)

    def _create(self, database: Database) -> None:
        preloaded = self.admin(
            f"CREATE ROLE {database.user} LOGIN PASSWORD '{database.password}' IN ROLE pg_read_all_stats",
            f"CREATE ROLE {database.plain_user} LOGIN PASSWORD '{database.plain_password}'",
            # template1 may be in use, template0 never is
            f"CREATE DATABASE {database.name} OWNER {database.user} TEMPLATE template0",
            "SHOW shared_preload_libraries",
        )
        database.admin(
            f"GRANT ALL ON DATABASE {database.name} TO {database.plain_user}",
            f"GRANT ALL ON SCHEMA public TO {database.plain_user}",
            # what the owner makes is everybody's to use; membership would show the owner's sessions as well
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {database.user} GRANT ALL ON TABLES TO {database.plain_user}",
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {database.user} GRANT ALL ON SEQUENCES TO {database.plain_user}",
            *(["CREATE EXTENSION pg_stat_statements"] if "pg_stat_statements" in preloaded[0][0] else []),
        )

    def _drop(self, database: Database) -> None:
        if holders := self.admin(ENDING_HOLDERS.format(name=database.name)):
            database.admin(*(statement for (statement,) in holders))
        self.admin(
            f"DROP DATABASE IF EXISTS {database.name} WITH (FORCE)",
            f"DROP ROLE IF EXISTS {database.user}",
            f"DROP ROLE IF EXISTS {database.plain_user}",
        )


def connect(url: str) -> "psycopg2.extensions.connection":
    """A plain psycopg2 connection; SQLAlchemy would ask things that PgBouncer's console does not answer."""
    parsed = make_url(url).set(drivername="postgresql+psycopg2")
    positional, named = parsed.get_dialect()().create_connect_args(parsed)
    connection: psycopg2.extensions.connection = psycopg2.connect(*positional, **{"connect_timeout": 10, **named})
    return connection


def version_of(url: str) -> tuple[int, ...]:
    """(18, 4) for 180004, which the server reports to every client."""
    with closing(connect(url)) as connection:
        return divmod(connection.server_version, 10_000)


def start(name: str, launcher: Launcher, settings: Mapping[str, str]) -> PostgreSQLServer:
    """A new, empty server: initdb, then the server itself."""
    programs = _readable(places.find(name).path.parent, launcher.folder / "programs")
    folder = launcher.new_folder(name, unprivileged=True)
    data = folder / "data"
    password = secrets.token_hex(8)
    password_file = folder / "password"
    password_file.write_text(password)
    give(password_file)
    options = ["--no-sync", "--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", "--username=postgres"]
    launcher.run(
        [programs / "initdb", *options, f"--pwfile={password_file}", "--wal-segsize=1", f"--pgdata={data}"],
        folder=folder,
        unprivileged=True,
    )
    effective = SETTINGS | _preload(programs) | dict(settings)

    def on_port(port: int) -> PostgreSQLServer:
        ours = {"port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        process = launcher.launch(
            name,
            [programs / "postgres", "-D", data, *(f"--{key}={value}" for key, value in (effective | ours).items())],
            folder=folder,
            stop_signal=signal.SIGINT,  # fast shutdown; SIGTERM would wait for the clients
            end_signal=signal.SIGQUIT,  # immediate shutdown; SIGKILL would leave shared memory behind
            unprivileged=True,
        )
        url = URL.create("postgresql+psycopg2", "postgres", password, "127.0.0.1", port, "postgres")
        admin_url = url.render_as_string(hide_password=False)
        version = process.wait_until(lambda: version_of(admin_url), psycopg2.OperationalError)
        return PostgreSQLServer(
            name=name, backend="postgresql", version=version, admin_url=admin_url, process=process, data_dir=data
        )

    return on_free_port(on_port)


def given(name: str, url: str) -> PostgreSQLServer:
    """A server that runs already."""
    parsed = make_url(url).set(drivername="postgresql+psycopg2")
    admin_url = parsed.set(database=parsed.database or "postgres").render_as_string(hide_password=False)
    return PostgreSQLServer(name=name, backend="postgresql", version=version_of(admin_url), admin_url=admin_url)


def _readable(programs: Path, copies: Path) -> Path:
    """The programs themselves, or a copy where the servers' account cannot reach them: a checkout in root's home.

    A wheel keeps its libraries beside its package, and finds them by the way from one to the other.
    """
    if reachable(programs):
        return programs
    package = programs.parents[1]
    for folder in (programs.parent, package.with_name(f"{package.name}.libs")):
        copy = copies / folder.relative_to(package.parent)
        if folder.exists() and not copy.exists():
            shutil.copytree(folder, copy, symlinks=True)
    return copies / programs.relative_to(package.parent)


def _preload(programs: Path) -> dict[str, str]:
    """pg_stat_statements where the distribution ships it; the wheel does not."""
    config = programs / "pg_config"
    said = subprocess.run([config, "--pkglibdir"], capture_output=True, text=True, check=True).stdout.strip()
    available = any(Path(said).glob("pg_stat_statements.*"))
    return {"shared_preload_libraries": "pg_stat_statements"} if available else {}


def _shared_memory(data: Path | None) -> list[str]:
    """The System V segments that the server's pid file names: its seventh line, key and id."""
    lines = (data / "postmaster.pid").read_text().splitlines() if data else []
    return re.findall(r"\d+\s+(\d+)", lines[6]) if len(lines) > 6 else []
