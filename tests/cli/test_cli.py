"""What holds for every command: errors in two lines, exit codes, and what is asked of the terminal."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from tests.cli.run import triage
from triage import __version__
from triage.cli import COMMANDS


@pytest.mark.parametrize(
    ("arguments", "error", "hint"),
    [
        ([], "Missing command.", "triage --help"),
        (["runbook"], "Missing command.", "triage runbook --help"),
        (["chekc"], "No such command", "triage --help"),
        (["explain", ""], "an argument is empty", "quotation marks"),
        (["check", "--foo"], "--foo", "triage check --help"),
        (["check", "x://y", "--processes", "0"], "--processes", "triage check --help"),
        (["check", "not a url"], "not a database URL", "postgresql://user@host"),
        (["check", "sqlite:///x.db"], "sqlite", "--engine"),
        (["check", "postgresql://x/y", "--target", "z"], "both a URL and --target", "one of them"),
        (["check", "--target", "z"], "triage.toml", "--config"),
        (["check", "--config", "missing.toml", "--engine", "x.toml"], "missing.toml", "--config"),
        (["check", "--engine", "x.toml", "--runbooks", "missing"], "missing", "runbook.md"),
        (["runbook", "show", "sesion-leak"], "no runbook sesion-leak", "did you mean session-leak?"),
    ],
)
def test_wrong_usage_is_two_lines_and_exit_code_2(arguments: list[str], error: str, hint: str, tmp_path: Path) -> None:
    run = triage(*arguments, cwd=tmp_path)
    first, second = run.err.splitlines()
    assert (run.code, run.out) == (2, "")
    assert first.startswith("Error: ")
    assert error in first
    assert second.startswith("Hint: ")
    assert hint in second


def test_an_engine_config_that_is_not_there_is_reported_and_exits_with_3(tmp_path: Path) -> None:
    run = triage("check", "--engine", "missing.toml", "--format", "json", cwd=tmp_path)
    assert run.code == 3
    assert json.loads(run.out)["gaps"][0]["source"] == "missing.toml"
    assert len(run.err.splitlines()) == 2


def test_an_engine_config_is_judged_without_a_database(tmp_path: Path) -> None:
    (tmp_path / "engine.toml").write_text("max_overflow = -1\npool_size = 5\n")
    run = triage("check", "--engine", "engine.toml", cwd=tmp_path, environment={"TRIAGE_URL": ""})
    assert run.code == 1
    assert run.out.startswith("1 warning: pool-unbounded")
    assert "the sessions of a database were not read" in " ".join(run.out.split())


@pytest.mark.parametrize(("fail_on", "code"), [("info", 1), ("warning", 1), ("critical", 0), ("never", 0)])
def test_fail_on(tmp_path: Path, fail_on: str, code: int) -> None:
    (tmp_path / "engine.toml").write_text("max_overflow = -1\npool_size = 5\n")
    assert triage("check", "--engine", "engine.toml", "--fail-on", fail_on, cwd=tmp_path).code == code


def test_a_report_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "engine.toml").write_text("pool_size = 5\n")
    run = triage("check", "--engine", "engine.toml", "--output", "missing/report.txt", cwd=tmp_path)
    assert run.code == 2
    assert "Error: the report could not be written to missing/report.txt" in run.err


def test_no_colour_unless_it_is_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "engine.toml").write_text("max_overflow = -1\npool_size = 5\n")
    assert "\x1b" not in triage("check", "--engine", "engine.toml", cwd=tmp_path).out


def test_a_reader_that_has_read_enough_is_no_mistake(tmp_path: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m triage schema | head -1; echo ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[0] == "{"


def test_the_version() -> None:
    assert triage("--version").out == f"triage, version {__version__}\n"


def test_help_imports_no_command() -> None:
    """`--help` and `--version` answer at once: neither SQLAlchemy nor a command is imported for them."""
    code = (
        "import sys, triage.cli\n"
        "try: triage.cli.main()\n"
        "except SystemExit: pass\n"
        "heavy = {'sqlalchemy', 'structlog', 'tabulate', 'yaml', 'triage.check'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    for option in ("--help", "--version"):
        done = subprocess.run(
            [sys.executable, "-c", code, option], capture_output=True, text=True, check=False, env=os.environ
        )
        assert done.returncode == 0, done.stderr


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(triage("schema").out))


def test_every_command_has_help() -> None:
    for name in COMMANDS:
        assert triage(name, "--help").code == 0


def test_runbooks_are_listed_and_shown() -> None:
    listed = triage("runbook", "list").out
    assert "session-leak" in listed
    assert triage("runbook", "show", "session-leak").out.startswith("# ")
    assert triage("runbook", "show", "pool-overcommit").out == triage("runbook", "show", "pool-sizing").out


def test_ones_own_runbook_takes_the_place_of_ours(tmp_path: Path) -> None:
    folder = tmp_path / "session-leak"
    folder.mkdir()
    (folder / "runbook.md").write_text(
        "---\nid: session-leak\ntitle: call Ada\nfindings: [idle-in-transaction]\n---\n## Impact\nAda knows.\n"
    )
    assert triage("runbook", "show", "session-leak", "--runbooks", tmp_path).out.startswith("# call Ada\n")
    assert "call Ada" in triage("runbook", "list", "--runbooks", tmp_path).out
