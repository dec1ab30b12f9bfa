"""Opens a history: makes its tables, brings them up to date, and refuses what is not to be written to.

A database that is no history, or one that a newer triage wrote, is never changed. Two runs that meet an empty database
wait for each other; whoever comes second finds the tables made. https://alembic.sqlalchemy.org/en/latest/cookbook.html
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url

from triage.collectors.url import MYSQL_NAMES, POSTGRESQL_NAMES, shown
from triage.config import History
from triage.errors import ConfigError, SourceError
from triage.history.saying import WAIT_SECONDS, translated
from triage.history.store import Store

DEFAULT_FILE = "triage-history.sqlite"
HEAD = "0001"
"""The version of the tables that this triage reads and writes; a test holds it against the migrations."""
VERSION_TABLE = "triage_alembic_version"
_VERSIONS = sa.table(VERSION_TABLE, sa.column("version_num"))
_LOCK = 0x7472_6961_6765
"""The number of the advisory lock under which tables are made: ``triage`` in ASCII."""


@contextmanager
def opened(history: History, folder: Path) -> Iterator[Store]:
    """Open the history that the file names, or the SQLite file in its folder.

    Raises:
        ConfigError: its URL is kept where it cannot be read, or is none.
        SourceError: it cannot be opened, or must not be written to.
    """
    url = _url(history, folder)
    name = shown(url)
    engine = _engine(url)
    try:
        with translated(name):
            _bring_up_to_date(engine, name)
        yield Store(engine, name)
    finally:
        engine.dispose()


@contextmanager
def existing(history: History, folder: Path) -> Iterator[Store]:
    """Open a history to read it: none is made, and none is brought up to date.

    Raises:
        ConfigError: its URL is kept where it cannot be read, or is none.
        SourceError: it cannot be opened, or there is none.
    """
    url = _url(history, folder)
    name = shown(url)
    is_file = url.get_backend_name() == "sqlite" and url.database and not url.query
    if is_file and not Path(url.database or "").exists():
        raise _none_there(name)
    engine = _engine(url)
    try:
        with translated(name), engine.connect() as connection:
            version = _version(connection, name)
        if version is None:
            raise _none_there(name)
        yield Store(engine, name)
    finally:
        engine.dispose()


def _none_there(name: str) -> SourceError:
    hint = "triage report begins one; --history and --config say where it is"
    return SourceError(f"there is no history in {name}", hint, source=name)


def _url(history: History, folder: Path) -> URL:
    text = history.resolved_url()
    if text is None:
        path = Path(history.path) if history.path else folder / DEFAULT_FILE
        return URL.create("sqlite", database=str(path))
    try:
        url = make_url(text)
    except sa.exc.ArgumentError as error:
        raise ConfigError(
            "the history's URL is none that SQLAlchemy can read",
            "write it like sqlite:///triage-history.sqlite or postgresql://user@host/database",
        ) from error
    backend = url.get_backend_name()
    if backend in POSTGRESQL_NAMES:
        return url.set(drivername="postgresql+psycopg2")
    return url.set(drivername="mysql+pymysql") if backend in MYSQL_NAMES else url


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        try:
            return sa.create_engine(url, poolclass=sa.pool.NullPool, isolation_level="READ COMMITTED")
        except (sa.exc.ArgumentError, ImportError) as error:
            raise ConfigError(
                f"there is no driver for the history {shown(url)}", "use SQLite, PostgreSQL, MySQL or MariaDB"
            ) from error
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool, connect_args={"timeout": WAIT_SECONDS})

    @event.listens_for(engine, "connect")
    def _connected(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]  # the driver would begin too late, or not at all
        connection.execute("PRAGMA foreign_keys = ON")  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        # Who writes says so at once: to begin reading and then want to write fails where another does the same.
        is_writing = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")

    return engine


def _bring_up_to_date(engine: Engine, name: str) -> None:
    with engine.connect() as connection:
        if _version(connection, name) == HEAD:
            return
    with engine.connect().execution_options(writes=True) as connection, connection.begin(), _alone(connection):
        if _version(connection, name) != HEAD:
            _upgrade(connection)


def _version(connection: Connection, name: str) -> str | None:
    """The version of the tables; None where there are none yet."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    version = connection.scalar(sa.select(_VERSIONS.c.version_num))
    if version is not None and version > HEAD:
        raise SourceError(
            f"the history {name} was written by a newer triage (its version is {version}, ours {HEAD})",
            "upgrade triage, or pass another with --history; this one was not changed",
            source=name,
        )
    return version


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Let one run make the tables at a time; SQLite's own lock does that already."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        yield
    elif connection.dialect.name == "sqlite":
        yield
    else:
        connection.execute(sa.select(sa.func.get_lock("triage_history", WAIT_SECONDS)))
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.release_lock("triage_history")))


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - a history that is up to date does not pay for it
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes.update(connection=connection, version_table=VERSION_TABLE)
    try:
        command.upgrade(config, "head")
    except CommandError as error:  # there is no migration from the version that it names
        raise ValueError(str(error)) from error
