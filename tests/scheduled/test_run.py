"""What a run makes of its looks: looks in a row, ignores, a history that can or cannot be used, a clock that goes back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from tests.incidents import bookstore, leaked
from tests.scheduled.place import FOUND, HEALTHY, LOUD, Place
from tests.scheduled.test_looking import url
from tests.servers.model import Database, Server
from triage.history.opening import VERSION_TABLE

TODAY = datetime.now(UTC).date()


def ignore(**said: str) -> str:
    fields = "".join(
        f"{name} = {value if name == 'until' else repr(value)}\n"
        for name, value in {"reason": "why not", **said}.items()
    )
    return f"[[ignore]]\n{fields}"


def sql(place: Place, statement: str) -> None:
    with closing(sqlite3.connect(place.history)) as connection, connection:
        connection.execute(statement)


# Looks in a row


def test_what_needs_three_looks_is_raised_in_the_third_and_not_after_a_break(place: Place) -> None:
    seen = []
    for said in (LOUD, LOUD, HEALTHY, LOUD, LOUD, LOUD, HEALTHY):
        run = place.says("[report]\nfor = 3\n", shop=said).report()
        seen.append((run.code, run.ids("shop"), [each["looks"] for each in run.target("shop")["pending"]]))
        last = run
    assert seen == [
        (0, set(), [1]),
        (0, set(), [2]),
        (0, set(), []),
        (0, set(), [1]),
        (0, set(), [2]),
        (1, {FOUND}, []),
        (0, set(), []),
    ]
    assert last.gone("shop") == [FOUND]


def test_a_target_may_need_fewer_looks_than_the_others(place: Place) -> None:
    run = place.says("[report]\nfor = 3\n", shop=f"{LOUD}for = 1\n", other=LOUD).report()
    assert (run.ids("shop"), run.ids("other")) == ({FOUND}, set())


def test_a_look_that_failed_neither_counts_nor_breaks_the_row(place: Place) -> None:
    for said in (LOUD, 'url_env = "NOT_SET_AT_ALL"\n'):
        run = place.says("[report]\nfor = 2\n", shop=said).report()
    assert (run.code, run.gone("shop")) == (3, [])
    run = place.says("[report]\nfor = 2\n", shop=LOUD).report()
    assert run.ids("shop") == {FOUND}


# Ignores


@pytest.mark.parametrize("said", [{"finding": FOUND}, {"finding": FOUND, "target": "sh*"}, {"key": "KEY"}])
def test_what_is_ignored_is_told_as_such_and_raises_nothing(place: Place, said: dict[str, str]) -> None:
    found = place.says(shop=LOUD).report("--no-history").target("shop")["report"]["findings"]
    until = str(TODAY)
    said = {name: found[0]["key"] if value == "KEY" else value for name, value in said.items()}
    run = place.says(ignore(**said, until=until), shop=LOUD, billing=LOUD).report()
    (each,) = run.target("shop")["ignored"]
    assert (each["finding"]["id"], each["reason"], each["until"]) == (FOUND, "why not", until)
    assert run.ids("shop") == set()
    assert run.ids("billing") == ({FOUND} if "target" in said else set())
    assert "why not" in place.run("--format", "text").out


@pytest.mark.parametrize(
    ("said", "is_ignored"),
    [
        ({"application": "night*"}, True),
        ({"application": "day*"}, False),
        ({"user": "*_app"}, True),
        ({"user": "nobody"}, False),
        ({"finding": "idle-in-transaction", "application": "night*", "user": "*_app"}, True),
        ({"finding": "long-transaction", "application": "night*"}, False),
    ],
)
def test_sessions_are_ignored_by_application_and_user(
    place: Place, postgres_database: Database, said: dict[str, str], is_ignored: bool
) -> None:
    bookstore(postgres_database.url)
    quick = "[thresholds.idle-in-transaction]\nnotice_seconds = 0\nwarning_seconds = 0\n"
    place.says(quick, ignore(**said), shop=url(postgres_database))
    with leaked(f"{postgres_database.url}?application_name=nightly", 2):
        run = place.report("--no-history")
    assert run.ids("shop") == (set() if is_ignored else {"idle-in-transaction"})
    assert len(run.target("shop")["ignored"]) == int(is_ignored)


def test_an_ignore_that_has_run_out_is_told_and_ignores_nothing(place: Place) -> None:
    yesterday = str(TODAY - timedelta(days=1))
    run = place.says(ignore(finding=FOUND, until=yesterday), shop=LOUD).report()
    assert (run.code, run.ids("shop")) == (1, {FOUND})
    assert f"an ignore has run out on {yesterday}: finding {FOUND} (why not)" in run.gaps()


# The history


def test_a_clock_that_went_back_is_said(place: Place) -> None:
    place.says(shop=LOUD).report()
    sql(place, f"UPDATE triage_runs SET at = at + {timedelta(days=400) // timedelta(microseconds=1)}")
    run = place.report()
    assert run.changes("shop") == {FOUND: "same"}
    assert "the clock went backwards: the last run was at 20" in run.gaps()
    assert run.code == 1


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (f"UPDATE {VERSION_TABLE} SET version_num = '9999'", "written by a newer triage"),
        (f"UPDATE {VERSION_TABLE} SET version_num = '0000'", "did not write"),
        ("DROP TABLE triage_runs", "no such table"),
        ("UPDATE triage_findings SET severity = 17", "did not write"),
        ("UPDATE triage_findings SET since = 'noon'", "did not write"),
        ("UPDATE triage_runs SET at = 9223372036854775807", "did not write"),
        ("UPDATE triage_measurements SET labels = '{' WHERE name = 'sessions_waiting'", "did not write"),
        (b"this is no database at all; " * 100, "not a database"),
        (b"SQLite format 3\0" + b"\xff" * 8000, "cannot be used"),
    ],
)
def test_a_history_that_cannot_be_used_is_said_and_the_report_is_made(
    place: Place, database_with_gauges: str, how: str | bytes, said: str
) -> None:
    place.says(shop=LOUD, live=database_with_gauges).report()
    if isinstance(how, bytes):
        place.history.write_bytes(how)
    else:
        sql(place, how)
    before = place.history.read_bytes()
    run = place.report()
    assert (run.code, run.ids("shop")) == (3, {FOUND})
    assert said in run.gaps()
    assert said in " ".join(run.err.split())
    if isinstance(how, bytes) or VERSION_TABLE in how:
        assert place.history.read_bytes() == before


@pytest.fixture
def database_with_gauges(postgresql18: Server) -> Iterator[str]:
    """A target that measures something."""
    with postgresql18.create_database() as database:
        yield url(database)


def test_a_history_that_may_not_be_written_to_still_compares(place: Place) -> None:
    place.says(shop=LOUD).report()
    run = place.report("--history", f"sqlite:///file:{place.history}?mode=ro&uri=true")
    assert run.code == 3
    assert run.changes("shop") == {FOUND: "same"}
    assert "readonly" in run.gaps()


@pytest.mark.parametrize(
    "where",
    ['url_env = "NOT_SET_AT_ALL"', 'url = "no url"', 'url = "postgresql://a:s3cr3t@127.0.0.1:1/x"', 'path = "."'],
)
def test_a_history_that_is_nowhere_fails_no_look(place: Place, where: str) -> None:
    run = place.says(f"[history]\n{where}\n", shop=LOUD).report()
    assert (run.code, run.ids("shop")) == (3, {FOUND})
    assert run.gaps()
    assert "s3cr3t" not in run.out + run.err


def test_a_server_keeps_a_history_as_well(place: Place, database: Database) -> None:
    for change in ("new", "same"):
        run = place.says(shop=LOUD).report("--history", database.url)
        assert (run.code, run.err, run.changes("shop")) == (1, "", {FOUND: change})
    assert not place.history.exists()


def test_what_is_too_old_is_forgotten(place: Place) -> None:
    for _ in range(3):
        place.says('[history]\nkeep = "1d"\n', shop=LOUD).report()
        sql(place, f"UPDATE triage_runs SET at = at - {timedelta(hours=20) // timedelta(microseconds=1)}")
    with closing(sqlite3.connect(place.history)) as connection:
        assert connection.execute("SELECT count(*) FROM triage_runs").fetchone() == (2,)
