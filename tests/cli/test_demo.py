"""The demo shows failures and their end, and leaves nothing running, whenever it is stopped."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from tests.cli.run import triage
from triage import runbooks
from triage.demo.embedded import embedded_postgresql

WITH_RUNBOOKS_OF = """
import sys
from pathlib import Path
from triage import runbooks
folder = Path(sys.argv.pop(1))
runbooks.shipped_folder = lambda: folder
from triage.cli import main
main()
"""


def test_it_shows_the_leak_and_then_a_clean_report() -> None:
    run = triage("demo")
    leak, page = run.out.split("Another bookstore")
    broken, fixed = leak.split("The same bookstore with the fix")
    lazy, eager = page.split("The same page with the loader")
    assert run.code == 0
    assert "QueuePool limit of size 5 overflow 10 reached" in broken
    assert "CRITICAL  idle-in-transaction" in broken
    assert "triage runbook show session-leak" in broken
    assert "100 requests: no error" in fixed
    assert "Nothing wrong was found" in fixed
    assert "Author.books" in lazy
    assert "selectinload(Author.books)" in lazy
    assert "Nothing wrong was found" in eager


def test_it_shows_every_look_at_every_app_of_a_runbook() -> None:
    book = runbooks.load()["n-plus-one"]
    looks = [found for proofs in book.apps("postgresql").values() for proof in proofs for found in proof.looks.values()]
    run = triage("demo", book.id)
    assert run.code == 0
    assert run.out.count("\n$ triage ") == 2 * len(looks)
    assert run.out.count("Nothing wrong was found") == len(looks) + looks.count(frozenset())
    assert run.out.count("WARNING  n-plus-one") == sum("n-plus-one" in found for found in looks)
    assert "  app: 5 requests: 20 authors each\n" in run.out
    assert "triage runbook show n-plus-one" in run.out


def test_the_log_of_its_server_shows_the_connections() -> None:
    run = triage("demo", "engine-per-request")
    assert "This is not what was to be seen" not in run.out
    assert run.code == 0


def test_a_fixed_app_that_is_not_fixed_fails_it(tmp_path: Path) -> None:
    books = tmp_path / "runbooks"
    shutil.copytree(runbooks.shipped_folder(), books)
    shutil.copy(books / "n-plus-one" / "broken.py", books / "n-plus-one" / "fixed.py")
    run = subprocess.run(
        [sys.executable, "-c", WITH_RUNBOOKS_OF, books, "demo", "n-plus-one"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 1, run.stderr
    assert "This is not what was to be seen: nothing." in run.stdout


def test_it_lists_the_runbooks_that_it_can_run() -> None:
    run = triage("demo", "--list")
    listed = [line.split()[0] for line in run.out.splitlines()[2:] if not line.startswith(" ")]
    assert run.code == 0
    assert listed == [book.id for book in runbooks.load().values() if book.apps("postgresql")]


def test_a_runbook_that_is_not_there_is_an_error() -> None:
    run = triage("demo", "n-plus-on")
    assert run.code == 2
    assert run.err.splitlines() == ["Error: there is no runbook n-plus-on", "Hint: did you mean n-plus-one?"]


def test_a_runbook_without_an_app_on_postgresql_is_an_error(tmp_path: Path) -> None:
    book = tmp_path / "ours" / "runbook.md"
    book.parent.mkdir()
    book.write_text(
        "---\nid: ours\ntitle: ours\nfindings: [a]\nproof: [{app: broken.py, check: [a], backends: [mysql]}]\n---\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", WITH_RUNBOOKS_OF, tmp_path, "demo", "ours"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert run.stderr.splitlines() == [
        "Error: the runbook ours has no app that runs on PostgreSQL",
        "Hint: triage demo --list names those that have",
    ]


@pytest.mark.parametrize("driver", ["psycopg2", "psycopg", "asyncpg"])
def test_its_texts_are_texts_whatever_the_driver(driver: str) -> None:
    with embedded_postgresql() as server, server.database() as database:
        url = make_url(database.url).set(drivername=f"postgresql+{driver}")

        async def ask_asyncpg() -> object:
            engine = create_async_engine(url)
            async with engine.connect() as connection:
                answer: object = (await connection.exec_driver_sql("SELECT 'Łódź'::text")).scalar()
            await engine.dispose()
            return answer

        def ask() -> object:
            engine = create_engine(url)
            with engine.connect() as connection:
                answer: object = connection.exec_driver_sql("SELECT 'Łódź'::text").scalar()
            engine.dispose()
            return answer

        assert (asyncio.run(ask_asyncpg()) if driver == "asyncpg" else ask()) == "Łódź"


def test_what_an_app_leaves_in_its_database_goes_with_it() -> None:
    with embedded_postgresql() as server:
        for _ in range(2):
            with server.database() as database:
                engine = create_engine(database.url)
                connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                for statement in ("CREATE TABLE t (id int)", "BEGIN", "LOCK TABLE t", "PREPARE TRANSACTION 'left'"):
                    connection.exec_driver_sql(statement)
                assert connection.exec_driver_sql("SELECT current_user || ' ' || current_database()").scalar() == (
                    "shop shop"
                )
        host = make_url(server.url)
        with psycopg2.connect(host=host.host, port=host.port, user="demo", dbname="postgres") as session:
            cursor = session.cursor()
            cursor.execute("SELECT count(*) FROM pg_prepared_xacts")
            assert cursor.fetchone() == (0,)
        session.close()


@pytest.mark.parametrize("seconds", [0.5, 1.5, 3.5])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_leaves_nothing_when_it_is_stopped(tmp_path: Path, number: signal.Signals, seconds: float) -> None:
    with stopped(tmp_path, number):
        time.sleep(seconds)
    assert list(tmp_path.iterdir()) == []
    assert str(tmp_path) not in processes()


def test_it_leaves_nothing_when_it_is_stopped_while_the_database_is_made(tmp_path: Path) -> None:
    """Whoever writes into the folder has to end before the folder can."""
    with stopped(tmp_path, signal.SIGTERM):
        deadline = time.monotonic() + 20
        while not list(tmp_path.glob("*/data/base/1/*")) and time.monotonic() < deadline:
            time.sleep(0.01)
    assert list(tmp_path.iterdir()) == []
    assert str(tmp_path) not in processes()


@contextmanager
def stopped(folder: Path, number: signal.Signals) -> Iterator[None]:
    """Run the demo with that temporary folder for as long as the block lasts, and stop it."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "triage", "demo"],
        env=os.environ | {"TMPDIR": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a run in the background ignores it
    )
    folder.chmod(0o755)
    for above in folder.parents:
        if above.stat().st_uid == os.getuid() and above.name.startswith(("pytest-", "popen-")):
            above.chmod(0o755)  # the server runs as another user where we are root
    yield
    os.killpg(demo.pid, number)
    _, errors = demo.communicate(timeout=60)
    assert demo.returncode in {130, 0, -number}, errors  # on a fast machine it has not begun, or is over
    assert "Traceback" not in errors


def processes() -> str:
    """The command lines of all processes."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it has ended since
    return "\n".join(lines)
