from datetime import timedelta

import pytest

from tests.collectors.engine_config.conftest import IMPORTS, Read, by_name, only, reasons
from triage.errors import SourceError

NO_ENGINE = {
    "empty": "",
    "only comments": "# create_engine('postgresql://h/d')\n",
    "in a text": "help = 'create_engine(url, pool_size=5)'\n",
    "a local function": "def create_engine(url):\n    return object()\nengine = create_engine('x')\n",
    "of another library": "from graph import create_engine\nengine = create_engine('x', pool_size=3)\n",
    "a method of the app": "engine = self.factory.create_engine('x')\n",
    "a name of Flask's that is none": "SQLALCHEMY_TRACK_MODIFICATIONS = False\n",
    "an environment variable": "import os\nos.environ['SQLALCHEMY_DATABASE_URI'] = 'sqlite://'\n",
    "a setting of pydantic's": "class Settings(BaseSettings):\n    SQLALCHEMY_DATABASE_URI: str = 'sqlite://'\n",
}


@pytest.mark.parametrize("text", NO_ENGINE.values(), ids=NO_ENGINE)
def test_what_is_no_engine(read: Read, text: str) -> None:
    with pytest.raises(SourceError) as error:
        read("db.py", text)
    assert error.value.message == "there is no engine in db.py"
    assert "create_engine" in error.value.hint


def test_the_file_is_never_run(read: Read) -> None:
    engine = only(read("db.py", IMPORTS + "engine = create_engine('sqlite:///x.db')\nraise SystemExit('run')\n"))
    assert engine.name == "engine"


CALLS = {
    "imported": "from sqlalchemy import create_engine\nengine = create_engine(URL, pool_size=7)",
    "renamed": "from sqlalchemy import create_engine as ce\nengine = ce(URL, pool_size=7)",
    "of the package": "import sqlalchemy\nengine = sqlalchemy.create_engine(URL, pool_size=7)",
    "of the renamed package": "import sqlalchemy as sa\nengine = sa.create_engine(URL, pool_size=7)",
    "of a module": "import sqlalchemy.engine\nengine = sqlalchemy.engine.create_engine(URL, pool_size=7)",
    "of everything": "from sqlalchemy import *\nengine = create_engine(URL, pool_size=7)",
    "of sqlmodel": "from sqlmodel import create_engine\nengine = create_engine(URL, pool_size=7)",
    "imported where it is used": "def f():\n    from sqlalchemy import create_engine\n    engine = create_engine(URL, pool_size=7)",
    "imported if it is there": "try:\n    from sqlalchemy import create_engine\nexcept ImportError:\n    create_engine = None\n"
    "engine = create_engine(URL, pool_size=7)",
    "with a url by name": "from sqlalchemy import create_engine\nengine = create_engine(url=URL, pool_size=7)",
    "only a pool": "from sqlalchemy import create_pool_from_url\nengine = create_pool_from_url(URL, pool_size=7)",
    "bound to a session": "import sqlalchemy as sa\nfrom sqlalchemy.orm import sessionmaker\n"
    "engine = sessionmaker(bind=sa.create_engine(URL, pool_size=7))",
    "with a pool of its own": "import sqlalchemy as sa\nengine = sa.create_engine(URL, pool=sa.QueuePool(connect, pool_size=7))",
    "from a configuration": "import sqlalchemy as sa\nengine = sa.engine_from_config({'sqlalchemy.url': 'sqlite:///x', "
    "'sqlalchemy.pool_size': '7'})",
    "from a prefixed configuration": "import sqlalchemy as sa\nengine = sa.engine_from_config({'db.pool_size': '7', "
    "'sqlalchemy.pool_size': '9'}, prefix='db.')",
    "from a configuration and a keyword": "import sqlalchemy as sa\n"
    "engine = sa.engine_from_config({'sqlalchemy.pool_size': '9'}, pool_size=7)",
}


