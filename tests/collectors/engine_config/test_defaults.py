"""What is held as data is compared with the SQLAlchemy that is installed."""

import ast
import importlib.util
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import sqlalchemy
import sqlalchemy.pool
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.pool import Pool
from sqlalchemy.util import get_cls_kwargs

from triage.collectors.engine_config import defaults, live_engine
from triage.collectors.engine_config.declaration import Declaration
from triage.collectors.engine_config.options import engine_config
from triage.evidence import EngineConfig

URLS = [
    "postgresql+psycopg2://db/shop",
    "postgresql+psycopg://db/shop",
    "postgresql+asyncpg://db/shop",
    "mysql+pymysql://db/shop",
    "mariadb+pymysql://db/shop",
    "mysql+aiomysql://db/shop",
    "sqlite://",
    "sqlite:///",
    "sqlite:///:memory:",
    "sqlite:///file.db",
    "sqlite:////tmp/file.db",
    "sqlite:///file::memory:?cache=shared&uri=true",
    "sqlite:///file:shop?mode=memory&uri=true",
    "sqlite+aiosqlite://",
    "sqlite+aiosqlite:///file.db",
]


def _built(url: str, **options: Any) -> sqlalchemy.Engine:
    driver = {"psycopg2": "psycopg2", "psycopg": "psycopg", "asyncpg": "asyncpg", "aiomysql": "aiomysql"}
    driver |= {"aiosqlite": "aiosqlite"}
    name = url.partition("://")[0].rpartition("+")[2]
    if name in driver and importlib.util.find_spec(driver[name]) is None:
        pytest.skip(f"{name} is not installed")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # mode=memory, since 2.1
        return sqlalchemy.create_engine(url, **options)


def _read(url: str) -> EngineConfig:
    declaration = Declaration(path=("engine",), options={"url": url})
    engine, gaps = engine_config(declaration, name="engine", source="db.toml", processes=None)
    assert not gaps
    return engine


@pytest.mark.parametrize("url", URLS)
def test_the_defaults_are_sqlalchemys(url: str) -> None:
    real = _built(url)
    read = _read(url)
    pool: Any = real.pool
    assert read.poolclass == type(pool).__name__
    assert (read.dialect, read.is_async) == (real.dialect.name, real.dialect.is_async)
    assert read.database == (real.url.database or None)
    assert (read.pool_recycle, pool._recycle) == (None, -1)
    assert read.pool_pre_ping == pool._pre_ping
    assert f"reset_{read.reset_on_return}" == pool._reset_on_return.name
    assert (read.echo, real.echo) == (False, None)
    assert read.isolation_level is real.dialect._on_connect_isolation_level is None
    if read.is_queue_pool:
        assert (read.pool_size, read.max_overflow) == (pool.size(), pool._max_overflow)
        assert read.pool_timeout == timedelta(seconds=pool._timeout)
    else:
        assert (read.pool_size, read.max_overflow) == (getattr(pool, "size", None), None)


@pytest.mark.parametrize("url", URLS)
def test_a_built_engine_is_read_like_its_url(url: str) -> None:
    declaration = live_engine.declaration(_built(url), path=("engine",), file=None)
    engine, gaps = engine_config(declaration, name="engine", source="db.toml", processes=None)
    read = _read(url)
    assert unquote(engine.url or "") == read.url
    assert replace(engine, url=read.url) == read
    assert not gaps


def _subclasses(cls: type[Pool]) -> Iterator[type[Pool]]:
    for child in cls.__subclasses__():
        yield child
        yield from _subclasses(child)


def test_the_pool_classes_are_sqlalchemys() -> None:
    real = {cls.__name__ for cls in _subclasses(Pool) if cls.__module__ == "sqlalchemy.pool.impl"}
    assert real - {"FallbackAsyncAdaptedQueuePool"} == defaults.POOL_CLASSES, "the fallback went with 2.1"
    assert hasattr(sqlalchemy.pool, defaults.ANY_POOL)


