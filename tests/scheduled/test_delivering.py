"""What a run leaves behind: files that are whole, an index of them, messages; and what is said of those that failed."""

import http.client
import json
import os
import resource
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.scheduled.hook import Answer, Hook, hook
from tests.scheduled.place import FOUND, HEALTHY, LOUD, Place
from tests.servers.process import free_port
from triage.reports import HEALTH_REPORTS

HOSTILE = ["../../up", "a/b", "a_b", "<b>", "a\nb", "\u202egnp", ".hidden", "..", "{date}", "x" * 300, "ü", "[a]*?"]


def output(path: str, format_: str = "text", *more: str) -> str:
    return "\n".join(["[[outputs]]", f"format = {json.dumps(format_)}", f"path = {json.dumps(path)}", *more, ""])


def message(it: Hook | str, *more: str) -> str:
    url = it if isinstance(it, str) else it.url
    return "\n".join(["[[outputs]]", 'format = "webhook"', f"url = {json.dumps(url)}", *more, ""])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


# Files


def test_any_number_of_outputs(place: Place) -> None:
    outputs = [output(f"out/{name}.txt", name) for name in HEALTH_REPORTS]
    run = place.says(*outputs, loud=LOUD, well=HEALTHY).run("--quiet")
    assert (run.code, run.out, run.err) == (1, "", "")
    assert place.files() == {f"out/{name}.txt" for name in HEALTH_REPORTS}
    for name in HEALTH_REPORTS:
        assert FOUND.encode() in (place.folder / f"out/{name}.txt").read_bytes(), name


def test_a_dash_is_stdout(place: Place) -> None:
    run = place.says(output("-", "json"), well=HEALTHY).run("--quiet")
    assert json.loads(run.out)["targets"][0]["name"] == "well"
    assert place.files() == set()


def test_the_places_in_a_path_are_those_of_the_run(place: Place) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    place.says(output("{date}/{target}-{time}.txt"), a=HEALTHY, b=HEALTHY).run("--quiet")
    at = {datetime.strptime(f"{name[:11]}{name[13:19]}Z", "%Y-%m-%d/%H%M%S%z") for name in place.files()}
    assert {name[11:13] for name in place.files()} == {"a-", "b-"}
    assert len(at) == 1
    assert before <= at.pop() <= datetime.now(UTC)


def test_no_name_of_a_target_leads_elsewhere_or_takes_anothers_place(place: Place) -> None:
    inside = place.folder / "in"
    inside.mkdir()
    deep = Place(inside)
    deep.says(output("out/{target}.json", "json"), **dict.fromkeys(HOSTILE, HEALTHY))
    run = deep.run("--quiet")
    assert (run.code, run.err) == (0, "")
    written = [json.loads((inside / name).read_bytes()) for name in deep.files()]
    assert {path.name for path in place.folder.iterdir()} == {"in"}
    assert all(name.startswith("out/") and not name.startswith("out/.") for name in deep.files())
    assert sorted(target["name"] for each in written for target in each["targets"]) == sorted(HOSTILE)


def test_a_plain_name_is_kept(place: Place) -> None:
    place.says(output("{target}.txt"), **{"shop-eu.1": HEALTHY}).run("--quiet")
    assert place.files() == {"shop-eu.1.txt"}


def test_what_cannot_be_written_is_said_and_the_rest_is_delivered(place: Place) -> None:
    (place.folder / "file").touch()
    (place.folder / "loop").symlink_to("loop")
    place.says(
        output("/dev/full"),
        output("file/inside.txt"),
        output("."),
        output("loop"),
        output(f"{'x' * 300}.txt"),
        output("nul\0.txt"),
        output("last.txt"),
        loud=LOUD,
    )
    run = place.report()
    assert run.code == 3
    assert run.ids("loud") == {FOUND}
    for name in ("/dev/full", "file", "loop", "x" * 300, "nul"):
        assert name in run.gaps()
    assert len(run.report["gaps"]) == 6
    assert run.err.count("Error: ") == run.err.count("Hint: ") == 6
    assert FOUND in (place.folder / "last.txt").read_text()


