"""Concurrent visitors of the shop, in processes and threads, until the server's log is long enough."""

import json
import logging
import multiprocessing
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from random import Random

from sqlalchemy import create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.benchmarks.replay.requests import WEIGHTS
from tests.benchmarks.replay.shop import Base, stock

PROCESSES, THREADS = 2, 4
REQUESTS_PER_CONNECTION = 150
"""Connections are renewed, as a pool's `recycle` does it, so that a log has many sessions."""


class _Json(logging.Formatter):
    """One object a line, with the keys that python-json-logger has for the format of ``echo=True``."""

    def format(self, record: logging.LogRecord) -> str:
        fields = ("asctime", "levelname", "name", "message")
        values = (self.formatTime(record), record.levelname, record.name, record.getMessage())
        return json.dumps(dict(zip(fields, values, strict=True)))


@dataclass(frozen=True, slots=True)
class Traffic:
    """What ran."""

    executions: int
    """Statements that SQLAlchemy executed; BEGIN, COMMIT and ROLLBACK, which it leaves to the driver, not counted."""
    seconds: float


def open_shop(url: str) -> None:
    """Create its tables and fill them."""
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        stock(session)
        session.commit()
    engine.dispose()


def run(url: str, enough: Callable[[], bool], *, echo: Path | None = None) -> Traffic:
    """Serve visitors until it is enough; with a path, SQLAlchemy's echo is appended to it, and in JSON beside it."""
    context = multiprocessing.get_context("spawn")
    stop, counts = context.Event(), context.Queue()
    threads = 1 if echo else THREADS
    started = time.perf_counter()
    processes = [
        context.Process(
            target=_process,
            args=(url,),
            kwargs={"number": number, "threads": threads, "stop": stop, "counts": counts, "echo": echo},
            daemon=True,
        )
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    while not enough():
        assert all(process.is_alive() for process in processes), "the traffic has ended by itself"
        time.sleep(0.2)
    stop.set()
    executions = sum(counts.get() for _ in processes)
    for process in processes:
        process.join()
    return Traffic(executions, time.perf_counter() - started)


def _process(
    url: str, *, number: int, threads: int, stop: Event, counts: "multiprocessing.Queue[int]", echo: Path | None
) -> None:
    if echo:
        logger = logging.getLogger("sqlalchemy.engine.Engine")
        for path, formatter in (
            (echo, logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")),
            (echo.with_name(f"{echo.name}-json"), _Json()),
        ):
            # One write for each record, so that those of several processes do not mix, as on the stdout of a container.
            handler = logging.StreamHandler(path.open("a", buffering=1 << 20))
            handler.setFormatter(formatter)
            logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    engine = create_engine(url, pool_size=threads)
    executed = [0] * threads
    names = {f"visitor-{n}": n for n in range(threads)}

    @event.listens_for(engine, "before_cursor_execute")
    def _count(*_: object) -> None:
        executed[names[threading.current_thread().name]] += 1

    def visit(n: int) -> None:
        random = Random(100 * number + n)
        requests, weights = list(WEIGHTS), list(WEIGHTS.values())
        while not stop.is_set():
            with Session(engine) as session:
                for request in random.choices(requests, weights, k=REQUESTS_PER_CONNECTION):
                    if stop.is_set():
                        break
                    with suppress(OperationalError):  # a deadlock: the visitor is told to try again
                        request(session, random)
                    session.rollback()
                    session.expunge_all()
            with engine.connect() as connection:
                connection.invalidate()

    sys.setswitchinterval(0.001)
    visitors = [threading.Thread(target=visit, args=(n,), name=name) for name, n in names.items()]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    engine.dispose()
    counts.put(sum(executed))