@pytest.mark.parametrize("text", CALLS.values(), ids=CALLS)
def test_every_way_to_build_an_engine(read: Read, text: str) -> None:
    evidence = read("db.py", text)
    engine = only(evidence)
    assert (engine.name, engine.pool_size, engine.max_overflow) == ("engine", 7, 10)
    assert engine.poolclass == "QueuePool"
    assert "pool_size" in engine.said
    assert not evidence.gaps


def test_a_pool_class_that_may_be_among_options_passed_on_is_not_taken_for_a_queue(read: Read) -> None:
    engine = only(read("db.py", IMPORTS + "engine = create_engine('sqlite:///x', **options())\n"))
    assert engine.poolclass == "Pool"
    assert "poolclass" in engine.unknown
    assert engine.ceiling is None


@pytest.mark.parametrize("name", ["NullPool", "pool.NullPool", "sqlalchemy.pool.NullPool", "sa.NullPool"])
def test_a_pool_class_by_name(read: Read, name: str) -> None:
    text = IMPORTS + f"import sqlalchemy, sqlalchemy as sa\nengine = create_engine(u, poolclass={name})\n"
    engine = only(read("db.py", text))
    assert (engine.poolclass, engine.pool_size, engine.max_overflow, engine.ceiling) == ("NullPool", None, None, None)


@pytest.mark.parametrize("value", ["MyPool", "settings.pool", "NullPool if testing else QueuePool", "'NullPool'"])
def test_a_pool_class_that_is_not_known(read: Read, value: str) -> None:
    evidence = read("db.py", IMPORTS + f"class MyPool(QueuePool): ...\nengine = create_engine(u, poolclass={value})\n")
    engine = only(evidence)
    assert engine.poolclass == "Pool"
    assert "poolclass" in engine.unknown
    assert "poolclass is" in reasons(evidence)


def test_all_options_of_a_call(read: Read) -> None:
    evidence = read(
        "db.py",
        """
        from sqlalchemy.ext.asyncio import create_async_engine
        class Database:
            def connect(self):
                self.primary = create_async_engine(
                    "postgresql+asyncpg://app:hunter2@db:5432/shop", pool_size=20, max_overflow=-1, pool_timeout=2.5,
                    pool_recycle=1800, pool_pre_ping=True, echo="debug", isolation_level="read_committed",
                    pool_reset_on_return=None, json_serializer=dumps,
                    connect_args={"server_settings": {"statement_timeout": "30000"}, "ssl": context},
                )
        """,
    )
    engine = only(evidence)
    assert (engine.name, engine.file, engine.line, engine.function) == ("primary", "db.py", 5, "Database.connect")
    assert engine.url == "postgresql+asyncpg://app@db:5432/shop"
    assert (engine.backend, engine.dialect, engine.is_async) == ("postgresql", "postgresql", True)
    assert engine.poolclass == "AsyncAdaptedQueuePool"
    assert (engine.pool_size, engine.max_overflow, engine.pool_timeout) == (20, -1, timedelta(seconds=2.5))
    assert (engine.pool_recycle, engine.pool_pre_ping) == (timedelta(minutes=30), True)
    assert (engine.echo, engine.isolation_level, engine.reset_on_return) == ("debug", "READ COMMITTED", None)
    assert engine.connect_options == {"statement_timeout": "30000"}
    assert not engine.unknown
    assert not evidence.gaps
    assert evidence.sources[0].backend == "postgresql"


NAMES = {
    "engine = {call}": "engine",
    "self._engine = {call}": "_engine",
    "engine: Engine = {call}": "engine",
    "engines['replica'] = {call}": "replica",
    "engines[key] = {call}": "engines",
    "engines = {{'primary': {call}}}": "primary",
    "def get_engine():\n    return {call}": "get_engine",
    "async def get_engine():\n    return {call}": "get_engine",
    "make = lambda: {call}": "engine",
    "Session = sessionmaker({call})": "Session",
    "if (engine := {call}): ...": "engine",
    "{call}": "engine",
}