def test_a_full_disk_leaves_the_old_file(place: Place, small_disk: Path) -> None:
    old = small_disk / "health.json"
    old.write_text("the old one, whole")
    targets = {f"target {number}": LOUD for number in range(60)}
    run = place.says(output(str(old), "json"), output("beside.json", "json"), **targets).report()
    assert run.code == 3
    assert "No space left on device" in run.gaps()
    assert old.read_text() == "the old one, whole"
    assert [path.name for path in small_disk.iterdir()] == ["health.json"]
    assert (place.folder / "beside.json").stat().st_size > 64 * 1024


def test_a_file_that_may_not_grow_leaves_the_old_one(place: Place) -> None:
    old = place.folder / "health.json"
    old.write_text("the old one, whole")
    place.says(output("health.json", "json"), loud=LOUD)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        run = place.run("--no-history")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert run.code == 3
    assert "File too large" in run.err
    assert old.read_text() == "the old one, whole"
    assert place.files() == {"health.json"}


def test_what_a_killed_run_left_half_written_is_removed_when_it_is_old(place: Place) -> None:
    left, fresh = place.folder / ".health.txt.4711", place.folder / ".health.txt.4712"
    other = place.folder / ".health.txt.mine"
    for path in (left, fresh, other):
        path.write_text("half")
    for path in (left, other):
        os.utime(path, (time.time() - 7200, time.time() - 7200))
    place.says(output("health.txt"), well=HEALTHY).run("--quiet")
    assert place.files() == {"health.txt", fresh.name, other.name}


def test_a_file_keeps_its_permissions(place: Place) -> None:
    old = place.folder / "health.txt"
    old.write_text("old")
    old.chmod(0o640)
    place.says(output("health.txt"), well=HEALTHY).run("--quiet")
    assert old.read_text() != "old"
    assert old.stat().st_mode & 0o777 == 0o640


# The index


def test_the_index_links_all_reports_that_are_there(place: Place) -> None:
    past = place.folder / "reports" / "2026-01-01 <b> #1.html"
    past.parent.mkdir()
    past.write_text("past")
    run = place.says(output("reports/{date}.html", "html", 'index = "reports/index.html"'), well=HEALTHY).run("--quiet")
    assert (run.code, run.err) == (0, "")
    page = (place.folder / "reports/index.html").read_text()
    links = [unquote(part.split('"')[0]) for part in page.split('<a href="')[1:]]
    today = f"{datetime.now(UTC):%Y-%m-%d}.html"
    assert links == [today, past.name]
    assert "<b>" not in page


def test_the_index_begins_with_the_newest_whatever_a_path_begins_with(place: Place) -> None:
    reports = place.folder / "reports"
    reports.mkdir()
    for name in ("a-2026-01-02.html", "z-2026-01-01.html"):
        (reports / name).write_text("past")
    place.says(output("reports/{target}-{date}.html", "html", 'index = "reports/index.html"'), well=HEALTHY).run()
    page = (reports / "index.html").read_text()
    today = f"well-{datetime.now(UTC):%Y-%m-%d}.html"
    assert [part.split('"')[0] for part in page.split('<a href="')[1:]] == [
        today,
        "a-2026-01-02.html",
        "z-2026-01-01.html",
    ]


# Messages


def body(place: Place, *more: str, **targets: str) -> object:
    """What a message of a run says; None if there was none."""
    with hook() as it:
        run = place.says(message(it, *more), **targets).report()
        assert run.gaps() == ""
    return it.bodies[0] if it.bodies else None


def test_a_generic_message_has_what_a_script_needs(place: Place) -> None:
    said = body(place, loud=LOUD, well=HEALTHY)
    assert isinstance(said, dict)
    assert said["worst"] in {"warning", "info", "critical"}
    (finding,) = said["findings"]
    assert (finding["target"], finding["id"], finding["change"]) == ("loud", FOUND, "new")
    assert FOUND in said["text"]


def test_a_slack_message_calls_nobody(place: Place) -> None:
    said = body(place, 'style = "slack"', **{"<!channel> & co": LOUD})
    assert isinstance(said, dict)
    assert set(said) == {"text", "unfurl_links"}
    assert "&lt;!channel&gt; &amp; co: new echo-enabled" in said["text"]
    assert "<" not in said["text"]


def test_a_message_does_not_turn_around_what_follows(place: Place) -> None:
    with hook() as it:
        place.says(message(it, 'style = "slack"'), **{"\u202epohs": LOUD}).report()
    assert "\u202e" not in it.bodies[0]["text"]
    assert "\\u202epohs" in it.bodies[0]["text"]


