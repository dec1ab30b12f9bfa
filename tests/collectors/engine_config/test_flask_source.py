from datetime import timedelta

import pytest

from tests.collectors.engine_config.conftest import Read, by_name, only, reasons
from triage.errors import SourceError

NO_ENGINE = {
    "an extension without options": "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\n",
    "a class of another library's": "from graph import SQLAlchemy\ndb = SQLAlchemy(engine_options={'pool_size': 3})\n",
    "echo alone": "SQLALCHEMY_ECHO = True\n",
}


@pytest.mark.parametrize("text", NO_ENGINE.values(), ids=NO_ENGINE)
def test_what_is_no_engine(read: Read, text: str) -> None:
    with pytest.raises(SourceError, match="there is no engine"):
        read("app.py", text)


OPTIONS = {
    "a constant": "SQLALCHEMY_ENGINE_OPTIONS = {'pool_size': 7}",
    "an item": "app.config['SQLALCHEMY_ENGINE_OPTIONS'] = {'pool_size': 7}",
    "an item in a factory": "def create_app():\n    app.config['SQLALCHEMY_ENGINE_OPTIONS'] = {'pool_size': 7}",
    "a constant put into an item": "OPTIONS = {'pool_size': 7}\napp.config['SQLALCHEMY_ENGINE_OPTIONS'] = OPTIONS",
    "update by keyword": "app.config.update(SQLALCHEMY_ENGINE_OPTIONS={'pool_size': 7})",
    "update by mapping": "app.config.update({'SQLALCHEMY_ENGINE_OPTIONS': {'pool_size': 7}})",
    "from_mapping": "app.config.from_mapping(SECRET_KEY='x', SQLALCHEMY_ENGINE_OPTIONS={'pool_size': 7})",
    "setdefault": "app.config.setdefault('SQLALCHEMY_ENGINE_OPTIONS', {'pool_size': 7})",
    "a class": "class Config:\n    SQLALCHEMY_ENGINE_OPTIONS = {'pool_size': 7}",
    "an inherited one": "class Base:\n    SQLALCHEMY_ENGINE_OPTIONS = {'pool_size': 7}\nclass Config(Base):\n    pass",
    "the extension": "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy(app, engine_options={'pool_size': 7})",
    "the extension, by its package": "import flask_sqlalchemy as fs\ndb = fs.SQLAlchemy(engine_options={'pool_size': 7})",
    "both, the settings first": "from flask_sqlalchemy import SQLAlchemy\n"
    "db = SQLAlchemy(app, engine_options={'pool_size': 9})\n"
    "app.config['SQLALCHEMY_ENGINE_OPTIONS'] = {'pool_size': 7}",
    "text, which Flask-SQLAlchemy converts": "SQLALCHEMY_ENGINE_OPTIONS = {'pool_size': '7'}",
}


@pytest.mark.parametrize("text", OPTIONS.values(), ids=OPTIONS)
def test_where_engine_options_may_stand(read: Read, text: str) -> None:
    evidence = read("app.py", text + "\n")
    engine = only(evidence)
    assert (engine.pool_size, engine.max_overflow, engine.poolclass) == (7, 10, "QueuePool")
    assert engine.line is not None
    assert not evidence.gaps


def test_a_whole_config(read: Read) -> None:
    evidence = read(
        "config.py",
        """
        import os
        class Config:
            SECRET_KEY = "hunter2"
            SQLALCHEMY_DATABASE_URI = os.environ.get("DATABASE_URL") or "postgresql://app:hunter2@db/shop"
            SQLALCHEMY_TRACK_MODIFICATIONS = False
            SQLALCHEMY_ENGINE_OPTIONS = {"pool_recycle": 300, "pool_pre_ping": True}
        class DevelopmentConfig(Config):
            SQLALCHEMY_ECHO = True
        class TestingConfig(Config):
            SQLALCHEMY_DATABASE_URI = "sqlite://"
        class ProductionConfig(Config):
            SQLALCHEMY_ENGINE_OPTIONS = {**Config.SQLALCHEMY_ENGINE_OPTIONS, "pool_size": 10}
        config = {"development": DevelopmentConfig, "production": ProductionConfig}
        """,
    )
    engine = only(evidence)
    assert (engine.name, engine.line, engine.echo) == ("ProductionConfig", 13, False)
    assert (engine.pool_size, engine.pool_recycle, engine.pool_pre_ping) == (10, timedelta(minutes=5), True)
    assert engine.unknown == {"url"}
    assert "DevelopmentConfig and TestingConfig were left out" in reasons(evidence)
    assert "hunter2" not in repr(evidence)


