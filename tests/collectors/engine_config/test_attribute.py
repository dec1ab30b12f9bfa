import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.pool import QueuePool

from tests.collectors.engine_config.conftest import NOW, by_name, only, reasons
from triage.collectors.engine_config import collect
from triage.errors import SourceError
from triage.evidence import Evidence

APP = """
import enum
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session, sessionmaker
from sqlalchemy.pool import NullPool, QueuePool

class Base(DeclarativeBase): ...
class User(Base):
    __tablename__ = "users"
    id = sa.Column(sa.Integer, primary_key=True)
class MyPool(QueuePool): ...

URL = "postgresql+psycopg2://app:hunter2@db:5432/shop?application_name=shop"
engine = sa.create_engine(
    URL, pool_size=7, max_overflow=-1, pool_timeout=None, pool_recycle=1800, pool_pre_ping=True,
    pool_reset_on_return=None, echo=False, isolation_level="repeatable_read",
    connect_args={"options": "-c statement_timeout=30000"},
)
replica = sa.create_engine("mysql+pymysql://app:hunter2@replica/shop", poolclass=NullPool)
autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
own_pool = sa.create_engine(URL, poolclass=MyPool, pool_size=3)
own_creator = sa.create_engine("postgresql+psycopg2://", creator=lambda: None)

Factory = sessionmaker(engine)
Registry = scoped_session(Factory)
session = Session(engine)
Split = sessionmaker(engine, binds={User: replica})
split_session = Split()
Unbound = sessionmaker()

class database:
    engine = engine
    @property
    def broken(self): raise RuntimeError("postgresql://app:hunter2@db is away\\nhunter2")
instance = database()

ENGINES = {"primary": engine, "replica": replica, "again": autocommit}
OPTIONS = {
    "url": sa.make_url(URL), "pool_size": 7, "poolclass": NullPool,
    "pool_reset_on_return": QueuePool(None)._reset_on_return.reset_commit,
}
BUILT = {"url": URL, "pool": QueuePool(None), "echo": True}
class ProductionConfig:
    SQLALCHEMY_DATABASE_URI = URL
    SQLALCHEMY_ENGINE_OPTIONS = {"pool_size": "7"}
def make_engine(): raise AssertionError("called")
number = 5
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in a folder of its own, and forget what was imported from it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def _read(attribute: str, text: str = APP) -> Evidence:
    Path("shop_db.py").write_text(text)
    return collect(f"shop_db:{attribute}", processes=None, collected_at=NOW)


def test_a_built_engine(tmp_path: Path) -> None:
    evidence = _read("engine")
    engine = only(evidence)
    assert (engine.name, engine.file, engine.line) == ("engine", str(tmp_path / "shop_db.py"), None)
    assert evidence.sources[0].name == "shop_db:engine"
    assert engine.url == "postgresql+psycopg2://app@db:5432/shop?application_name=shop"
    assert (engine.backend, engine.poolclass, engine.is_async) == ("postgresql", "QueuePool", False)
    assert (engine.pool_size, engine.max_overflow, engine.pool_timeout) == (7, -1, None)
    assert (engine.pool_recycle, engine.pool_pre_ping) == (timedelta(minutes=30), True)
    assert (engine.reset_on_return, engine.echo) == (None, False)
    assert engine.isolation_level == "REPEATABLE READ"
    assert engine.connect_options == {"application_name": "shop", "statement_timeout": "30000"}
    assert not engine.unknown
    assert not evidence.gaps
    assert "hunter2" not in repr(evidence)


def test_options_that_are_the_defaults_count_as_not_said() -> None:
    text = "import sqlalchemy as sa\nengine = sa.create_engine('sqlite:///x', pool_size=5, echo=False)\n"
    assert only(_read("engine", text)).said == {"url"}


@pytest.mark.parametrize("attribute", ["Factory", "Registry", "session", "database.engine", "instance.engine"])
def test_what_is_bound_to_the_engine(attribute: str) -> None:
    engine = only(_read(attribute))
    assert (engine.name, engine.pool_size) == (attribute, 7)


@pytest.mark.parametrize("attribute", ["Split", "split_session"])
def test_a_factory_with_binds_has_all_their_engines(attribute: str) -> None:
    engines = by_name(_read(attribute))
    assert [engine.backend for engine in engines.values()] == ["postgresql", "mysql"]
    first, second = engines
    assert first == attribute
    assert second.startswith(f"{attribute}[")


def test_a_mapping_of_engines_has_each_pool_once() -> None:
    assert list(by_name(_read("ENGINES"))) == ["ENGINES[primary]", "ENGINES[replica]"]


def test_an_engine_with_execution_options_of_its_own() -> None:
    engine = only(_read("autocommit"))
    assert (engine.isolation_level, engine.pool_size) == ("AUTOCOMMIT", 7)


def test_a_pool_class_of_the_apps_is_what_it_is_derived_from() -> None:
    engine = only(_read("own_pool"))
    assert (engine.poolclass, engine.pool_size) == ("QueuePool", 3)


def test_a_pool_of_another_kind() -> None:
    engine = only(_read("replica"))
    assert (engine.poolclass, engine.pool_size, engine.max_overflow) == ("NullPool", None, None)
    assert engine.said == {"url", "poolclass"}


def test_a_creator_of_the_apps_hides_the_arguments_of_the_driver() -> None:
    evidence = _read("own_creator")
    assert only(evidence).unknown == {"connect_args"}
    assert "creator" in evidence.gaps[0].hint


def test_a_mapping_of_options() -> None:
    evidence = _read("OPTIONS")
    engine = only(evidence)
    assert (engine.name, engine.poolclass, engine.reset_on_return) == ("OPTIONS", "NullPool", "commit")
    assert engine.url == "postgresql+psycopg2://app@db:5432/shop?application_name=shop"
    assert not evidence.gaps


def test_a_mapping_with_a_pool_that_is_built() -> None:
    evidence = _read("BUILT")
    assert {"poolclass", "pool_size"} <= only(evidence).unknown
    assert "its pool is already built" in reasons(evidence)


def test_a_config_class_of_flasks() -> None:
    engine = only(_read("ProductionConfig"))
    assert (engine.pool_size, engine.backend) == (7, "postgresql")


def test_an_asyncio_engine_and_its_sessions() -> None:
    pytest.importorskip("greenlet", reason="SQLAlchemy 2.1 installs greenlet only with its asyncio extra")
    text = """
