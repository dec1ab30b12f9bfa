"""Two runs do not go on at once, and whoever died locks nobody out."""

import fcntl
import os
import signal
import time
from pathlib import Path

import pytest

from tests.incidents import eventually
from tests.querylogs.build import Log
from tests.scheduled.place import HEALTHY, Place
from tests.scheduled.test_looking import left_of


@pytest.fixture
def hanging(place: Place) -> Place:
    """A place where a run goes on until it is ended."""
    os.mkfifo(place.folder / "app.log")
    return place.says(hung='app_logs = "app.log"\n', well=HEALTHY)


def is_locked(place: Place) -> bool:
    path = place.folder / "triage.lock"
    if not path.exists():
        return False
    with path.open("r+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def test_a_second_run_says_which_is_going_on_and_touches_nothing(hanging: Place) -> None:
    with hanging.running() as process:
        eventually(lambda: is_locked(hanging), 30)
        run = hanging.run("--target", "well")
        assert (run.code, run.out) == (3, "")
        first, second = run.err.splitlines()
        assert first.startswith(f"Error: another run is going on (process {process.pid} since ")
        assert second.startswith("Hint: wait for it")
        assert not hanging.history.exists()
        assert process.poll() is None
    run = hanging.run("--target", "well")
    assert (run.code, run.err) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_ended_leaves_nothing(hanging: Place, number: signal.Signals) -> None:
    hanging.says(
        '[[outputs]]\nformat = "text"\npath = "reports/health.txt"\n', hung='app_logs = "app.log"\n', well=HEALTHY
    )
    with hanging.running() as process:
        eventually(lambda: is_locked(hanging), 30)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        assert process.returncode == {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130}[number]
        assert (out, err.strip()) == ("", "")
        assert left_of(process.pid) == []
    assert hanging.files() == set()
    assert not is_locked(hanging)
    assert hanging.run("--target", "well").code == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_processes_that_read_a_log_end_with_the_run(place: Place, number: signal.Signals) -> None:
    log = Log().connect(1)
    for line in range(1000):
        log.run(1, "BEGIN", f"SELECT authors.id FROM authors WHERE authors.id = {line}", "COMMIT")
    with (place.folder / "postgresql.log").open("wb") as file:
        for _ in range(1500):
            file.write(log.content())
    place.says(long='logs = "postgresql.log"\n')
    with place.running() as process:
        eventually(lambda: len(left_of(process.pid)) > 1, 30)
        time.sleep(0.5)
        process.send_signal(number)
        process.wait(30)
        eventually(lambda: left_of(process.pid) == [], 30)
    assert not is_locked(place)


def test_a_file_left_behind_locks_nobody_out(place: Place) -> None:
    (place.folder / "triage.lock").write_text("process 1 since 2020-01-01 00:00:00 UTC, and a long story\n")
    assert place.says(well=HEALTHY).run().code == 0
    assert (place.folder / "triage.lock").read_text().startswith("process ")
    assert "story" not in (place.folder / "triage.lock").read_text()


def test_one_that_cannot_be_made_says_so(place: Place) -> None:
    run = place.says('[report]\nlock = "missing/triage.lock"\n', well=HEALTHY).run()
    assert run.code == 2
    assert "missing/triage.lock cannot be made" in run.err
    assert "set lock in [report]" in run.err


def test_a_name_that_can_be_none_says_so(place: Place) -> None:
    run = place.says('[report]\nlock = "a\\u0000b"\n', well=HEALTHY).run()
    assert run.code == 2
    assert run.err.splitlines()[0].endswith("cannot be made: embedded null byte")


def test_runs_of_different_files_do_not_wait_for_each_other(hanging: Place, tmp_path: Path) -> None:
    other = Place(tmp_path / "other")
    other.folder.mkdir()
    with hanging.running():
        eventually(lambda: is_locked(hanging), 30)
        assert other.says(well=HEALTHY).run().code == 0
