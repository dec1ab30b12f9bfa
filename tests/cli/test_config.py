"""`triage config`: whether triage.toml is right, all its mistakes at once, and its schema."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from tests.cli.run import triage


def test_a_right_file(tmp_path: Path) -> None:
    path = tmp_path / "triage.toml"
    path.write_text("[targets.shop]\nurl = 'mysql://app@db/shop'\n[[outputs]]\nformat = 'text'\npath = '-'\n")
    run = triage("config", "check", str(path))
    assert (run.code, run.err) == (0, "")
    assert run.out == f"{path} is right: 1 target, 0 detectors with other thresholds, 0 ignores, 1 output\n"


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "triage.toml"
    path.write_text("[targets.shop]\nproceses = 8\nurl = 3\n[[ignore]]\nkey = 'x'\n")
    run = triage("config", "check", str(path))
    assert run.code == 2
    assert run.err.splitlines() == [
        f"Error: {path}, line 2: targets.shop.proceses is not known",
        "Hint: did you mean processes?",
        f"Error: {path}, line 3: targets.shop.url must be str, not empty",
        "Hint: it is 3",
        f"Error: {path}, line 4: ignore[1] does not say its reason",
        "Hint: add reason = …",
    ]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    run = triage("config", "check", str(tmp_path / "triage.toml"))
    assert run.code == 2
    assert "cannot be read" in run.err


def test_a_target_that_says_nothing_to_look_at(tmp_path: Path) -> None:
    path = tmp_path / "triage.toml"
    path.write_text("[targets.shop]\nprocesses = 8\n[targets.other]\nengine = 'app.py'\n")
    run = triage("config", "check", str(path))
    assert (run.code, run.out) == (2, "")
    assert run.err.splitlines() == [
        f"Error: {path}: targets.shop says nothing to look at",
        "Hint: give it a url, url_env, url_file, engine, logs or app_logs",
    ]


def test_what_is_no_text_is_told_with_a_hint_that_can_be_followed(tmp_path: Path) -> None:
    path = tmp_path / "triage.toml"
    path.write_bytes(b"\xff\xfe")
    run = triage("config", "check", str(path))
    assert run.code == 2
    assert run.err.splitlines()[1] == "Hint: save it as UTF-8"


def test_without_a_command_the_error_is_no_help_text() -> None:
    run = triage("config")
    assert run.code == 2
    assert run.err.splitlines() == ["Error: Missing command.", "Hint: see python -m triage config --help"]


def test_the_schema() -> None:
    run = triage("config", "schema")
    Draft202012Validator.check_schema(json.loads(run.out))