from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session, async_sessionmaker, create_async_engine
engine = create_async_engine("postgresql+asyncpg://db/shop", pool_size=7,
                             connect_args={"server_settings": {"lock_timeout": "1s"}})
Factory = async_sessionmaker(engine)
Registry = async_scoped_session(Factory, scopefunc=lambda: 1)
session = AsyncSession(engine)
"""
    for attribute in ("engine", "Factory", "Registry", "session"):
        engine = only(_read(attribute, text))
        assert (engine.poolclass, engine.is_async, engine.pool_size) == ("AsyncAdaptedQueuePool", True, 7)
        assert engine.connect_options == {"lock_timeout": "1s"}


def test_an_engine_on_an_asyncio_driver_is_asyncio_without_greenlet() -> None:
    pytest.importorskip("asyncpg")
    text = "import sqlalchemy as sa\nengine = sa.create_engine('postgresql+asyncpg://db/shop')\n"
    engine = only(_read("engine", text))
    assert (engine.poolclass, engine.is_async) == ("AsyncAdaptedQueuePool", True)


NO_ENGINES = {
    "make_engine": "is a function without an engine, and triage does not call it",
    "number": "is a int without an engine",
    "Unbound": "is a sessionmaker without an engine",
    "User": "is a class without an engine",
    "nothing": "AttributeError",
    "engine.nothing": "AttributeError",
    "instance.broken": "RuntimeError",
}


@pytest.mark.parametrize(("attribute", "reason"), NO_ENGINES.items())
def test_what_is_no_engine_is_told_with_what_could_be_meant(attribute: str, reason: str) -> None:
    with pytest.raises(SourceError) as error:
        _read(attribute)
    assert reason in error.value.message
    assert "shop_db has" in error.value.hint
    assert "Factory" in error.value.hint
    assert "hunter2" not in error.value.message


def test_a_mapping_without_options() -> None:
    with pytest.raises(SourceError, match="there is no engine in shop_db:EMPTY"):
        _read("EMPTY", "EMPTY = {'a': 1}\n")


IMPORTS = {
    "an exception": ("raise ValueError('no settings')", "ValueError: no settings"),
    "one without a word": ("raise ValueError", "cannot be imported: ValueError"),
    "one with settings in it": (
        "raise ValueError('bad: postgresql://app:hunter2@db\\npassword=hunter2')",
        "ValueError: bad: postgresql://app:***@db",
    ),
    "the end of the program": ("raise SystemExit(2)", "SystemExit: 2"),
    "the end by a parser": (
        "import argparse\nargparse.ArgumentParser(prog='x').parse_args(['--what'])",
        "SystemExit: 2",
    ),
    "a missing module": ("import nowhere_to_be_found", "No module named 'nowhere_to_be_found'"),
    "a mistake": ("x = (", "SyntaxError"),
}


@pytest.mark.parametrize(("text", "reason"), IMPORTS.values(), ids=IMPORTS)
def test_an_import_that_fails(text: str, reason: str) -> None:
    with pytest.raises(SourceError) as error:
        _read("engine", text)
    assert reason in error.value.message
    assert "hunter2" not in error.value.message
    assert "environment" in error.value.hint


def test_an_interrupt_is_not_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt):
        _read("engine", "raise KeyboardInterrupt")


@pytest.mark.parametrize("spec", ["nowhere_to_be_found:engine", "nowhere.to.be:engine"])
def test_a_module_that_is_not_there(spec: str) -> None:
    with pytest.raises(SourceError, match="ModuleNotFoundError"):
        collect(spec, processes=None, collected_at=NOW)


@pytest.mark.parametrize(
    "spec", ["shop_db:make_engine()", "shop/db.py:engine", "shop_db:", ":engine", "a b:c", ".db:x"]
)
def test_what_is_no_name_of_an_attribute(spec: str) -> None:
    with pytest.raises(SourceError, match="neither a file nor module:attribute"):
        collect(spec, processes=None, collected_at=NOW)


def test_an_engine_inside_a_file_cannot_be_named() -> None:
    Path("shop.toml").touch()
    with pytest.raises(SourceError) as error:
        collect("shop.toml:primary", processes=None, collected_at=NOW)
    assert "read as a whole" in error.value.hint


def test_an_app_that_takes_its_folder_off_the_path() -> None:
    _read("engine", "import sys, os\nsys.path.remove(os.getcwd())\n" + APP)


def test_a_closed_stdout_needs_no_protection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    only(_read("engine", "import sqlalchemy as sa\nprint('x')\nengine = sa.create_engine('sqlite:///x')\n"))


def test_a_file_with_a_colon_in_its_name_is_a_file() -> None:
    Path("shop:main.toml").write_text("pool_size = 7\n")
    assert only(collect("shop:main.toml", processes=None, collected_at=NOW)).pool_size == 7


def test_a_module_in_a_package_of_the_working_folder() -> None:
    Path("shop_app").mkdir()
    Path("shop_app/__init__.py").touch()
    Path("shop_app/db.py").write_text("import sqlalchemy as sa\nengine = sa.create_engine('sqlite:///x')\n")
    before = list(sys.path)
    assert only(collect("shop_app.db:engine", processes=None, collected_at=NOW)).name == "engine"
    assert sys.path == before


def test_what_the_import_prints_goes_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    text = """
import os, subprocess, sys
import sqlalchemy as sa
print("by print")
os.write(1, b"by the system\\n")
subprocess.run([sys.executable, "-c", "print('by a child')"], check=True)
engine = sa.create_engine("sqlite:///x")
"""
    _read("engine", text)
    print("the report", flush=True)
    os.write(1, b"and its end\n")
    out, err = capfd.readouterr()
    assert out == "the report\nand its end\n"
    assert set(err.splitlines()) == {"by print", "by the system", "by a child"}


def test_the_pool_is_left_alone() -> None:
    text = APP + "\n@sa.event.listens_for(engine, 'connect')\ndef f(*a): raise AssertionError('connected')\n"
    only(_read("Factory", text))
    pool = sys.modules["shop_db"].engine.pool
    assert isinstance(pool, QueuePool)
    assert (pool.checkedin(), pool.checkedout()) == (0, 0)
