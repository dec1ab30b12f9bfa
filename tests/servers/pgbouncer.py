"""PgBouncer in front of a PostgreSQL: every database and role of the server can be reached through it.

It asks the server for the passwords (`auth_query`), so a role that was made a moment ago can log in. Whatever this
file does not name is left as PgBouncer ships it.
"""

import signal
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg2
from sqlalchemy import make_url

from tests.servers import places, postgresql
from tests.servers.launcher import Launcher, give
from tests.servers.model import Server
from tests.servers.postgresql import PostgreSQLServer
from tests.servers.process import on_free_port


@dataclass(frozen=True, kw_only=True, slots=True)
class PgBouncer(PostgreSQLServer):
    """The pooler, used like the server behind it. Its console: `admin("SHOW POOLS", database="pgbouncer")`."""

    upstream: Server | None = None
    """The server behind it; unknown where the pooler was given by its URL."""
    pool_mode: str = "transaction"


def start(name: str, launcher: Launcher, settings: Mapping[str, str], upstream: Server) -> PgBouncer:
    """A pooler before the given server, in transaction mode unless the settings say otherwise."""
    program = places.find(name)
    server = make_url(upstream.admin_url)
    folder = launcher.new_folder(name, unprivileged=True)
    users = folder / "users.txt"
    users.write_text(f'"{server.username}" "{server.password}"\n')
    effective = {
        "pool_mode": "transaction",
        "auth_type": "scram-sha-256",
        "auth_file": users,
        "auth_user": server.username,
        "auth_query": "SELECT usename, passwd FROM pg_shadow WHERE usename = $1",
        "admin_users": server.username,
    } | dict(settings)

    def on_port(port: int) -> PgBouncer:
        ours = {"listen_addr": "127.0.0.1", "listen_port": port, "unix_socket_dir": ""}
        lines = [f"{key} = {value}" for key, value in {**effective, **ours}.items()]
        config = folder / "pgbouncer.ini"
        target = f"* = host={upstream.host} port={upstream.port}"
        config.write_text("\n".join(["[databases]", target, "[pgbouncer]", *lines]) + "\n")
        give(folder)
        process = launcher.launch(
            name,
            [*program.call, config],
            folder=folder,
            stop_signal=signal.SIGQUIT,  # the other signals mean different things in different versions
            end_signal=signal.SIGKILL,
            unprivileged=True,
        )
        admin_url = server.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        version = process.wait_until(lambda: postgresql.version_of(admin_url), psycopg2.OperationalError)
        return PgBouncer(
            name=name,
            backend=upstream.backend,
            version=version,
            admin_url=admin_url,
            process=process,
            upstream=upstream,
            pool_mode=str(effective["pool_mode"]),
        )

    return on_free_port(on_port)


def given(name: str, url: str) -> PgBouncer:
    """A pooler that runs already: its administrator's URL has to lead to a database behind it."""
    server = postgresql.given(name, url)
    return PgBouncer(name=name, backend=server.backend, version=server.version, admin_url=server.admin_url)
