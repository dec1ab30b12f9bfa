import os
from pathlib import Path

import pytest

from tests.collectors.engine_config.conftest import NOW, Read, by_name, only, reasons
from triage.collectors.engine_config import collect
from triage.collectors.engine_config.files import LARGEST
from triage.errors import SourceError

SECRET = "hunter2"

BROKEN = {
    "a toml": ("db.toml", f'password = "{SECRET}" {SECRET}\n', "line 1"),
    "a toml with a key twice": ("db.toml", "a = 1\na = 2\n", "TOML"),
    "a yaml": ("db.yaml", f"password: '{SECRET}\nx: [", "line"),
    "a yaml with a tab": ("db.yaml", f"a:\n\t- {SECRET}\n", "line 2"),
    "a yaml with a forbidden character": ("db.yaml", f"a: '{SECRET}\x07'\n", "character"),
    "a yaml with an impossible date": ("db.yaml", "a: 2026-13-45\n", "cannot have"),
    "a yaml with a table for a key": ("db.yaml", "{[a]: 1}: 2\n", "line 1"),
    "a json with a comment": ("db.json", f'{{"password": "{SECRET}" // it\n}}', "line 1, column 24"),
    "an empty json": ("db.json", "", "line 1, column 1"),
    "a deep json": ("db.json", "[" * 100_000, "nested too deeply"),
    "an ini without a section": ("db.ini", f"password = {SECRET}\n", "line 1 stands before the first"),
    "an ini with half a line": ("db.ini", f"[a]\n{SECRET}\n", "line 2 is neither"),
    "an ini with an option twice": ("db.ini", f"[a]\nx = {SECRET}\nx = 2\n", "x stands twice in [a], line 3"),
    "an ini with a section twice": ("db.ini", "[a]\n[a]\n", "[a] stands twice, line 2"),
}


@pytest.mark.parametrize(("name", "text", "where"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_says_where_and_quotes_nothing(read: Read, name: str, text: str, where: str) -> None:
    with pytest.raises(SourceError) as error:
        read(name, text)
    assert error.value.message.startswith(f"{name} is not valid ")
    assert where in error.value.message
    assert SECRET not in error.value.message + error.value.hint


def test_json_with_comments_is_told_of_yaml(read: Read) -> None:
    with pytest.raises(SourceError) as error:
        read("db.json", "// pool\n{}")
    assert ".yaml" in error.value.hint


@pytest.mark.parametrize("name", ["db.toml", "db.yaml", "db.yml", "db.json", "db.ini"])
def test_a_file_in_another_encoding(read: Read, name: str) -> None:
    with pytest.raises(SourceError, match=r"is not UTF-8 \(byte 1\)"):
        read(name, b"#\xff\xfe")


@pytest.mark.parametrize("name", ["db.toml", "db.yaml", "db.ini"])
def test_an_empty_file_has_no_engine(read: Read, name: str) -> None:
    with pytest.raises(SourceError, match="there is no engine"):
        read(name, "")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("db.toml", "pool_size = 7"),
        ("db.yaml", "pool_size: 7"),
        ("db.YML", "pool_size: 7"),
        ("db.json", '{"pool_size": 7}'),
        ("db.ini", "[engine]\npool_size = 7"),
    ],
)
def test_a_byte_order_mark_and_windows_lines(read: Read, name: str, text: str) -> None:
    assert only(read(name, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() + b"\r\n")).pool_size == 7


def _fails(spec: str) -> SourceError:
    with pytest.raises(SourceError) as error:
        collect(spec, processes=None, collected_at=NOW)
    return error.value


@pytest.mark.parametrize(
    "name", ["missing.toml", "missing.py", "missing", r"C:\app\db.toml", "C:/app/db.py", "", "a\0.py"]
)
def test_a_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert _fails(name).hint


@pytest.mark.parametrize("name", ["conf.env", "conf", "setup.cfg", "db.xml"])
def test_a_file_of_another_kind(read: Read, name: str) -> None:
    with pytest.raises(SourceError, match="of a kind triage does not read"):
        read(name, "pool_size = 7")


