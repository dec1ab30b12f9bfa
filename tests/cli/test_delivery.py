"""Where a report is written to."""

import os
import stat
import threading
from pathlib import Path

import pytest

from tests.cli.run import triage

ENGINE = "engine.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ENGINE).write_text('url = "postgresql://db/shop"\npool_size = 5\n')
    return tmp_path


def written(folder: Path, output: Path | str) -> None:
    run = triage("check", "--engine", ENGINE, "--format", "json", "--output", output, cwd=folder)
    assert (run.code, run.err) == (0, "")


def test_a_file_is_replaced_as_a_whole(folder: Path) -> None:
    output = folder / "report.json"
    output.write_text("old")
    written(folder, output)
    assert output.read_text().startswith("{")
    assert sorted(path.name for path in folder.iterdir()) == [ENGINE, "report.json"]


def test_a_link_stays_a_link(folder: Path) -> None:
    (folder / "real.json").write_text("old")
    (folder / "link.json").symlink_to("real.json")
    written(folder, folder / "link.json")
    assert (folder / "link.json").is_symlink()
    assert (folder / "real.json").read_text().startswith("{")


def test_a_pipe_is_written_into(folder: Path) -> None:
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    written(folder, pipe)
    reader.join()
    assert read[0].startswith("{")
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_dev_stdout_is_stdout(folder: Path) -> None:
    run = triage("check", "--engine", ENGINE, "--format", "json", "--output", "/dev/stdout", cwd=folder)
    assert run.out.startswith("{")


@pytest.mark.parametrize(
    ("engine", "code", "word"),
    [
        ("engine.toml", 0, "OK"),
        ("echo.toml", 1, "WARNING"),
        ("missing.toml", 3, "UNKNOWN"),
    ],
)
def test_a_plugin_has_the_exit_codes_of_nagios(folder: Path, engine: str, code: int, word: str) -> None:
    (folder / "echo.toml").write_text('url = "postgresql://db/shop"\necho = true\n')
    run = triage("check", "--engine", engine, "--format", "nagios", "--fail-on", "never", cwd=folder)
    assert (run.code, run.out.split(" - ")[0]) == (code, f"TRIAGE {word}")


@pytest.mark.parametrize("format_", ["markdown", "prometheus"])
def test_the_other_formats_are_written_as_any(folder: Path, format_: str) -> None:
    run = triage("check", "--engine", ENGINE, "--format", format_, "--output", "report", cwd=folder)
    assert (run.code, run.out) == (0, "")
    assert (folder / "report").read_text()
