"""What is remembered, on SQLite, PostgreSQL and MariaDB; and what is refused and never changed."""

import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.history.build import CRITICAL, WARNING, at, finding, gauge, report, run
from triage import history
from triage.config import History
from triage.errors import ConfigError, SourceError
from triage.evidence import Gap
from triage.health import Change
from triage.history import Store, tables
from triage.history.opening import HEAD, VERSION_TABLE

PLACES = (
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.postgresql),
    pytest.param("mariadb", marks=pytest.mark.mariadb),
)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[History]:
    """Somewhere to keep a history."""
    if request.param == "sqlite":
        yield History(path=str(tmp_path / "history.sqlite"))
        return
    with request.getfixturevalue(request.param).create_database() as database:
        yield History(url=database.url)


@pytest.fixture
def file(tmp_path: Path) -> History:
    return History(path=str(tmp_path / "history.sqlite"))


EVERYWHERE = pytest.mark.parametrize("place", PLACES, indirect=True)


@EVERYWHERE
def test_nothing_is_known_of_a_target_that_never_was(place: History, tmp_path: Path) -> None:
    with history.opened(place, tmp_path) as store:
        assert store.past("shop") == history.Past()
        assert store.told(at(-1)) == []


@EVERYWHERE
def test_a_run_is_remembered_with_all_that_the_next_one_has_to_know(place: History, tmp_path: Path) -> None:
    gauges = (gauge("sessions", 3, state="active"), gauge("sessions", 0, state="idle"))
    seen = report(finding(summary="ü \N{PILE OF POO} <b>", subject="a\0b\ud800"), finding("other"), gauges=gauges)
    with history.opened(place, tmp_path) as store:
        run(store, seen)
        run(store, report(), target="billing")
    with history.opened(place, tmp_path) as store:
        past = store.past("shop")
    assert past.at == at(0)
    assert set(past.findings) == {"leak", "other"}
    before = past.findings["leak"]
    assert (before.since, before.looks, before.told, before.severity) == (at(0), 1, True, WARNING)
    assert (before.summary, before.subject) == ("ü \N{PILE OF POO} <b>", "a\N{REPLACEMENT CHARACTER}b?")
    (sample,) = past.samples
    assert sorted(sample.gauges, key=lambda each: each.value) == sorted(gauges, key=lambda each: each.value)
    assert sample.findings[WARNING] == 2


@EVERYWHERE
def test_runs_follow_each_other(place: History, tmp_path: Path) -> None:
    with history.opened(place, tmp_path) as store:
        run(store, report(finding()))
        _, worse = run(store, report(finding(severity=CRITICAL), hour=1))
        _, empty = run(store, report(hour=2))
        past = store.past("shop")
        told = store.told(at(-1))
        assert store.told(at(1.5)) == []
    assert worse.trends["leak"].change is Change.WORSE
    assert [gone.key for gone in empty.gone] == ["leak"]
    assert [sample.at for sample in past.samples] == [at(0), at(1), at(2)]
    (only,) = told
    assert (only.key, only.severity, only.since, only.last_seen, only.is_there) == (
        "leak",
        CRITICAL,
        at(0),
        at(1),
        False,
    )


@EVERYWHERE
def test_what_has_gone_and_waits_to_be_raised_again_is_gone(place: History, tmp_path: Path) -> None:
    with history.opened(place, tmp_path) as store:
        for hour in (0, 1):
            run(store, report(finding(), hour=hour), needed=2)
        run(store, report(hour=2), needed=2)
        run(store, report(finding(), hour=3), needed=2)
        (told,) = store.told(at(-1))
    assert (told.since, told.last_seen, told.is_there) == (at(0), at(1), False)


@EVERYWHERE
def test_names_that_a_collation_takes_for_one_are_two(place: History, tmp_path: Path) -> None:
    with history.opened(place, tmp_path) as store:
        run(store, report(finding()), target="shop")
        run(store, report(), target="Shop")
        assert store.past("shop").findings.keys() == {"leak"}
        assert set(store.targets()) == {"Shop", "shop"}


@EVERYWHERE
def test_a_name_that_a_database_cannot_store_is_remembered(place: History, tmp_path: Path) -> None:
    with history.opened(place, tmp_path) as store:
        run(store, report(finding()), target="a\0b")
        assert store.past("a\0b").findings.keys() == {"leak"}


@EVERYWHERE
def test_what_is_too_old_is_forgotten_but_for_the_last_look_of_each_target(place: History, tmp_path: Path) -> None:
    with history.opened(place, tmp_path) as store:
        for hour in range(5):
            run(store, report(finding(), hour=hour, gauges=(gauge("sessions", hour),)))
        run(store, report(finding()), target="stopped")
        store.forget(timedelta(hours=2), at(4))
        assert [sample.at for sample in store.past("shop").samples] == [at(2), at(3), at(4)]
        assert store.past("stopped").findings["leak"].since == at(0)
        assert store.past("shop").findings["leak"].since == at(0)


@EVERYWHERE
def test_a_look_that_saw_nothing_at_all_is_not_the_one_before(place: History, tmp_path: Path) -> None:
    with history.opened(place, tmp_path) as store:
        run(store, report(finding()))
        run(store, report(hour=1, sources=()))
        assert store.past("shop").at == at(0)
        assert not store.past("shop").unread
        run(store, report(hour=1, sources=(), gaps=(Gap(source="db", reason="gone", hint="see", unread=True),)))
        assert store.past("shop").at == at(0)
        assert store.past("shop").unread
        _, seen = run(store, report(finding(), hour=2))
    assert (seen.trends["leak"].change, seen.trends["leak"].looks) == (Change.SAME, 2)


