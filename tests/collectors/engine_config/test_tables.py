import json
from datetime import timedelta

import pytest

from tests.collectors.engine_config.conftest import Read, by_name, only, reasons
from triage.errors import SourceError

NO_ENGINE = {
    "empty": "",
    "an app's other settings": "[server]\nhost = 'x'\nport = 80\nworkers = 4\n[logging]\necho = true\n",
    "a cache": "[redis]\nurl = 'redis://cache'\npool_size = 10\n",
    "a broker": "[celery]\nurl = 'amqp://broker'\npool_timeout = 10\n",
    "a web page": "[project]\nurl = 'https://example.org'\n",
    "a database without a word on its engine": "[database]\nhost = 'db'\nport = 5432\nname = 'shop'\nmodule = 'pg'\n",
    "Django's": "[DATABASES.default]\nENGINE = 'django.db.backends.postgresql'\nNAME = 'shop'\nCONN_MAX_AGE = 60\n",
    "a game engine": "[engine]\nname = 'unreal'\nurl = 'https://example.org'\n",
    "processes and no engine": "processes = 4\n",
}


@pytest.mark.parametrize("text", NO_ENGINE.values(), ids=NO_ENGINE)
def test_what_is_no_engine(read: Read, text: str) -> None:
    with pytest.raises(SourceError, match=r"there is no engine in app\.toml"):
        read("app.toml", text)


def test_a_cache_beside_the_engine_is_passed_over_quietly(read: Read) -> None:
    evidence = read(
        "app.toml",
        """
        debug = true
        [server]
        host = "0.0.0.0"
        port = 8000
        [redis]
        host = "cache"
        pool_size = 50
        [database]
        host = "db"
        name = "shop"
        lock_timeout = 5
        pool_size = 10
        """,
    )
    assert only(evidence).pool_size == 10
    assert not evidence.gaps


PLACES = {
    "top": ("pool_size = 7", "app"),
    "engine": ("[engine]\npool_size = 7", "engine"),
    "database": ("[database]\npool_size = 7", "database"),
    "db": ("[db]\npool_size = 7", "db"),
    "sqlalchemy": ("[sqlalchemy]\npool_size = 7", "sqlalchemy"),
    "deep": ("[tool.shop.engine]\npool_size = 7", "engine"),
    "any name, by an option of SQLAlchemy's": ("[storage]\npool_size = 7\nmax_overflow = 10", "storage"),
    "any name, by its url": ("[storage]\npool_size = 7\nurl = 'postgresql://h/d'", "storage"),
    "any name, as nothing else is an engine": ("[storage]\npool_size = 7", "storage"),
    "engines": ("[engines.primary]\npool_size = 7", "primary"),
    "a list of engines": ("[[engines]]\nname = 'primary'\npool_size = 7", "primary"),
    "a list of engines without names": ("[[engines]]\npool_size = 7", "engines[0]"),
    "prefixed": ("'sqlalchemy.pool_size' = 7", "app"),
    "prefixed by the table": ("sqlalchemy.pool_size = 7", "sqlalchemy"),
    "an environment's names": ("SQLALCHEMY_POOL_SIZE = 7", "app"),
    "an app's names": ("[settings]\ndb_pool_size = 7\ndatabase_url = 'sqlite:///x'", "settings"),
    "options in a table": ("[database]\nurl = 'sqlite:///x'\n[database.engine_options]\npool_size = 7", "database"),
    "the pool in a table": ("[database]\nurl = 'sqlite:///x'\n[database.pool]\nsize = 7", "database"),
    "Flask's": ("SQLALCHEMY_DATABASE_URI = 'sqlite:///x'\n[SQLALCHEMY_ENGINE_OPTIONS]\npool_size = 7", "app"),
}


@pytest.mark.parametrize(("text", "name"), PLACES.values(), ids=PLACES)
def test_where_an_engine_may_stand(read: Read, text: str, name: str) -> None:
    evidence = read("app.toml", text)
    engine = only(evidence)
    assert (engine.name, engine.file, engine.line, engine.pool_size) == (name, "app.toml", None, 7)
    assert "pool_size" in engine.said
    assert not evidence.gaps