def test_the_options_are_sqlalchemys() -> None:
    pool = {defaults.POOL_ARGUMENTS.get(name, name) for name in get_cls_kwargs(sqlalchemy.pool.QueuePool)}
    engine = get_cls_kwargs(sqlalchemy.Engine)
    dialect = get_cls_kwargs(DefaultDialect)
    of_its_own = {"connect_args", "creator", "enable_from_linting", "future", "module", "plugins", "poolclass"}
    real = {name.replace("events", "pool_events") if name == "events" else name for name in pool | engine | dialect}
    taken = real | of_its_own | {"async_creator", "json_deserializer", "json_serializer"}
    assert taken >= defaults.ENGINE_OPTIONS
    internal = {"_dispatch", "compiler_linting", "dbapi", "dialect", "server_side_cursors", "supports_native_boolean"}
    assert taken - internal <= defaults.ENGINE_OPTIONS


def test_the_async_drivers_are_sqlalchemys() -> None:
    registry = sqlalchemy.dialects.registry
    for driver in defaults.ASYNC_DRIVERS:
        names = [f"{dialect}.{driver}" for dialect in ("mssql", "mysql", "oracle", "postgresql", "sqlite")]
        loaded = []
        for name in names:
            try:
                loaded.append(registry.load(name))
            except sqlalchemy.exc.NoSuchModuleError:
                continue
        assert loaded
        assert all(dialect.is_async for dialect in loaded)


def test_a_pool_without_a_size_takes_none() -> None:
    with pytest.raises(TypeError, match="pool_size"):
        sqlalchemy.create_engine("sqlite:///x", poolclass=sqlalchemy.pool.NullPool, pool_size=5)


def test_a_pool_of_no_size_has_no_bound_whatever_its_overflow() -> None:
    pool: Any = _built("postgresql+psycopg2://db/shop", pool_size=0, max_overflow=7).pool
    assert pool._max_overflow == -1


def test_pre_ping_in_text_is_true_for_sqlalchemy_whatever_it_says() -> None:
    settings = {"sqlalchemy.url": "sqlite:///x", "sqlalchemy.pool_pre_ping": "false"}
    pool: Any = sqlalchemy.engine_from_config(settings).pool
    assert bool(pool._pre_ping) is True


CONVERTED = ["7", " 7 ", "1_0", "ten", "7.5", "", "true"]


@pytest.mark.parametrize("text", CONVERTED)
def test_numbers_in_text_are_converted_as_sqlalchemy_does(text: str) -> None:
    options = {"url": "sqlite:///x", "pool_size": text}
    declaration = Declaration(path=("engine",), options=options, converts_text=True)
    read, gaps = engine_config(declaration, name="engine", source="x.ini", processes=None)
    try:
        pool: Any = sqlalchemy.engine_from_config(options, prefix="").pool
    except ValueError:
        assert read.pool_size is None
        assert gaps
    else:
        assert read.pool_size == pool.size()
        assert not gaps


@pytest.mark.parametrize("text", ["true", "False", " yes ", "OFF", "1", "t", "debug", "maybe", ""])
def test_truths_in_text_are_converted_as_sqlalchemy_does(text: str) -> None:
    options = {"url": "sqlite:///x", "echo": text}
    declaration = Declaration(path=("engine",), options=options, converts_text=True)
    read, gaps = engine_config(declaration, name="engine", source="x.ini", processes=None)
    try:
        real = sqlalchemy.engine_from_config(options, prefix="", logging_name=f"echo-{text!r}").echo
    except ValueError:
        assert read.echo is None
        assert gaps
    else:
        assert read.echo == real
        assert not gaps


def test_only_the_import_of_an_attribute_costs_an_import_of_sqlalchemy() -> None:
    assert defaults.__file__
    importing = set()
    for path in Path(defaults.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.partition(".")[0] == "sqlalchemy" for name in names):
                importing.add(path.name)
    assert importing == {"attribute.py", "live_engine.py"}
