"""How long a history with a million measurements takes to answer what a report asks of it."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import sqlalchemy as sa
from tabulate import tabulate

from tests.servers.fleet import Fleet
from triage import history
from triage.config import History
from triage.history import Store
from triage.history.tables import EPOCH, findings, measurements, runs

TARGETS, GAUGES, FINDINGS, MEASUREMENTS = 50, 10, 2, 1_000_000
MOST_MS = 200.0
_EVERY = timedelta(minutes=15)


def measure(repeats: int) -> bool:
    """Measure, print the table, and say whether the target is met with SQLite."""
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        place = History(path=str(Path(folder) / "history.sqlite"))
        rows += _rows("SQLite", place, Path(folder), repeats)
        fleet = Fleet(without=frozenset())
        try:
            with fleet.get("postgresql").create_database() as database:
                rows += _rows("PostgreSQL", History(url=database.url), Path(folder), repeats)
        finally:
            fleet.close()
    headers = ["history", "question", "ms", f"< {MOST_MS:.0f} ms"]
    print(f"{MEASUREMENTS:,} measurements of {TARGETS} targets")
    print(
        tabulate(
            [[*row, "yes" if float(str(row[2])) < MOST_MS else "NO"] for row in rows], headers=headers, floatfmt=".1f"
        )
    )
    return all(float(str(row[2])) < MOST_MS for row in rows if row[0] == "SQLite")


def _rows(name: str, place: History, folder: Path, repeats: int) -> Iterator[list[object]]:
    now = datetime.now(UTC)
    with history.opened(place, folder) as store:
        _fill(store, now)

    def asked(question: Callable[[Store], object]) -> Callable[[], object]:
        def ask() -> object:
            with history.opened(place, folder) as store:
                return question(store)

        return ask

    questions = {
        "open it": asked(lambda store: store.name),
        "the past of a target": asked(lambda store: store.past("shop 7")),
        "what came and went in 7 days": asked(lambda store: store.told(now - timedelta(days=7))),
        "of one target in 90 days": asked(lambda store: store.told(now - timedelta(days=90), "shop 7")),
        "its targets": asked(lambda store: store.targets()),
        "forget what is too old": asked(lambda store: store.forget(timedelta(days=90), now)),
    }
    for question, ask in questions.items():
        ask()
        yield [name, question, median(_timed(ask) for _ in range(repeats))]


def _timed(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


def _fill(store: Store, now: datetime) -> None:
    """Runs every quarter of an hour until now: what they measured, and findings that come and go."""
    number = MEASUREMENTS // GAUGES
    rounds = number // TARGETS
    with store._engine.connect().execution_options(writes=True) as connection, connection.begin():
        for begin in range(0, number, 5000):
            some = range(begin, min(begin + 5000, number))
            at = {each: now - _EVERY * (rounds - each // TARGETS) for each in some}
            _insert(
                connection,
                runs,
                [
                    {
                        "id": each + 1,
                        "target": f"shop {each % TARGETS}",
                        "at": at[each],
                        "looked": True,
                        "unread": False,
                        "critical": 0,
                        "warning": FINDINGS,
                        "info": 0,
                        "triage_version": "0",
                    }
                    for each in some
                ],
            )
            _insert(
                connection,
                findings,
                [
                    {
                        "run_id": each + 1,
                        "key": f"idle-in-transaction:{finding}:{each // TARGETS // 40}",
                        "finding": "idle-in-transaction",
                        "severity": 2,
                        "confidence": 2,
                        "subject": "shop",
                        "summary": "12 sessions of user app sit idle in transaction. " * 3,
                        "since": EPOCH,
                        "last_seen": at[each],
                        "looks": 3,
                        "told": True,
                    }
                    for each in some
                    for finding in range(FINDINGS)
                ],
            )
            _insert(
                connection,
                measurements,
                [
                    {
                        "run_id": each + 1,
                        "name": "sessions",
                        "labels": json.dumps({"state": f"state {gauge}"}),
                        "value": float(gauge),
                        "unit": "sessions",
                    }
                    for each in some
                    for gauge in range(GAUGES)
                ],
            )
    with store._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("ANALYZE"))


def _insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, object]]) -> None:
    connection.execute(sa.insert(table), rows)
