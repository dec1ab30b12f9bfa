"""Where a report is written to."""

import os
import pty
import stat
import subprocess
import sys
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


def test_a_stdout_that_takes_no_scheduled_report_is_an_error(folder: Path) -> None:
    (folder / "triage.toml").write_text(f'[targets.shop]\nengine = "{ENGINE}"\n')
    command = f"{sys.executable} -m triage report >/dev/full"
    run = subprocess.run(["/bin/sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.splitlines() == [
        "Error: the report could not be written: No space left on device",
        "Hint: name a file with --output",
    ]


@pytest.mark.parametrize(
    ("redirection", "reason"), [(">&-", "stdout is closed"), (">/dev/full", "No space left on device")]
)
@pytest.mark.parametrize("format_", ["text", "json"])
def test_a_stdout_that_takes_nothing_is_an_error(folder: Path, redirection: str, reason: str, format_: str) -> None:
    command = f"{sys.executable} -m triage check --engine {ENGINE} --format {format_} {redirection}"
    run = subprocess.run(["/bin/sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.splitlines() == [
        f"Error: the report could not be written: {reason}",
        "Hint: name a file with --output",
    ]


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


def on_a_terminal(source: str, environment: dict[str, str]) -> bytes:
    """What a program prints on a terminal."""
    ours, its = pty.openpty()
    with os.fdopen(its, "wb", buffering=0) as stdout:
        subprocess.run([sys.executable, "-c", source], stdout=stdout, check=True, env=os.environ | environment)
        with os.fdopen(ours, "rb", buffering=0) as printed:
            return printed.read(1000)


def test_no_color_is_heeded_by_the_demo_too() -> None:
    source = "from triage.cli.demo import _say; _say('The server is stopped')"
    assert b"\x1b" in on_a_terminal(source, {})
    assert b"\x1b" not in on_a_terminal(source, {"NO_COLOR": "1"})
