"""Many targets at once: one that cannot be looked at, hangs or breaks is told, and the others are reported."""

import json
import os
import time
from pathlib import Path

import pytest

from tests.incidents import bookstore, leaked
from tests.querylogs.build import Log
from tests.scheduled.place import FOUND, HEALTHY, LOUD, Place
from tests.servers.fixtures import PrivateServer
from tests.servers.model import Database, Server
from tests.servers.process import free_port

LIMITED = "limit_seconds = 2\n"


def url(database: Database) -> str:
    return f"url = {json.dumps(database.url)}\n"


def test_healthy_databases_are_reported_as_such(place: Place, database: Database) -> None:
    run = place.says(one=url(database), two=url(database)).report()
    assert (run.code, run.err) == (0, "")
    assert [target["name"] for target in run.report["targets"]] == ["one", "two"]
    assert run.ids("one") == run.ids("two") == set()
    assert run.target("one")["gauges"]
    assert run.target("one")["elapsed_ms"] > 0


def test_a_target_whose_server_hangs_is_cut_off_and_the_others_are_reported(
    place: Place, private_server: PrivateServer
) -> None:
    server = private_server("postgresql")
    place.says(hung=f'url = "{server.admin_url}"\ntimeout_seconds = 300\n{LIMITED}', loud=LOUD)
    with server.frozen():
        began = time.monotonic()
        run = place.report()
    assert time.monotonic() - began < 30
    assert run.code == 3
    assert "did not come to an end in 2 s" in run.gaps("hung")
    assert run.ids("loud") == {FOUND}
    assert "Error: hung: the look at hung did not come to an end in 2 s" in run.err


def test_what_hangs_without_a_bound_of_its_own_holds_nobody_up(place: Place) -> None:
    os.mkfifo(place.folder / "app.log")  # nobody will ever write into it
    place.says(f"[report]\nworkers = 1\n{LIMITED}", a=HEALTHY, hung='app_logs = "app.log"\n', z=LOUD)
    began = time.monotonic()
    run = place.report()
    assert time.monotonic() - began < 30
    assert "did not come to an end" in run.gaps("hung")
    assert run.ids("z") == {FOUND}
    assert not run.target("hung")["report"]["sources"]


def test_a_log_that_is_too_long_to_be_read_is_left_with_the_processes_that_read_it(place: Place) -> None:
    log = Log().connect(1)
    for number in range(1000):
        log.run(1, "BEGIN", f"SELECT authors.id FROM authors WHERE authors.id = {number}", "COMMIT")
    with (place.folder / "postgresql.log").open("wb") as file:
        for _ in range(1500):
            file.write(log.content())
    place.says(long=f'logs = "postgresql.log"\n{LIMITED}', short=HEALTHY)
    with place.running("--format", "json") as process:
        began = time.monotonic()
        out, err = process.communicate(timeout=60)
        assert time.monotonic() - began < 30
        assert len(json.loads(out)["targets"]) == 2
        assert process.returncode == 3
        assert err.splitlines() == [
            "Error: long: the look at long did not come to an end in 2 s",
            "Hint: see whether its server or its logs' storage hangs; limit_seconds is the bound",
        ]
        assert left_of(process.pid) == []