def test_a_url_alone_is_an_engine_with_sqlalchemys_defaults(read: Read) -> None:
    engine = only(read("app.toml", "[analytics]\nurl = 'postgresql+psycopg2://app:hunter2@db/shop'\n"))
    assert (engine.name, engine.url) == ("analytics", "postgresql+psycopg2://app@db/shop")
    assert (engine.pool_size, engine.max_overflow, engine.said) == (5, 10, frozenset({"url"}))


def test_several_engines_and_their_processes(read: Read) -> None:
    evidence = read(
        "app.toml",
        """
        processes = 4
        [engines.primary]
        url = "postgresql://db/shop"
        pool_size = 10
        [engines.replica]
        url = "mysql://db/shop"
        processes = "2"
        [engines]
        archive = "postgresql://archive/shop"
        """,
    )
    found = {name: (e.pool_size, e.processes, e.backend) for name, e in by_name(evidence).items()}
    assert found == {"primary": (10, 4, "postgresql"), "replica": (5, 2, "mysql"), "archive": (5, 4, "postgresql")}
    assert evidence.sources[0].backend is None


def test_the_argument_wins_over_the_files_processes(read: Read) -> None:
    assert only(read("app.toml", "[engine]\npool_size = 1\nprocesses = 'four'\n", processes=8)).processes == 8


@pytest.mark.parametrize("value", ["0", "-1", "2.5", "'four'", "true"])
def test_processes_that_are_no_number_are_not_guessed(read: Read, value: str) -> None:
    evidence = read("app.toml", f"[engine]\npool_size = 1\nprocesses = {value}\n")
    assert only(evidence).processes is None
    assert "processes is" in reasons(evidence)


def test_engines_of_one_name_are_told_apart_by_their_tables(read: Read) -> None:
    evidence = read("app.toml", "[shop.database]\npool_size = 1\n[blog.database]\npool_size = 2\n")
    assert list(by_name(evidence)) == ["shop.database", "blog.database"]


def test_a_table_without_a_url_gives_the_engines_in_it_their_defaults(read: Read) -> None:
    evidence = read(
        "app.toml",
        """
        [database]
        pool_size = 20
        pool_pre_ping = true
        [database.primary]
        url = "postgresql://db/shop"
        [database.replica]
        url = "postgresql://replica/shop"
        pool_size = 3
        """,
    )
    found = {name: (e.pool_size, e.pool_pre_ping) for name, e in by_name(evidence).items()}
    assert found == {"primary": (20, True), "replica": (3, True)}


def test_flasks_binds_are_engines_of_their_own(read: Read) -> None:
    settings = {
        "SQLALCHEMY_DATABASE_URI": "postgresql://db/shop",
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_size": 20, "connect_args": {"connect_timeout": 5}},
        "SQLALCHEMY_ECHO": True,
        "SQLALCHEMY_BINDS": {
            "users": "mysql+pymysql://db/users",
            "meta": {"url": "sqlite://", "pool_recycle": 60, "echo": False},
        },
    }
    evidence = read("config.json", json.dumps(settings))
    found = by_name(evidence)
    assert {name: (e.pool_size, e.echo) for name, e in found.items()} == {
        "config": (20, True),
        "users": (5, True),
        "meta": (None, False),
    }
    assert found["config"].connect_options == {"connect_timeout": "5"}
    assert found["users"].pool_recycle == timedelta(hours=2), "Flask-SQLAlchemy's default for MySQL"
    assert found["meta"].poolclass == "StaticPool", "Flask-SQLAlchemy's choice for SQLite in memory"
    assert not evidence.gaps


@pytest.mark.parametrize("key", ["pool_sise", "poolsize", "pool_max_size"])
def test_a_misspelt_option_of_an_engine_is_a_gap(read: Read, key: str) -> None:
    evidence = read("app.toml", f"[engine]\nurl = 'sqlite:///x'\n{key} = 9\n")
    engine = only(evidence)
    assert engine.pool_size is None
    assert "pool_size" in engine.unknown
    assert f"{key} is not an option of SQLAlchemy; did you mean pool_size?" in reasons(evidence)
    assert evidence.gaps[0].source == "app.toml"