def test_what_stays_unread_is_told_once_unless_all_is_asked_for(place: Place) -> None:
    with hook() as it:
        for only, loud in (
            ("new", "missing"),
            ("new", "missing"),
            ("all", "missing"),
            ("new", "engine"),
            ("new", "missing"),
        ):
            place.says(message(it, f'only = "{only}"'), shop=f'engine = "{loud}.toml"\nprocesses = 1\n').report()
    assert ["NOT LOOKED AT shop: there is no file" in said["text"] for said in it.bodies] == [True, True, True]


def test_only_what_is_new_is_told_unless_all_is_asked_for(place: Place) -> None:
    assert body(place, loud=LOUD) is not None
    assert body(place, loud=LOUD) is None
    assert body(place, 'only = "all"', loud=LOUD) is not None
    gone = body(place, loud=HEALTHY)
    assert isinstance(gone, dict)
    assert (gone["findings"], [each["id"] for each in gone["gone"]]) == ([], [FOUND])
    assert body(place, 'only = "all"', loud=HEALTHY) is None


def test_without_a_history_all_is_new(place: Place) -> None:
    with hook() as it:
        for _ in range(2):
            place.says(message(it), loud=LOUD).run("--no-history")
    assert len(it.bodies) == 2


def test_what_is_ignored_or_waits_is_not_told(place: Place) -> None:
    ignore = f'[[ignore]]\nfinding = "{FOUND}"\nreason = "on purpose"\n'
    with hook() as it:
        place.says(message(it), ignore, loud=LOUD).run()
        place.says(message(it), "[report]\nfor = 2\n", other=LOUD).run()
    assert it.bodies == []


def test_a_target_that_could_not_be_looked_at_is_told(place: Place) -> None:
    said = body(place, unset='url_env = "NOT_SET_AT_ALL"\n')
    assert isinstance(said, dict)
    assert "NOT LOOKED AT unset: the environment variable NOT_SET_AT_ALL is not set" in said["text"]
    assert said["title"] == "triage: the target could not be looked at"


def test_the_title_counts_no_target_as_seen_that_was_not(place: Place) -> None:
    said = body(place, unset='url_env = "NOT_SET_AT_ALL"\n', well=HEALTHY)
    assert isinstance(said, dict)
    assert said["title"] == "triage: nothing wrong was found in 1 target; 1 could not be looked at"


def test_a_message_that_fails_fails_nothing_and_is_said_everywhere(place: Place) -> None:
    port = free_port()
    place.says(
        message(f"http://127.0.0.1:{port}/services/s3cr3t", "retries = 2", 'only = "all"'),
        message("http://[s3cr3t", "retries = 1", 'only = "all"'),
        '[[outputs]]\nformat = "webhook"\nurl_env = "NOT_SET_AT_ALL"\nonly = "all"\n',
        output("health.txt"),
        loud=LOUD,
    )
    run = place.report()
    assert run.code == 1
    told = (place.folder / "health.txt").read_text()
    for where in (run.gaps(), run.err, " ".join(told.split())):
        assert "the message to 127.0.0.1 was not delivered after 2 attempts" in where
        assert "the webhook's URL is no http or https URL" in where
        assert "a message could not be sent: the environment variable NOT_SET_AT_ALL is not set" in where
        assert "s3cr3t" not in where
    assert run.err.count("Error: ") == 3


def test_a_message_is_sent_again(place: Place) -> None:
    with hook(Answer(code=500), Answer(code=429, headers={"Retry-After": "0"})) as it:
        run = place.says(message(it), loud=LOUD).report()
    assert (run.code, run.err, run.gaps()) == (1, "", "")
    assert len(it.bodies) == 3


def test_a_hook_that_hangs_is_waited_for_as_long_as_the_file_says(place: Place) -> None:
    with hook(Answer(seconds=10)) as it:
        run = place.says(message(it, "timeout_seconds = 1", "retries = 1"), loud=LOUD).report()
    assert run.code == 1
    assert "timed out" in run.gaps()


def test_the_local_server_is_a_real_one() -> None:
    with hook(Answer(code=418)) as it:
        connection = http.client.HTTPConnection("127.0.0.1", it.port)
        connection.request("POST", "/", body="{}")
        assert connection.getresponse().status == 418
        connection.close()