@EVERYWHERE
def test_a_clock_that_went_back_does_not_hide_the_last_run(place: History, tmp_path: Path) -> None:
    with history.opened(place, tmp_path) as store:
        run(store, report(finding(), hour=5))
        run(store, report(finding(severity=CRITICAL), hour=1))
        assert store.past("shop").findings["leak"].severity is CRITICAL


@EVERYWHERE
def test_many_runs_at_once_find_the_tables_made_once_and_are_all_remembered(place: History, tmp_path: Path) -> None:
    failed: list[Exception] = []

    def one(number: int) -> None:
        try:
            with history.opened(place, tmp_path) as store:
                run(store, report(finding()), target=f"target {number}")
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with history.opened(place, tmp_path) as store:
        assert store.targets() == [f"target {number}" for number in range(6)]


@EVERYWHERE
def test_the_migrations_make_the_tables_that_are_used(place: History, tmp_path: Path) -> None:
    with history.opened(place, tmp_path) as store:
        inspector = sa.inspect(store._engine)
        for table in tables.metadata.sorted_tables:
            columns = {column["name"]: column["nullable"] for column in inspector.get_columns(table.name)}
            assert columns == {column.name: column.nullable for column in table.columns}
            assert {index.name for index in table.indexes} <= {
                each["name"] for each in inspector.get_indexes(table.name)
            }
        assert set(inspector.get_table_names()) == {*tables.metadata.tables, VERSION_TABLE}


def test_its_newest_version_is_that_of_the_migrations() -> None:
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    assert ScriptDirectory(str(Path(history.__file__).parent / "migrations")).get_heads() == [HEAD]


# What is refused


def test_a_file_that_is_no_history_is_left_as_it_is(file: History, tmp_path: Path) -> None:
    assert file.path
    Path(file.path).write_bytes(b"these are my notes, which are longer than a page's header has bytes; " * 20)
    before = Path(file.path).read_bytes()
    with pytest.raises(SourceError, match=r"file is not a database") as caught, history.opened(file, tmp_path):
        pass
    assert "move it away" in caught.value.hint
    assert Path(file.path).read_bytes() == before


def test_one_that_a_newer_triage_wrote_is_left_as_it_is(file: History, tmp_path: Path) -> None:
    assert file.path
    with history.opened(file, tmp_path):
        pass
    with closing(sqlite3.connect(file.path)) as connection, connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    before = Path(file.path).read_bytes()
    with pytest.raises(SourceError, match="written by a newer triage") as caught, history.opened(file, tmp_path):
        pass
    assert "upgrade triage" in caught.value.hint
    assert Path(file.path).read_bytes() == before


def test_one_that_cannot_be_written_to_says_so(file: History, tmp_path: Path) -> None:
    with history.opened(file, tmp_path) as store:
        run(store, report(finding()))
    locked = History(url=f"sqlite:///file:{file.path}?mode=ro&uri=true")
    with history.opened(locked, tmp_path) as store:
        assert set(store.past("shop").findings) == {"leak"}
        with pytest.raises(SourceError, match="readonly") as caught:
            run(store, report(finding()))
    assert "writable" in caught.value.hint


def test_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    place = History(path=str(tmp_path / "missing" / "history.sqlite"))
    with pytest.raises(SourceError, match="unable to open") as caught, history.opened(place, tmp_path):
        pass
    assert "folder" in caught.value.hint


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("no url", ConfigError),
        ("oracle+nothing://app@db/x", ConfigError),
        ("postgresql://app:secret@127.0.0.1:1/x", SourceError),
        ("mysql://app:secret@127.0.0.1:1/x", SourceError),
    ],
)
def test_a_url_that_leads_nowhere_says_so_without_its_password(
    url: str, error: type[ConfigError | SourceError], tmp_path: Path
) -> None:
    with pytest.raises(error) as caught, history.opened(History(url=url), tmp_path):
        pass
    assert "secret" not in caught.value.message + caught.value.hint


def test_without_a_word_it_lies_in_the_folder(tmp_path: Path) -> None:
    with history.opened(History(), tmp_path) as store:
        assert store.name.endswith("triage-history.sqlite")
    assert (tmp_path / "triage-history.sqlite").exists()


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from sqlalchemy import event
    from tests.history.build import finding, report, run
    from triage import history
    from triage.config import History

    with history.opened(History(path=sys.argv[1]), Path(".")) as store:
        number = 0

        @event.listens_for(store._engine, "after_cursor_execute")
        def _count(*_):
            global number
            number += 1
            if number == int(sys.argv[2]):
                os.kill(os.getpid(), signal.SIGKILL)

        run(store, report(*(finding(f"leak {each}") for each in range(50)), hour=1))
    print("done")
"""


@pytest.mark.parametrize("statement", range(1, 9))
def test_a_kill_at_any_moment_loses_the_run_under_way_at_most(file: History, tmp_path: Path, statement: int) -> None:
    assert file.path
    with history.opened(file, tmp_path) as store:
        run(store, report(finding()))
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), file.path, str(statement)],
        capture_output=True,
        text=True,
        check=False,
    )
    with history.opened(file, tmp_path) as store:
        known = set(store.past("shop").findings)
    if done.returncode == -signal.SIGKILL:
        assert known == {"leak"}
    else:
        assert "done" in done.stdout, done.stderr
        assert len(known) == 50


def test_the_store_says_what_the_database_said(file: History, tmp_path: Path) -> None:
    with history.opened(file, tmp_path) as store:
        assert isinstance(store, Store)
        with closing(sqlite3.connect(str(file.path))) as connection, connection:
            connection.execute("DROP TABLE triage_measurements")
        with pytest.raises(SourceError, match="no such table"):
            run(store, report(finding(), gauges=(gauge("sessions", 1),)))
