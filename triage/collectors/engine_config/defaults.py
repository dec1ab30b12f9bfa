"""What SQLAlchemy knows and does where the app says nothing.

Held as data, because ``import sqlalchemy`` costs 150 ms and reading a file needs nothing else of
it; a test compares each fact with the real SQLAlchemy. The other defaults are those of
:class:`~triage.evidence.EngineConfig`.

Sources: https://docs.sqlalchemy.org/en/20/core/engines.html#sqlalchemy.create_engine,
https://docs.sqlalchemy.org/en/20/core/pooling.html,
https://flask-sqlalchemy.readthedocs.io/en/stable/config/.
"""

QUEUE_POOLS = frozenset({"QueuePool", "AsyncAdaptedQueuePool"})
POOL_CLASSES = QUEUE_POOLS | {"AssertionPool", "NullPool", "SingletonThreadPool", "StaticPool"}

ANY_POOL = "Pool"
"""SQLAlchemy's base class of all pools: what an engine has whose pool class could not be read."""

ASYNC_DRIVERS = frozenset({"aiomysql", "aioodbc", "aiosqlite", "asyncmy", "asyncpg", "oracledb_async", "psycopg_async"})

DIALECTS = frozenset(
    {
        *("mssql", "mysql", "mariadb", "oracle", "postgresql", "sqlite"),
        *("awsathena", "bigquery", "clickhouse", "cockroachdb", "databricks", "db2", "duckdb", "firebird", "hana"),
        *("ibm_db_sa", "postgres", "presto", "redshift", "snowflake", "sybase", "teradatasql", "trino", "vertica"),
    }
)
"""Dialects by which a URL is known as a database's: SQLAlchemy's own, widespread others, and the
``postgres`` of hosting providers."""

DISTINCT_OPTIONS = frozenset(
    {
        *("connect_args", "echo_pool", "isolation_level", "max_overflow", "pool_logging_name", "pool_pre_ping"),
        *("pool_recycle", "pool_reset_on_return", "pool_use_lifo", "poolclass"),
    }
)
"""Options whose names only SQLAlchemy uses: a table that has one configures an engine."""

SHARED_OPTIONS = frozenset({"pool_size", "pool_timeout"})
"""Options whose names other pools use as well, such as those of Redis clients."""

ENGINE_OPTIONS = (
    DISTINCT_OPTIONS
    | SHARED_OPTIONS
    | {
        *("creator", "async_creator", "echo", "enable_from_linting", "execution_options", "future", "hide_parameters"),
        *("implicit_returning", "insertmanyvalues_page_size", "json_deserializer", "json_serializer", "label_length"),
        *("logging_name", "max_identifier_length", "module", "paramstyle", "plugins", "pool", "pool_events"),
        *("query_cache_size", "skip_autocommit_rollback", "url", "use_insertmanyvalues"),
    }
)
"""What ``create_engine`` takes for every dialect."""

POOL_ARGUMENTS = {
    "echo": "echo_pool",
    "logging_name": "pool_logging_name",
    "pre_ping": "pool_pre_ping",
    "recycle": "pool_recycle",
    "reset_on_return": "pool_reset_on_return",
    "timeout": "pool_timeout",
    "use_lifo": "pool_use_lifo",
}
"""From a pool's own arguments to the names ``create_engine`` has for them; the others are the same."""

FLASK_MYSQL_RECYCLE = 7200
"""Seconds after which Flask-SQLAlchemy recycles a MySQL connection where nobody says otherwise."""


def default_poolclass(*, is_async: bool, is_sqlite_memory: bool) -> str:
    """The pool SQLAlchemy chooses where ``poolclass`` is not given."""
    if is_sqlite_memory:
        return "StaticPool" if is_async else "SingletonThreadPool"
    return "AsyncAdaptedQueuePool" if is_async else "QueuePool"