@pytest.mark.parametrize(("text", "name"), NAMES.items())
def test_what_an_engine_is_called(read: Read, text: str, name: str) -> None:
    text = IMPORTS + text.format(call="create_engine('sqlite:///x')") + "\n"
    assert only(read("db.py", text)).name == name


URLS = {
    "'postgresql+psycopg2://app:hunter2@db/shop'": ("postgresql+psycopg2://app@db/shop", "postgresql"),
    "make_url('mysql+pymysql://app:hunter2@db/shop')": ("mysql+pymysql://app@db/shop", "mysql"),
    "URL.create('mariadb+pymysql', 'app', PASSWORD, 'db', 3306, 'shop')": (
        "mariadb+pymysql://app@db:3306/shop",
        "mariadb",
    ),
    "URL.create(drivername='postgresql', username='app', password='hunter2', host=HOST)": (None, "postgresql"),
    "URL.create(drivername=DRIVER, host='db')": (None, None),
    "URL.create('postgresql', host='db', query={'application_name': 'shop', 'sslmode': MODE})": (
        "postgresql://db?application_name=shop",
        "postgresql",
    ),
    "f'postgresql+asyncpg://{user}:{password}@db/shop'": (None, "postgresql"),
    "'mysql://%s:%s@db/shop' % (user, password)": (None, "mysql"),
    "'mysql://{}:{}@db/shop'.format(user, password)": (None, "mysql"),
    "'postgresql://' + login": (None, "postgresql"),
    "os.environ['DATABASE_URL']": (None, None),
    "settings.DATABASE_URL": (None, None),
    "str(get_settings().url)": (None, None),
}


@pytest.mark.parametrize(("text", "expected"), URLS.items())
def test_a_url_in_every_form_without_its_password(read: Read, text: str, expected: tuple[str, str]) -> None:
    evidence = read(
        "db.py", IMPORTS + f"import os\nfrom sqlalchemy.engine import URL, make_url\nengine = create_engine({text})\n"
    )
    engine = only(evidence)
    assert (engine.url, engine.dialect) == expected
    assert ("url" in engine.unknown) == (engine.url is None)
    assert not evidence.gaps, "most apps take their URL from outside: no gap"
    assert "hunter2" not in repr(evidence)


def test_a_url_put_together_from_literals(read: Read) -> None:
    text = "PORT = 5432\nPASSWORD = 'hunter2'\nengine = create_engine(f'postgresql://app:{PASSWORD}@db:{PORT}' + '/shop')\n"
    assert only(read("db.py", IMPORTS + text)).url == "postgresql://app@db:5432/shop"


FLAGS = {"not False": True, "1": True, "0": False, "None": False, "True": True}


@pytest.mark.parametrize(("text", "value"), FLAGS.items())
def test_truths(read: Read, text: str, value: bool) -> None:
    engine = only(read("db.py", IMPORTS + f"engine = create_engine(u, pool_pre_ping={text}, echo={text})\n"))
    assert (engine.pool_pre_ping, engine.echo) == (value, value)


@pytest.mark.parametrize("text", ["'false'", "'yes'", "2", "{}"])
def test_what_is_no_truth_in_python(read: Read, text: str) -> None:
    evidence = read("db.py", IMPORTS + f"engine = create_engine(u, pool_pre_ping={text}, echo={text})\n")
    assert only(evidence).unknown >= {"pool_pre_ping", "echo"}
    assert "neither true nor false" in reasons(evidence)


RESETS = {
    "None": None,
    "False": None,
    "'none'": None,
    "True": "rollback",
    "'commit'": "commit",
    "pool.reset_none": None,
}


@pytest.mark.parametrize(("text", "value"), RESETS.items())
def test_reset_on_return(read: Read, text: str, value: str | None) -> None:
    engine = only(read("db.py", IMPORTS + f"engine = create_engine(u, pool_reset_on_return={text})\n"))
    assert engine.reset_on_return == value
    assert engine.unknown == {"url"}