def test_a_named_table_with_nothing_but_a_misspelt_option(read: Read) -> None:
    assert "did you mean max_overflow?" in reasons(read("app.toml", "[engine]\nmax_overfow = 9\n"))


def test_a_name_like_an_option_that_is_given_too_is_somebody_elses(read: Read) -> None:
    assert not read("app.toml", "[engine]\npool_size = 9\npool_max_size = 20\n").gaps


VALUES = {
    "text is converted": ('pool_size = "10"', "pool_size", 10),
    "with spaces": ('pool_size = " 10 "', "pool_size", 10),
    "a truth": ('echo = "off"', "echo", False),
    "debug": ('echo = "debug"', "echo", "debug"),
    "pre-ping": ('pool_pre_ping = "true"', "pool_pre_ping", True),
    "a float": ("pool_timeout = 2.5", "pool_timeout", timedelta(seconds=2.5)),
    "no waiting": ("pool_timeout = 0", "pool_timeout", timedelta(0)),
    "never": ("pool_recycle = -1", "pool_recycle", None),
    "at once": ("pool_recycle = 0", "pool_recycle", timedelta(0)),
    "no reset": ('pool_reset_on_return = "none"', "reset_on_return", None),
    "no reset by a truth": ("pool_reset_on_return = false", "reset_on_return", None),
    "commit": ('pool_reset_on_return = "commit"', "reset_on_return", "commit"),
    "a class": ('poolclass = "NullPool"', "poolclass", "NullPool"),
    "a class by its path": ('poolclass = "sqlalchemy.pool:NullPool"', "poolclass", "NullPool"),
    "isolation": ('isolation_level = "autocommit"', "isolation_level", "AUTOCOMMIT"),
    "unlimited": ("pool_size = 0", "max_overflow", -1),
}


@pytest.mark.parametrize(("text", "field", "value"), VALUES.values(), ids=VALUES)
def test_values_as_engine_from_config_converts_them(read: Read, text: str, field: str, value: object) -> None:
    evidence = read("app.toml", f"[engine]\n{text}\n")
    engine = only(evidence)
    assert getattr(engine, field) == value
    assert not engine.unknown
    assert not evidence.gaps


WRONG = {
    "words": ('pool_size = "ten"', "pool_size", "not a whole number"),
    "a placeholder": ('pool_size = "${POOL_SIZE:-5}"', "pool_size", "${POOL_SIZE:-5}"),
    "a float": ("pool_size = 5.5", "pool_size", "not a whole number"),
    "a list": ("pool_size = [5]", "pool_size", "not a whole number"),
    "a date": ("pool_recycle = 2026-01-31", "pool_recycle", "not a whole number"),
    "seconds in text": ('pool_timeout = "2.5"', "pool_timeout", "not a whole number"),
    "endless": ("pool_timeout = inf", "pool_timeout", "not a number of seconds"),
    "no truth": ('echo = "perhaps"', "echo", "neither true nor false"),
    "a class of the app's": ('poolclass = "shop.db.Pool"', "poolclass", "not a pool class of SQLAlchemy"),
    "another reset": ('pool_reset_on_return = "None"', "pool_reset_on_return", "neither rollback, commit nor none"),
    "a level by number": ("isolation_level = 1", "isolation_level", "not the name of an isolation level"),
    "arguments in text": ('connect_args = "{}"', "connect_args", "not a table of arguments"),
}


@pytest.mark.parametrize(("text", "option", "reason"), WRONG.values(), ids=WRONG)
def test_a_value_of_the_wrong_type_is_unknown(read: Read, text: str, option: str, reason: str) -> None:
    evidence = read("app.toml", f"[engine]\n{text}\n")
    assert only(evidence).unknown == {option}
    assert reason in reasons(evidence)
    assert len(evidence.gaps) == 1


def test_pre_ping_switched_off_in_text_is_on_for_sqlalchemy(read: Read) -> None:
    evidence = read("app.toml", '[engine]\npool_pre_ping = "false"\n')
    assert only(evidence).pool_pre_ping is None
    assert "pool_pre_ping is 'false', as text, which SQLAlchemy takes for true" in reasons(evidence)


