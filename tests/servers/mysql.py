"""MySQL and MariaDB: how they are started, and what a database with its accounts is on them.

Neither minds running as root as long as it is told so, which spares the question what another account may read.
"""

import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql
from sqlalchemy import URL, make_url

from tests.servers import places
from tests.servers.launcher import Launcher
from tests.servers.model import Database, Row, Server
from tests.servers.process import on_free_port

SETTINGS = {
    "bind-address": "127.0.0.1",
    "character-set-server": "utf8mb4",
    "innodb-buffer-pool-size": "64M",
    "innodb-flush-log-at-trx-commit": "0",  # the data is thrown away, so nothing need reach the disk
    "innodb-flush-method": "nosync",
}

OF_MARIADB = {"innodb-log-file-size": "16M"}

OF_MYSQL = {
    "innodb-doublewrite": "OFF",
    "innodb-redo-log-capacity": "32M",
    "log-bin": "OFF",
    "mysqlx": "OFF",
    "secure-file-priv": "NULL",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class MySQLServer(Server):
    """MySQL or MariaDB."""

    def admin(self, *statements: str, database: str | None = None) -> list[Row]:
        with closing(connect(self.url(database=database))) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def _create(self, database: Database) -> None:
        monitoring = [
            f"GRANT PROCESS ON *.* TO {database.user}@'%'",
            f"GRANT SELECT ON performance_schema.* TO {database.user}@'%'",
        ]
        if self.backend == "mysql":
            monitoring.append(f"GRANT XA_RECOVER_ADMIN ON *.* TO {database.user}@'%'")
        self.admin(
            f"CREATE DATABASE {database.name}",
            f"CREATE USER {database.user}@'%' IDENTIFIED BY '{database.password}'",
            f"CREATE USER {database.plain_user}@'%' IDENTIFIED BY '{database.plain_password}'",
            f"GRANT ALL ON {database.name}.* TO {database.user}@'%'",
            f"GRANT ALL ON {database.name}.* TO {database.plain_user}@'%'",
            *monitoring,
        )

    def _drop(self, database: Database) -> None:
        """A prepared XA transaction does not say whose it is, so all of them go: the server is there for tests."""
        self._end_sessions(database)
        self.admin(
            *self._rollbacks(),
            "SET lock_wait_timeout = 5",
            f"DROP DATABASE IF EXISTS {database.name}",
            f"DROP USER IF EXISTS {database.user}@'%', {database.plain_user}@'%'",
        )

    def _end_sessions(self, database: Database) -> None:
        """KILL returns before the session has ended, and only then are its XA transactions anybody's to roll back."""
        query = (
            "SELECT id FROM information_schema.processlist WHERE id <> connection_id() AND "
            f"(user IN ('{database.user}', '{database.plain_user}') OR db = '{database.name}')"
        )
        deadline = time.monotonic() + 10
        while (sessions := self.admin(query)) and time.monotonic() < deadline:
            for (session,) in sessions:
                with suppress(pymysql.OperationalError):  # it ended by itself
                    self.admin(f"KILL {session}")
            time.sleep(0.01)

    def _rollbacks(self) -> list[str]:
        if self.backend == "mariadb":
            return [f"XA ROLLBACK {row[3]}" for row in self.admin("XA RECOVER FORMAT='SQL'")]
        statements = []
        for format_id, length, _, data in self.admin("XA RECOVER CONVERT XID"):
            digits = str(data).removeprefix("0x")
            gtrid, bqual = digits[: 2 * length], digits[2 * length :]
            statements.append(f"XA ROLLBACK X'{gtrid}', X'{bqual}', {format_id}")
        return statements


def connect(url: str) -> "pymysql.Connection[Any]":
    """A plain PyMySQL connection in autocommit."""
    parsed = make_url(url).set(drivername="mysql+pymysql")
    positional, named = parsed.get_dialect()().create_connect_args(parsed)
    return pymysql.connect(*positional, **{"connect_timeout": 10, "autocommit": True, **named})


def describe(url: str) -> tuple[str, tuple[int, ...]]:
    """The backend and the version that the server says it is."""
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT version()")
        (said,) = cursor.fetchone() or ("",)
    number, _, rest = str(said).partition("-")
    return "mariadb" if "MariaDB" in rest else "mysql", places.numbers(number)


def start(name: str, launcher: Launcher, settings: Mapping[str, str]) -> MySQLServer:
    """A new, empty server, whose root has a password."""
    program = places.find(name)
    folder = launcher.new_folder(name, unprivileged=False)
    data = folder / "data"
    initialise = _initialise_mariadb if name == "mariadb" else _initialise_mysql
    initialise(program, launcher, data)
    password = secrets.token_hex(8)
    first = folder / "first.sql"
    first.write_text(f"ALTER USER root@localhost IDENTIFIED BY '{password}';\n")
    effective = SETTINGS | (OF_MARIADB if name == "mariadb" else OF_MYSQL) | dict(settings)

    def on_port(port: int) -> MySQLServer:
        ours = {"datadir": data, "socket": folder / "socket", "pid-file": folder / "pid", "init-file": first}
        options = (f"--{key}={value}" for key, value in {**effective, **ours, "port": port}.items())
        process = launcher.launch(
            name,
            [*program.call, "--no-defaults", *program.options, *_as_root(), *options],
            folder=folder,
            stop_signal=signal.SIGTERM,
            end_signal=signal.SIGKILL,  # an orderly end takes MySQL a second and a half
        )
        url = URL.create("mysql+pymysql", "root", password, "127.0.0.1", port)
        admin_url = url.render_as_string(hide_password=False)
        backend, version = process.wait_until(lambda: describe(admin_url), pymysql.OperationalError)
        return MySQLServer(
            name=name, backend=backend, version=version, admin_url=admin_url, process=process, data_dir=data
        )

    return on_free_port(on_port)


def given(name: str, url: str) -> MySQLServer:
    """A server that runs already."""
    admin_url = make_url(url).set(drivername="mysql+pymysql").render_as_string(hide_password=False)
    backend, version = describe(admin_url)
    if backend != name:
        raise RuntimeError(f"{places.url_variable(name)} leads to a {backend} {version}")
    return MySQLServer(name=name, backend=backend, version=version, admin_url=admin_url)


def _initialise_mariadb(program: places.Program, launcher: Launcher, data: Path) -> None:
    # root without a password also means anonymous accounts, which take local logins away from named ones
    options = ["--auth-root-authentication-method=socket", "--skip-test-db", "--innodb-log-file-size=16M"]
    install_db = places.on_path("mariadb-install-db") or program.path
    launcher.run([install_db, "--no-defaults", *_as_root(), *options, f"--datadir={data}"], folder=data.parent)


def _initialise_mysql(program: places.Program, launcher: Launcher, data: Path) -> None:
    """Copied from the cache: making it takes seconds."""
    template = places.cache() / f"initialised-mysql-{'.'.join(map(str, program.version))}"
    if not template.exists():
        made = Path(tempfile.mkdtemp(prefix=".initialising-", dir=template.parent))
        settings = [f"--{key}={value}" for key, value in (SETTINGS | OF_MYSQL).items()]
        options = [*program.options, *_as_root(), *settings, f"--datadir={made}/data"]
        launcher.run([*program.call, "--no-defaults", *options, "--initialize-insecure"], folder=made)
        with suppress(OSError):  # another session was faster
            (made / "data").rename(template)
        shutil.rmtree(made)
    shutil.copytree(template, data)


def _as_root() -> list[str]:
    return ["--user=root"] if os.geteuid() == 0 else []