ISOLATION = {
    "an argument": "create_engine(u, isolation_level='AUTOCOMMIT')",
    "an execution option": "create_engine(u, execution_options={'isolation_level': 'AUTOCOMMIT'})",
    "an execution option before the argument": "create_engine(u, isolation_level='SERIALIZABLE', "
    "execution_options={'isolation_level': 'AUTOCOMMIT'})",
    "chained": "create_engine(u).execution_options(isolation_level='AUTOCOMMIT')",
    "later": "create_engine(u)\nengine = engine.execution_options(isolation_level='AUTOCOMMIT')",
}


@pytest.mark.parametrize("text", ISOLATION.values(), ids=ISOLATION)
def test_autocommit(read: Read, text: str) -> None:
    evidence = read("db.py", IMPORTS + f"engine = {text}\n")
    engine = only(evidence)
    assert engine.isolation_level == "AUTOCOMMIT"
    assert "isolation_level" in engine.said
    assert not evidence.gaps


def test_an_autocommit_engine_beside_another_is_neither_a_pool_nor_the_others_level(read: Read) -> None:
    text = "engine = create_engine(u)\nautocommit = engine.execution_options(isolation_level='AUTOCOMMIT')\n"
    assert only(read("db.py", IMPORTS + text)).isolation_level is None


def test_several_engines_are_several_pools(read: Read) -> None:
    evidence = read("db.py", IMPORTS + "a = create_engine(u, pool_size=1)\nb = create_engine(u, pool_size=2)\nc = b\n")
    assert {name: engine.pool_size for name, engine in by_name(evidence).items()} == {"a": 1, "b": 2}
    assert not evidence.gaps


def test_two_calls_for_one_name_are_said_to_be_alternatives(read: Read) -> None:
    text = "if TESTING:\n    engine = create_engine(u, poolclass=NullPool)\nelse:\n    engine = create_engine(u)\n"
    evidence = read("db.py", IMPORTS + text)
    assert list(by_name(evidence)) == ["engine", "engine (2)"]
    assert "engine is built in lines 4 and 6" in reasons(evidence)


LOOPS = {
    "for": "for shard in SHARDS:\n    engines[shard] = create_engine(u)",
    "comprehension": "engines = {shard: create_engine(u) for shard in SHARDS}",
}


@pytest.mark.parametrize("text", LOOPS.values(), ids=LOOPS)
def test_engines_built_in_a_loop_cannot_be_counted(read: Read, text: str) -> None:
    evidence = read("db.py", IMPORTS + text + "\n")
    only(evidence)
    assert "is built in a loop" in reasons(evidence)


def test_what_a_loop_runs_over_is_built_once(read: Read) -> None:
    assert not read("db.py", IMPORTS + "for row in create_engine(u).connect(): ...\n").gaps


def test_alembics_env_has_its_own_pool_and_the_rest_is_unknown(read: Read) -> None:
    evidence = read(
        "env.py",
        """
        from alembic import context
        from sqlalchemy import engine_from_config, pool
        config = context.config
        def run_migrations_online():
            connectable = engine_from_config(
                config.get_section(config.config_ini_section, {}), prefix="sqlalchemy.", poolclass=pool.NullPool)
        """,
    )
    engine = only(evidence)
    assert (engine.name, engine.poolclass) == ("connectable", "NullPool")
    assert "pool_pre_ping" in engine.unknown
    assert "config.get_section() returns" in reasons(evidence)


def test_a_pool_that_is_built_elsewhere_is_unknown(read: Read) -> None:
    evidence = read("db.py", IMPORTS + "engine = create_engine(u, pool=make_pool(), echo=True)\n")
    engine = only(evidence)
    assert engine.echo is True
    assert {"poolclass", "pool_size", "pool_pre_ping"} <= engine.unknown
    assert "its pool is what make_pool() returns" in reasons(evidence)