@pytest.mark.parametrize("name", ["config", "config.toml", "config.py"])
def test_a_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert "is a folder" in _fails(str(tmp_path / name)).message


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "db.toml")
    assert "not a regular file" in _fails(str(tmp_path / "db.toml")).message


@pytest.mark.parametrize("name", ["db.toml", "db.py"])
def test_a_file_that_nobody_wrote_by_hand(read: Read, name: str) -> None:
    with pytest.raises(SourceError, match="larger than 1 MB"):
        read(name, b"#" * (LARGEST + 1))


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "db.toml"
    path.touch()

    def refused(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refused)
    assert _fails(str(path)).message == f"{path} cannot be read: Permission denied"


ALEMBIC = """
[alembic]
script_location = %(here)s/migrations
sqlalchemy.url = postgresql://app:hunter2@db/shop
[loggers]
keys = root
"""


def test_alembics_url_says_nothing_of_the_apps_pool(read: Read) -> None:
    with pytest.raises(SourceError, match="there is no engine") as error:
        read("alembic.ini", ALEMBIC)
    assert "Alembic" in error.value.hint


def test_the_urls_of_alembics_databases_say_no_more(read: Read) -> None:
    text = (
        "[alembic]\nscript_location = m\ndatabases = a, b\n[a]\nsqlalchemy.url = sqlite:///a\n[b]\nsqlalchemy.url = x\n"
    )
    with pytest.raises(SourceError, match="there is no engine"):
        read("alembic.ini", text)


def test_an_alembic_section_that_sets_a_pool_is_an_engine(read: Read) -> None:
    engine = only(read("alembic.ini", ALEMBIC.replace("[loggers]", "sqlalchemy.pool_size = 3\n[loggers]")))
    assert (engine.name, engine.pool_size, engine.url) == ("alembic", 3, "postgresql://app@db/shop")


def test_a_pyramid_app_beside_alembic(read: Read) -> None:
    evidence = read("production.ini", ALEMBIC + "[app:main]\nuse = egg:shop\nsqlalchemy.url = postgresql://db/shop\n")
    engine = only(evidence)
    assert (engine.name, engine.pool_size, engine.said) == ("app:main", 5, frozenset({"url"}))
    assert not evidence.gaps


def test_prefixes_and_text_of_an_ini(read: Read) -> None:
    evidence = read(
        "shop.ini",
        """
        [app:main]
        cache.url = redis://cache
        cache.pool_size = 50
        db.url = mysql+pymysql://app:p%%40ss@db/shop
        db.pool_size = 10
        db.echo = yes
        replica.url = %(REPLICA_URL)s
        replica.pool_recycle = 3600
        sqlalchemy.url = %(here)s.db
        """,
    )
    found = {name: (e.pool_size, e.echo, e.url) for name, e in by_name(evidence).items()}
    assert found == {
        "db": (10, True, "mysql+pymysql://app@db/shop"),
        "replica": (5, False, None),
        "app:main": (5, False, None),
    }
    assert by_name(evidence)["replica"].unknown == {"url"}
    assert not evidence.gaps


def test_defaults_of_an_ini_hold_for_the_app_and_make_no_engines_of_loggers(read: Read) -> None:
    evidence = read(
        "shop.ini",
        """
        [DEFAULT]
        sqlalchemy.pool_size = 12
        sqlalchemy.max_overflow = 0
        [loggers]
        keys = root
        [app:main]
        sqlalchemy.url = postgresql://db/shop
        sqlalchemy.max_overflow = 4
        """,
    )
    engine = only(evidence)
    assert (engine.name, engine.pool_size, engine.max_overflow) == ("app:main", 12, 4)


def test_defaults_of_an_ini_alone_are_the_engine(read: Read) -> None:
    assert only(read("shop.ini", "[DEFAULT]\nsqlalchemy.pool_size = 12\n[loggers]\nkeys = root\n")).pool_size == 12


def test_a_comment_behind_a_value_is_part_of_it(read: Read) -> None:
    evidence = read("shop.ini", "[app]\nsqlalchemy.pool_size = 12 ; per worker\n")
    assert "pool_size is '12 ; per worker', not a whole number" in reasons(evidence)