def left_of(group: int) -> list[str]:
    """The processes of a process group."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue  # it has ended meanwhile
        state, _, its_group = rest.split()[:3]
        if int(its_group) == group and state != "Z":
            found.append(name)
    return found


def test_targets_that_cannot_be_looked_at_say_why(place: Place, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("raise SystemExit('no')\n")
    place.says(
        unset='url_env = "NOT_SET_AT_ALL"\n',
        gone=f'url = "postgresql://app:s3cr3t@127.0.0.1:{free_port()}/shop"\n',
        missing='url_file = "nowhere"\n',
        empty="processes = 2\n",
        none='url = "no url"\n',
        broken='engine = "app:engine"\n',
        log='logs = "nowhere.log"\n',
        loud=LOUD,
    )
    run = place.report()
    assert run.code == 3
    assert "the environment variable NOT_SET_AT_ALL is not set" in run.gaps("unset")
    assert "nowhere cannot be read" in run.gaps("missing")
    assert "says nothing to look at" in run.gaps("empty")
    assert "app cannot be imported: SystemExit: no" in run.gaps("broken")
    assert "s3cr3t" not in run.out + run.err
    for name in ("unset", "gone", "missing", "empty", "none", "broken", "log"):
        assert f"Error: {name}: " in run.err
        assert run.ids(name) == set()
    assert run.ids("loud") == {FOUND}


def test_a_detector_that_raises_leaves_the_others(place: Place, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "from triage.detectors.echo_enabled import EchoEnabled\n"
        "def detect(self, evidence):\n    raise RuntimeError('mistaken')\n"
        "EchoEnabled.detect = detect\n"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    run = place.says(loud=LOUD).report(environment={"PYTHONPATH": path})
    (skipped,) = [each for each in run.target("loud")["report"]["skipped"] if each["detector"] == FOUND]
    assert "mistaken" in skipped["reason"]
    assert run.code == 0


def test_a_collector_that_raises_leaves_the_other_targets(place: Place, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import triage.scheduled.looking as looking\n"
        "real = looking.question_of\n"
        "def question_of(target, now):\n"
        "    if target.processes == 7:\n        raise RuntimeError('mistaken')\n"
        "    return real(target, now)\n"
        "looking.question_of = question_of\n"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    place.says(bad=HEALTHY.replace("1", "7"), loud=LOUD)
    run = place.report(environment={"PYTHONPATH": path})
    assert run.code == 3
    assert "the look at bad failed: RuntimeError: mistaken" in run.gaps("bad")
    assert run.ids("loud") == {FOUND}


def test_apps_that_are_imported_at_once_leave_the_report_on_stdout(place: Place, tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / f"app{number}.py").write_text(
            f"import time\nprint('hello')\ntime.sleep(0.{1 + number})\nfrom sqlalchemy import create_engine\n"
            "engine = create_engine('postgresql+psycopg2://db/shop', echo=True, pool_pre_ping=True)\n"
        )
    (tmp_path / "hangs.py").write_text("import time\nprint('hello')\ntime.sleep(60)\n")
    targets = {f"app{number}": f'engine = "app{number}:engine"\nprocesses = 1\n' for number in range(6)}
    run = place.says(hangs=f'engine = "hangs:engine"\n{LIMITED}', **targets).report()
    assert [run.ids(name) for name in targets] == [{FOUND}] * 6
    assert "did not come to an end" in run.gaps("hangs")
    assert run.err.count("hello") == 7


@pytest.mark.parametrize("workers", [1, 4])
def test_no_more_are_looked_at_at_once_than_workers(place: Place, server: Server, workers: int) -> None:
    """The server counts: each look is one session, and stays until it has slept."""
    with server.create_database() as database:
        place.says(f"[report]\nworkers = {workers}\n", **{f"t{number}": url(database) for number in range(12)})
        with place.running() as process:
            most = 0
            while process.poll() is None:
                most = max(most, sessions(database))
            assert process.returncode == 0
    assert most <= workers


def sessions(database: Database) -> int:
    query = (
        f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{database.user}'"
        if database.server.backend == "postgresql"
        else f"SELECT count(*) FROM information_schema.processlist WHERE user = '{database.user}' AND command <> 'Killed'"
    )
    return int(database.server.admin(query)[0][0])


def test_a_leak_between_two_runs_is_new_in_the_second_and_gone_in_the_third(place: Place, database: Database) -> None:
    bookstore(database.url)
    place.says("[thresholds.idle-in-transaction]\nnotice_seconds = 0\nwarning_seconds = 0\n", shop=url(database))
    first = place.report()
    assert (first.code, first.ids("shop")) == (0, set())
    with leaked(database.url):
        second = place.report()
        text = place.run("--format", "text", "--no-history")
        again = place.report()
    third = place.report()
    fourth = place.run("--format", "text")
    assert second.code == 1
    assert second.changes("shop") == {"idle-in-transaction": "new"}
    assert again.changes("shop") == {"idle-in-transaction": "same"}
    (trend,) = again.target("shop")["trends"].values()
    assert trend["looks"] == 2
    assert "idle-in-transaction" in text.out
    assert (third.code, third.gone("shop")) == (0, ["idle-in-transaction"])
    assert (fourth.code, "gone" in fourth.out) == (0, False)
