"""triage.toml: targets, thresholds, and errors that say what was probably meant."""

from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from triage import config
from triage.config import Config, Target, nearest
from triage.detectors import DETECTORS
from triage.errors import ConfigError

Load = Callable[[str], Config]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads a file with this text."""
    monkeypatch.delenv("TRIAGE_CONFIG", raising=False)

    def read(text: str) -> Config:
        path = tmp_path / "triage.toml"
        path.write_text(text, encoding="utf-8")
        return config.load(path, DETECTORS)

    return read


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.delenv("TRIAGE_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(load: Load, text: str) -> ConfigError:
    """The error, which says what happened and what to do."""
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert caught.value.message
    assert caught.value.hint
    return caught.value


# Which file


def test_without_a_file_nothing_is_said(folder: Path) -> None:
    assert not list(folder.iterdir())
    assert config.load(None, DETECTORS) == Config()


def test_the_file_in_the_working_directory_is_found(folder: Path) -> None:
    (folder / "triage.toml").write_text("[targets.shop]\nurl = 'mysql://app@db/shop'\n")
    assert config.load(None, DETECTORS).target("shop").url == "mysql://app@db/shop"


def test_the_environment_names_another_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "other.toml").write_text("[targets.shop]\nurl = 'mysql://app@db/shop'\n")
    monkeypatch.setenv("TRIAGE_CONFIG", "other.toml")
    assert "shop" in config.load(None, DETECTORS).targets


def test_a_file_that_the_environment_names_has_to_be_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_CONFIG", str(folder / "missing.toml"))
    with pytest.raises(ConfigError, match=r"missing\.toml cannot be read"):
        config.load(None, DETECTORS)


def test_an_empty_variable_names_no_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert folder
    monkeypatch.setenv("TRIAGE_CONFIG", "")
    assert config.load(None, DETECTORS) == Config()


def test_a_file_that_was_passed_has_to_be_there(folder: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file") as caught:
        config.load(folder / "triage.toml", DETECTORS)
    assert "--config" in caught.value.hint


def test_a_folder_is_no_file(folder: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(folder, DETECTORS)


def test_an_empty_file_says_nothing(load: Load) -> None:
    assert (load("").targets, load("").thresholds) == ({}, {})


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "triage.toml"
    path.write_bytes("\ufeff[targets.shop]\nurl = 'mysql://app@db/shop'\n".encode())
    assert "shop" in config.load(path, DETECTORS).targets


@pytest.mark.parametrize("content", [b"targets = ", b"[targets", b"\xff\xfe", b"[a]\n[a]\n"])
def test_what_is_not_toml_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "triage.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="is not valid TOML"):
        config.load(path, DETECTORS)


# Targets


def test_a_target_says_where_and_what(load: Load) -> None:
    target = load(
        """
        [targets.bookstore]
        url = "postgresql://app@db/shop"
        engine = ["app/db.py", "jobs/db.py"]
        processes = 8
        app = "shop-*"
        all_databases = true
        timeout_seconds = 2.5
        """
    ).target("bookstore")
    assert target == Target(
        url="postgresql://app@db/shop",
        engine=("app/db.py", "jobs/db.py"),
        processes=8,
        app=("shop-*",),
        all_databases=True,
        timeout_seconds=2.5,
    )


def test_a_target_without_anything_has_defaults(load: Load) -> None:
    assert load("[targets.shop]\n").target("shop") == Target()


def test_a_url_may_be_in_the_environment(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    target = load("[targets.shop]\nurl_env = 'SHOP_URL'\n").target("shop")
    monkeypatch.setenv("SHOP_URL", "mysql://app:secret@db/shop")
    assert target.resolved_url() == "mysql://app:secret@db/shop"


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set_is_an_error(load: Load, monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    target = load("[targets.shop]\nurl_env = 'SHOP_URL'\n").target("shop")
    monkeypatch.delenv("SHOP_URL", raising=False)
    if value is not None:
        monkeypatch.setenv("SHOP_URL", value)
    with pytest.raises(ConfigError, match="SHOP_URL is not set"):
        target.resolved_url()


def test_a_url_may_be_in_a_file(load: Load, tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("mysql://app:secret@db/shop\n")
    assert (
        load(f"[targets.shop]\nurl_file = '{secret}'\n").target("shop").resolved_url() == "mysql://app:secret@db/shop"
    )


def test_a_url_file_that_is_not_there_is_an_error(load: Load, tmp_path: Path) -> None:
    target = load(f"[targets.shop]\nurl_file = '{tmp_path / 'url'}'\n").target("shop")
    with pytest.raises(ConfigError, match=r"url_file .* cannot be read"):
        target.resolved_url()


def test_a_target_may_have_no_url(load: Load) -> None:
    assert load("[targets.shop]\nengine = 'db.py'\n").target("shop").resolved_url() is None


def test_a_target_that_does_not_exist_suggests_the_nearest(load: Load) -> None:
    loaded = load("[targets.bookstore]\n[targets.billing]\n")
    with pytest.raises(ConfigError) as caught:
        loaded.target("bookstor")
    assert caught.value.hint == "did you mean bookstore?"


def test_a_target_that_is_like_no_other_lists_them(load: Load) -> None:
    with pytest.raises(ConfigError) as caught:
        load("[targets.bookstore]\n[targets.billing]\n").target("zzz")
    assert caught.value.hint == "known targets: billing, bookstore"


def test_a_target_without_a_file_says_so() -> None:
    with pytest.raises(ConfigError, match=r"there is no triage\.toml here") as caught:
        Config().target("shop")
    assert "--config" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[target.shop]\n", "target is not known", "did you mean targets?"),
        ("[targets.shop]\nproceses = 8\n", "targets.shop.proceses is not known", "did you mean processes?"),
        ("[targets.shop]\nURL = 'x'\n", "targets.shop.URL is not known", "known names: "),
        ("targets = 3\n", "targets must be a table", "write it as [targets]"),
        ("[targets]\nshop = 'mysql://db'\n", "targets.shop must be a table", "write it as [targets.shop]"),
        ("[targets.shop]\nprocesses = '8'\n", "targets.shop.processes must be int", "it is '8'"),
        ("[targets.shop]\nprocesses = true\n", "targets.shop.processes must be int", "it is True"),
        ("[targets.shop]\nall_databases = 1\n", "targets.shop.all_databases must be bool", "it is 1"),
        ("[targets.shop]\nengine = 3\n", "targets.shop.engine must be str or list", "it is 3"),
        ("[targets.shop]\nurl = 'a'\nurl_env = 'b'\n", "says its URL more than once", "keep one of"),
    ],
)
def test_a_mistake_in_a_target_is_named(load: Load, text: str, message: str, hint: str) -> None:
    error = refused(load, text)
    assert message in error.message
    assert error.hint.startswith(hint)
    assert "triage.toml" in error.message


@pytest.mark.parametrize("value", ["0", "-3"])
def test_a_number_of_processes_is_one_or_more(load: Load, value: str) -> None:
    assert "processes" in refused(load, f"[targets.shop]\nprocesses = {value}\n").message


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf"])
def test_a_timeout_is_more_than_nothing(load: Load, value: str) -> None:
    assert "timeout_seconds" in refused(load, f"[targets.shop]\ntimeout_seconds = {value}\n").message


@pytest.mark.parametrize("name", ["engine", "app"])
def test_a_list_holds_texts(load: Load, name: str) -> None:
    assert name in refused(load, f"[targets.shop]\n{name} = ['a', 3]\n").message


def test_an_error_does_not_repeat_a_password(load: Load) -> None:
    error = refused(load, "[targets.shop]\nurl = ['postgresql://app:secret@db/shop']\n")
    assert "secret" not in error.message + error.hint


# Thresholds


def test_a_threshold_in_seconds_is_a_duration(load: Load) -> None:
    loaded = load("[thresholds.idle-in-transaction]\nwarning_seconds = 120\nnotice_seconds = 0.5\nfull = 1\n")
    assert loaded.thresholds == {
        "idle-in-transaction": {
            "warning": timedelta(seconds=120),
            "notice": timedelta(seconds=0.5),
            "full": 1,
        }
    }


def test_every_threshold_of_every_detector_can_be_set(load: Load) -> None:
    for kind in DETECTORS:
        names = {
            f"{field.name}_seconds" if isinstance(field.default, timedelta) else field.name
            for field in fields(kind)  # type: ignore[arg-type]
        }
        text = f"[thresholds.{kind.id}]\n" + "".join(f"{name} = 7\n" for name in sorted(names))
        kind(**load(text).thresholds[kind.id])


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[threshold.a]\n", "threshold is not known", "did you mean thresholds?"),
        (
            "[thresholds.idle-in-transactions]\n",
            "thresholds.idle-in-transactions is not known",
            "did you mean idle-in-transaction?",
        ),
        (
            "[thresholds.idle-in-transaction]\nwarning = 60\n",
            "thresholds.idle-in-transaction.warning is not known",
            "did you mean warning_seconds?",
        ),
        ("[thresholds.idle-in-transaction]\nid = 3\n", "idle-in-transaction.id is not known", ""),
        ("[thresholds]\nidle-in-transaction = 3\n", "must be a table", "write it as [thresholds.idle-in-transaction]"),
        ("[thresholds.idle-in-transaction]\nfull = '80 %'\n", "full must be a number", "it is '80 %'"),
        ("[thresholds.idle-in-transaction]\nfull = true\n", "full must be a number", "it is True"),
        ("[thresholds.idle-in-transaction]\nfull = -0.1\n", "must be a number, 0 or more", "it is -0.1"),
    ],
)
def test_a_mistake_in_a_threshold_is_named(load: Load, text: str, message: str, hint: str) -> None:
    error = refused(load, text)
    assert message in error.message
    assert error.hint.startswith(hint)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("full", "nan"),
        ("full", "inf"),
        ("warning_seconds", "nan"),
        ("warning_seconds", "inf"),
        ("warning_seconds", "1e300"),
    ],
)
def test_a_threshold_is_a_number_that_can_be_reached(load: Load, name: str, value: str) -> None:
    assert name in refused(load, f"[thresholds.idle-in-transaction]\n{name} = {value}\n").message


# The nearest name


def test_the_nearest_name_is_suggested() -> None:
    assert nearest("warnin", ["warning", "critical"], "name") == "did you mean warning?"


def test_where_no_name_is_near_all_are_listed() -> None:
    assert nearest("zzz", ["b", "a"], "target") == "known targets: a, b"


def test_where_there_is_no_name_that_is_said() -> None:
    assert nearest("zzz", [], "target") == "no target is defined there"


def test_paths_are_meant_from_the_files_folder_on(
    load: Load, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cron runs in another folder than the one the file was written in."""
    (tmp_path / "db.py").write_text("")
    (tmp_path / "url").write_text("mysql://app@db/shop\n")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    target = load("[targets.shop]\nengine = ['db.py', 'shop.db:engine']\nurl_file = 'url'\n").target("shop")
    assert target.engine == (str(tmp_path / "db.py"), "shop.db:engine")
    assert target.resolved_url() == "mysql://app@db/shop"