def test_config_classes_without_production_are_alternatives(read: Read) -> None:
    text = "class Dev:\n    SQLALCHEMY_DATABASE_URI = 'sqlite:///a'\nclass Test:\n    SQLALCHEMY_DATABASE_URI = 'sqlite:///b'\n"
    evidence = read("config.py", text)
    assert list(by_name(evidence)) == ["Dev", "Test"]
    assert "one is in use" in reasons(evidence)


def test_a_value_changed_outside_its_class_is_unknown(read: Read) -> None:
    text = "class Config:\n    SQLALCHEMY_ENGINE_OPTIONS = {'pool_size': 7}\nConfig.SQLALCHEMY_ENGINE_OPTIONS = other\n"
    evidence = read("config.py", text)
    assert only(evidence).pool_size is None
    assert "changed outside its class" in reasons(evidence)


def test_a_setting_that_is_set_twice_is_unknown(read: Read) -> None:
    text = "app.config['SQLALCHEMY_ENGINE_OPTIONS'] = {'pool_size': 7}\n"
    evidence = read("app.py", text + text.replace("7", "9"))
    assert only(evidence).pool_size is None
    assert "SQLALCHEMY_ENGINE_OPTIONS, which is set more than once" in reasons(evidence)


def test_constants_that_the_file_gives_to_create_engine_are_no_engine_of_flasks(read: Read) -> None:
    evidence = read(
        "db.py",
        """
        from sqlalchemy import create_engine
        SQLALCHEMY_DATABASE_URI = "postgresql://db/shop"
        SQLALCHEMY_ENGINE_OPTIONS = {"pool_size": 7}
        engine = create_engine(SQLALCHEMY_DATABASE_URI, **SQLALCHEMY_ENGINE_OPTIONS)
        """,
    )
    assert (only(evidence).name, only(evidence).pool_size) == ("engine", 7)


def test_an_engine_beside_flasks_own_is_a_second_pool(read: Read) -> None:
    text = "from sqlalchemy import create_engine\nSQLALCHEMY_DATABASE_URI = 'sqlite:///a'\nlogs = create_engine('sqlite:///b')\n"
    assert list(by_name(read("app.py", text))) == ["logs", "db"]


def test_binds(read: Read) -> None:
    evidence = read(
        "app.py",
        """
        from flask_sqlalchemy import SQLAlchemy
        app.config["SQLALCHEMY_DATABASE_URI"] = "postgresql://db/shop"
        app.config["SQLALCHEMY_BINDS"] = {"users": "mysql://db/users", "meta": {"url": URL, "pool_size": 2}}
        db = SQLAlchemy(app, engine_options={"pool_size": 3})
        """,
    )
    found = {name: (e.pool_size, e.dialect) for name, e in by_name(evidence).items()}
    assert found == {"db": (3, "postgresql"), "users": (3, "mysql"), "meta": (2, None)}


def test_binds_that_cannot_be_read_are_a_gap(read: Read) -> None:
    text = "SQLALCHEMY_DATABASE_URI = 'sqlite:///a'\nSQLALCHEMY_BINDS = shards()\n"
    assert "more engines come from SQLALCHEMY_BINDS, which is what shards() returns" in reasons(read("c.py", text))


def test_defaults_of_flask_sqlalchemy(read: Read) -> None:
    assert only(read("a.py", "SQLALCHEMY_DATABASE_URI = 'sqlite://'\n")).poolclass == "StaticPool"
    mysql = only(read("b.py", "SQLALCHEMY_DATABASE_URI = 'mysql://db/shop'\n"))
    assert (mysql.pool_recycle, mysql.said) == (timedelta(hours=2), frozenset({"url"}))
    assert only(read("c.py", "SQLALCHEMY_DATABASE_URI = 'postgresql://db/shop'\n")).pool_recycle is None


def test_the_default_recycling_is_unknown_where_the_database_is(read: Read) -> None:
    engine = only(read("c.py", "import os\nSQLALCHEMY_DATABASE_URI = os.environ['URL']\n"))
    assert engine.unknown == {"url", "pool_recycle"}


def test_version_2s_settings_are_read_and_said_to_be_its_own(read: Read) -> None:
    evidence = read("config.py", "SQLALCHEMY_POOL_SIZE = 7\nSQLALCHEMY_MAX_OVERFLOW = 0\n")
    engine = only(evidence)
    assert (engine.pool_size, engine.max_overflow) == (7, 0)
    assert "Flask-SQLAlchemy 3 ignores SQLALCHEMY_MAX_OVERFLOW, SQLALCHEMY_POOL_SIZE" in reasons(evidence)
