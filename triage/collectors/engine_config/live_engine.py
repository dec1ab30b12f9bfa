"""An engine that exists, read from its pool and its dialect.

Nothing is connected. What the app gave and what SQLAlchemy put in its place cannot be told apart on
a built engine: an option counts as said where it differs from the default. SQLAlchemy has no public
name for most of this, in 2.0 as in 2.1, so the tests build real engines with each.

Source: https://docs.sqlalchemy.org/en/20/core/pooling.html.
"""

import inspect
from collections.abc import Mapping

from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool, QueuePool

from triage.collectors.engine_config import database_url
from triage.collectors.engine_config.connect_options import connect_options
from triage.collectors.engine_config.declaration import Declaration, Reference, Unread
from triage.collectors.engine_config.defaults import POOL_CLASSES, default_poolclass

_DEFAULTS: dict[str, object] = {
    "pool_size": 5,
    "max_overflow": 10,
    "pool_timeout": 30,
    "pool_recycle": -1,
    "pool_pre_ping": False,
    "pool_reset_on_return": Reference("sqlalchemy.pool.reset_rollback"),
    "echo": None,
    "isolation_level": None,
}


def declaration(engine: Engine, *, path: tuple[str, ...], file: str | None) -> Declaration:
    """Describe an engine by the options that would build it."""
    url = engine.url.render_as_string(hide_password=True)
    options = {"url": url, **_pool_options(engine.pool, url, is_async=engine.dialect.is_async)}
    options["echo"] = engine.echo or None
    options["isolation_level"] = engine.get_execution_options().get(
        "isolation_level", engine.dialect._on_connect_isolation_level
    )
    arguments = _connect_arguments(engine.pool)
    if arguments is None:
        options["connect_args"] = Unread(
            "what the app's own creator makes it", hint="see in the app what its creator passes to the driver"
        )
    elif connect_options(arguments):
        options["connect_args"] = arguments
    said = {name: value for name, value in options.items() if name not in _DEFAULTS or value != _DEFAULTS[name]}
    return Declaration(path=path, options=said, is_async=engine.dialect.is_async, file=file)


def _pool_options(pool: Pool, url: str, *, is_async: bool) -> dict[str, object]:
    options: dict[str, object] = {
        "pool_recycle": pool._recycle,
        "pool_pre_ping": bool(pool._pre_ping),
        "pool_reset_on_return": Reference(f"sqlalchemy.pool.{getattr(pool._reset_on_return, 'name', 'reset_none')}"),
    }
    parsed = database_url.parse(url)
    default = default_poolclass(is_async=is_async, is_sqlite_memory=parsed is not None and parsed.is_sqlite_memory)
    poolclass = _poolclass(pool)
    if poolclass != default:
        options["poolclass"] = Reference(poolclass)
    if isinstance(pool, QueuePool):
        options |= {"pool_size": pool.size(), "max_overflow": pool._max_overflow, "pool_timeout": pool._timeout}
    elif isinstance(size := getattr(pool, "size", None), int):
        options["pool_size"] = size
    return options


def _poolclass(pool: Pool) -> str:
    """The class of SQLAlchemy's that the pool is or is derived from."""
    names = [cls.__name__ for cls in type(pool).__mro__]
    return next((name for name in names if name in POOL_CLASSES), names[0])


def _connect_arguments(pool: Pool) -> Mapping[str, object] | None:
    """What the driver is called with; None where the app connects by itself.

    SQLAlchemy keeps it in the closure of the function it gives the pool, and nowhere else.
    """
    creator = pool._creator
    if getattr(creator, "__module__", None) != "sqlalchemy.engine.create" or not inspect.isfunction(creator):
        return None
    arguments = inspect.getclosurevars(creator).nonlocals.get("cparams")
    return arguments if isinstance(arguments, Mapping) else None