def test_the_arguments_of_a_pool(read: Read) -> None:
    text = "P = QueuePool(connect, 3, 4, timeout=5, recycle=6, pre_ping=True, reset_on_return='commit')\n"
    engine = only(read("db.py", IMPORTS + text + "engine = create_engine(u, pool=P)\n"))
    assert (engine.pool_size, engine.max_overflow, engine.pool_timeout) == (3, 4, timedelta(seconds=5))
    assert (engine.pool_recycle, engine.pool_pre_ping, engine.reset_on_return) == (timedelta(seconds=6), True, "commit")


def test_a_misspelt_option_leaves_the_one_that_was_meant_unknown(read: Read) -> None:
    evidence = read("db.py", IMPORTS + "engine = create_engine(u, pool_sise=9, json_serializer=f)\n")
    engine = only(evidence)
    assert engine.pool_size is None
    assert "pool_sise is not an option of SQLAlchemy; did you mean pool_size?" in reasons(evidence)


def test_arguments_of_the_driver_that_are_not_settings_are_passed_over(read: Read) -> None:
    text = "engine = create_engine(u, connect_args={'ssl': context(), 'password': password(), 'sslkey': KEY})\n"
    evidence = read("db.py", IMPORTS + text)
    assert only(evidence).connect_options == {}
    assert not evidence.gaps


UNREAD_ARGUMENTS = [
    "settings.connect_args",
    "{'options': f'-c statement_timeout={TIMEOUT}'}",
    "{'server_settings': {'statement_timeout': str(TIMEOUT)}}",
    "{'connect_timeout': settings.timeout}",
]


@pytest.mark.parametrize("value", UNREAD_ARGUMENTS)
def test_settings_of_the_driver_that_cannot_be_read_are_unknown(read: Read, value: str) -> None:
    evidence = read("db.py", IMPORTS + f"engine = create_engine(u, connect_args={value})\n")
    assert "connect_args" in only(evidence).unknown
    assert "connect_args" in reasons(evidence)


def test_a_secret_in_an_expression_is_not_repeated(read: Read) -> None:
    text = """
engine = create_engine(
    os.environ.get("URL", "postgresql://app:hunter2@db/shop"),
    pool_size=size("hunter2"),
    connect_args=arguments(os.getenv("PASSWORD", "hunter2")),
    **more(password="hunter2"),
)
"""
    assert "hunter2" not in repr(read("db.py", IMPORTS + "import os\n" + text))


def test_a_file_that_is_broken_says_where(read: Read) -> None:
    with pytest.raises(SourceError, match=r"not Python 3.* source: .*line 2"):
        read("db.py", "import os\nprint 'hello'\n")


BROKEN = {
    "null bytes": b"x = 1\x00\n",
    "not UTF-8": b"x = '\xff\xfe'\n",
    "nested beyond the parser": b"x = " + b"(" * 5000 + b")" * 5000,
    "nested beyond us": b"x = " + b"-" * 3000 + b"1",
    "an unknown encoding": b"# coding: klingon\n",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_file_that_cannot_be_parsed(read: Read, content: bytes) -> None:
    with pytest.raises(SourceError, match=r"db\.py"):
        read("db.py", content)


FINE = {
    "a byte order mark": b"\xef\xbb\xbffrom sqlalchemy import create_engine\nengine = create_engine(u)\n",
    "an encoding": "# coding: latin-1\nfrom sqlalchemy import create_engine\nengine = create_engine('é')\n".encode(
        "latin-1"
    ),
    "an invalid escape": b"from sqlalchemy import create_engine\nengine = create_engine('\\d')\n",
    "Windows' lines": b"from sqlalchemy import create_engine\r\nengine = create_engine(u)\r\n",
}


@pytest.mark.parametrize("content", FINE.values(), ids=FINE)
def test_unusual_files_are_read(read: Read, content: bytes) -> None:
    assert only(read("db.py", content)).name == "engine"
