"""`triage report` as cron, systemd and people call it; what its run does is in tests/scheduled."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scheduled.place import FOUND, HEALTHY, LOUD, Place

UNSET = 'url_env = "NOT_SET_AT_ALL"\n'


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path).says(
        loud=f'{LOUD}tags = ["prod", "shop"]\n', well=f'{HEALTHY}tags = ["prod"]\n', other=HEALTHY
    )


def names(place: Place, *arguments: str) -> list[str]:
    return [target["name"] for target in place.report("--fail-on", "never", *arguments).report["targets"]]


def test_the_exit_codes(place: Place) -> None:
    assert place.run("--target", "well").code == 0
    assert place.run().code == 1
    assert place.run("--fail-on", "never").code == 0
    assert place.run("--fail-on", "critical").code == 0
    assert place.run("--target", "wel").code == 2
    place.says(unset='url_env = "NOT_SET_AT_ALL"\n', loud=LOUD)
    assert place.run().code == 3
    assert place.run("--fail-on", "never").code == 3


def test_targets_are_chosen_by_name_and_tag(place: Place) -> None:
    assert names(place) == ["loud", "well", "other"]
    assert names(place, "--target", "other", "--target", "well") == ["other", "well"]
    assert names(place, "--tag", "prod") == ["loud", "well"]
    assert names(place, "--tag", "shop", "--tag", "prod") == ["loud", "well"]
    assert names(place, "--target", "well", "--tag", "prod") == ["well"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--target", "wel"), "did you mean well?"),
        (("--tag", "prd"), "did you mean prod?"),
        (("--target", "other", "--tag", "prod"), "no target named with --target has the tag prod"),
        (("--history", "x.sqlite", "--no-history"), "both --history and --no-history"),
    ],
)
def test_wrong_use_is_said_before_anything_is_looked_at(place: Place, arguments: tuple[str, ...], said: str) -> None:
    run = place.run(*arguments)
    assert (run.code, run.out) == (2, "")
    assert said in run.err
    assert run.err.count("\n") == 2
    assert not place.history.exists()


def test_quiet_prints_only_what_failed(place: Place) -> None:
    run = place.run("--quiet")
    assert (run.code, run.out, run.err) == (1, "", "")
    run = place.says(unset='url_env = "NOT_SET_AT_ALL"\n').run("--quiet")
    assert (run.code, run.out) == (3, "")
    assert run.err == "Error: unset: the environment variable NOT_SET_AT_ALL is not set\nHint: set it to the URL\n"


def test_a_file_instead_of_stdout(place: Place) -> None:
    run = place.run("--quiet", "--format", "json", "--output", "health.json")
    assert (run.code, run.out) == (1, "")
    assert FOUND in (place.folder / "health.json").read_text()


def test_without_a_history_nothing_is_remembered(place: Place) -> None:
    run = place.report("--no-history")
    assert run.target("loud")["trends"] == {}
    assert not place.history.exists()


def test_a_history_elsewhere(place: Place) -> None:
    for change in ("new", "same"):
        assert place.report("--history", "elsewhere.sqlite").changes("loud") == {FOUND: change}
    assert not place.history.exists()


def test_a_reader_that_has_read_enough_is_no_failure(place: Place) -> None:
    with place.running("--format", "json") as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.wait(60) in {1, 141}  # click has an exit code of its own for it
        assert process.stderr.read() == ""


def test_a_closed_stdout_is_no_failure_of_the_run(place: Place) -> None:
    done = subprocess.run(
        ["sh", "-c", f"exec {sys.executable} -m triage report --config {place.config} >&-"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=place.folder,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert place.history.exists()


def on_a_terminal(place: Place) -> str:
    """What a terminal on stderr gets."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "triage", "report", "--config", str(place.config)],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        cwd=place.folder,
        env=os.environ | {"TERM": "xterm"},
    )
    os.close(theirs)
    parts: list[bytes] = []
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    process.wait()
    os.close(ours)
    return b"".join(parts).decode()


def test_whoever_watches_sees_how_far_it_has_come(place: Place) -> None:
    shown = on_a_terminal(place)
    assert "Looking" in shown
    assert "100%" in shown
    assert "well" in shown


def test_a_name_does_not_move_the_cursor(place: Place) -> None:
    place.says(**{"a\x1b[2Jb\nc": HEALTHY})
    shown = on_a_terminal(place)
    assert "\x1b[2J" not in shown


def test_the_json_names_every_target_and_is_json(place: Place) -> None:
    place.says(**{"\u202e<b>\x07 ü": HEALTHY})
    assert [each["name"] for each in json.loads(place.run("--format", "json").out)["targets"]] == ["\u202e<b>\x07 ü"]


@pytest.mark.parametrize(
    ("targets", "first"),
    [
        ({"unset": UNSET}, "The target could not be looked at; "),
        ({"unset": UNSET, "other": UNSET}, "None of 2 targets could be looked at; "),
        ({"unset": UNSET, "well": HEALTHY}, "Nothing wrong was found in 1 target; 1 could not be looked at; "),
        ({"unset": UNSET, "loud": LOUD}, "1 warning in 1 target; 1 new or worse; 1 could not be looked at; "),
    ],
)
def test_the_first_line_counts_no_target_as_seen_that_was_not(
    place: Place, targets: dict[str, str], first: str
) -> None:
    said = " ".join(place.says(**targets).run().out.split())
    assert said.startswith(first)


def test_a_target_that_cannot_be_reached_is_said_in_one_sentence(place: Place) -> None:
    run = place.says(down='url = "postgresql://app@127.0.0.1:1/shop"\n').run()
    _, _, said = run.out.partition("down: could not be looked at")
    assert said.count("unseen") == 1
    assert "Connection refused" in said


@pytest.mark.parametrize("arguments", [("report",), ("config", "schema"), ("history",), ("schema",)])
def test_a_full_stdout_is_no_mistake_of_triage(place: Place, arguments: tuple[str, ...]) -> None:
    place.run()
    command = [sys.executable, "-m", "triage", *arguments]
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(command, cwd=place.folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert run.returncode == 2
    assert "No space left on device" in run.stderr
    assert "mistake" not in run.stderr
    assert run.stderr.count("\n") == 2


def test_an_output_to_a_full_stdout_is_no_mistake_of_triage(place: Place) -> None:
    place.says('[[outputs]]\nformat = "text"\npath = "-"\n', well=HEALTHY)
    command = [sys.executable, "-m", "triage", "report", "--quiet"]
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(command, cwd=place.folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert run.returncode == 3
    assert run.stderr.splitlines()[0] == "Error: the report could not be written: No space left on device"
    assert "mistake" not in run.stderr