ENVIRONMENTS = """
    default: &default
      pool_size: 5
      max_overflow: 0
    development:
      <<: *default
      url: postgresql://localhost/shop
    test: {<<: *default, url: "sqlite://"}
    {production}:
      <<: *default
      url: postgresql://db/shop
      pool_size: 20
"""


def test_production_is_read_and_the_other_environments_are_named(read: Read) -> None:
    evidence = read("database.yml", ENVIRONMENTS.replace("{production}", "production"))
    engine = only(evidence)
    assert (engine.name, engine.pool_size, engine.max_overflow) == ("production", 20, 0)
    assert reasons(evidence).startswith("default, development and test were left out")


def test_environments_without_production_are_said_to_be_alternatives(read: Read) -> None:
    evidence = read("database.yml", ENVIRONMENTS.replace("{production}", "staging"))
    assert len(by_name(evidence)) == 4
    assert "of which one is in use" in reasons(evidence)


def test_an_engine_called_default_beside_another_is_no_environment(read: Read) -> None:
    evidence = read("db.toml", "[engines.default]\npool_size = 1\n[engines.replica]\npool_size = 2\n")
    assert len(by_name(evidence)) == 2
    assert not evidence.gaps


YAML = {
    "a scalar of a tag": ("engine:\n  pool_size: !ENV ${POOL_SIZE}\n  max_overflow: 3\n", "what the YAML tag !ENV"),
    "a list of a tag": ("engine:\n  pool_size: !many [1, 2]\n  max_overflow: 3\n", "pool_size is [1, 2]"),
    "a python object": (
        "engine:\n  pool_size: !!python/object:os.system {}\n  max_overflow: 3\n",
        "pool_size is a table",
    ),
    "nothing": ("engine:\n  pool_size:\n  max_overflow: 3\n", "pool_size is None, not a whole number"),
}


@pytest.mark.parametrize(("text", "reason"), YAML.values(), ids=YAML)
def test_yaml_that_has_no_value_yet(read: Read, text: str, reason: str) -> None:
    evidence = read("db.yaml", text)
    engine = only(evidence)
    assert (engine.pool_size, engine.max_overflow) == (None, 3)
    assert reason in reasons(evidence)


def test_yamls_options_by_a_tag_leave_all_unknown(read: Read) -> None:
    evidence = read("db.yaml", "database: {url: 'postgresql://db/shop', engine_options: !include pool.yaml}\n")
    assert only(evidence).pool_size is None
    assert "more options come from what the YAML tag !include stands for" in reasons(evidence)


def test_yamls_url_by_a_tag_is_unknown_without_a_gap(read: Read) -> None:
    evidence = read("db.yaml", "engine: {url: !env DATABASE_URL, pool_size: 3}\n")
    assert only(evidence).unknown == {"url"}
    assert not evidence.gaps


def test_yaml_of_several_documents(read: Read) -> None:
    evidence = read("db.yaml", "engine: {pool_size: 1}\n---\nother: 1\n---\ndatabase: {pool_size: 2}\n")
    assert [engine.pool_size for engine in evidence.engines or ()] == [1, 2]


def test_a_waiting_for_ever_and_defaults_by_null(read: Read) -> None:
    engine = only(read("db.yaml", "engine: {pool_timeout: null, pool_reset_on_return: null, echo: null}\n"))
    assert (engine.pool_timeout, engine.reset_on_return, engine.echo) == (None, None, False)
    assert not engine.unknown


BOMBS = {
    "lists": "\n".join(["a0: &a0 [x, x]", *(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]" for i in range(1, 40))]),
    "tables": "\n".join(
        ["a0: &a0 {x: 1}", *(f"a{i}: &a{i} {{x: *a{i - 1}, y: *a{i - 1}, z: *a{i - 1}}}" for i in range(1, 40))]
    ),
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_aliases_upon_aliases_end(read: Read, text: str) -> None:
    with pytest.raises(SourceError, match="more than 10000 tables"):
        read("bomb.yaml", text + "\n")


def test_a_table_that_holds_itself_ends(read: Read) -> None:
    evidence = read("db.yaml", "engine: &e\n  pool_size: 3\n  more: {engine: *e}\n")
    assert {engine.pool_size for engine in evidence.engines or ()} == {3}
