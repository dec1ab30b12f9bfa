"""Runs a scenario on a target once, and keeps what every log had to say."""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from tests.querylogs.verdicts.case import ASYNC_DRIVERS, Case, Target
from tests.querylogs.verdicts.logged import STARTED_WITH, Logged, with_driver
from tests.servers.fleet import Fleet, LeftOutError
from tests.servers.places import MissingError
from tests.servers.process import StartError
from triage.evidence import Evidence
from triage.querylogs.replay import Logs, replay

Load = tuple[str, SessionTransaction | None]
"""A relationship, and the transaction it was loaded in."""
MANY = 5
"""From here on, in one transaction, loads are a finding."""
ECHO = "sqlalchemy-echo"
ECHO_LINE = "%(asctime)s %(levelname)s %(name)s %(message)s"
"""As SQLAlchemy prints it where the application configures nothing."""


@dataclass
class Recording:
    """What one run of a scenario left."""

    evidence: dict[str, Evidence]
    """By log format."""
    paths: dict[str, Path]
    loads: dict[str, list[int]]
    """What SQLAlchemy itself says it loaded lazily: how often in each transaction, by relationship."""

    def many(self, relationship: str) -> list[int]:
        """The loads of the transactions that had many."""
        return [count for count in self.loads.get(relationship, ()) if count >= MANY]


@dataclass
class Bench:
    """The servers, started when a test asks for them, and the recordings, each made once."""

    fleet: Fleet
    folder: Path
    _servers: dict[str, Logged] = field(default_factory=dict)
    _recordings: dict[tuple[Target, str], Recording] = field(default_factory=dict)

    def server(self, name: str) -> Logged:
        """The server of this name, with its logs."""
        if name not in self._servers:
            settings = STARTED_WITH["postgresql" if name == "postgresql" else "mysql"]
            try:
                self._servers[name] = Logged(self.fleet.start(name, settings))
            except LeftOutError as error:
                pytest.skip(str(error))
            except (MissingError, StartError) as error:
                pytest.fail(str(error), pytrace=False)
        return self._servers[name]

    def recording(self, target: Target, case: Case) -> Recording:
        """What the case left on this target."""
        key = (target, case.name)
        if key not in self._recordings:
            self._recordings[key] = self._record(target, case)
        return self._recordings[key]

    def _record(self, target: Target, case: Case) -> Recording:
        logged = self.server(target.server)
        url = logged.url(target.style, target.driver)
        with _echo() as echoed, _lazy_loads() as loads, logged.during() as logs:
            run(case, url)
        logs[ECHO] = echoed.getvalue().encode()
        folder = self.folder / str(target) / case.name
        folder.mkdir(parents=True)
        evidence, paths = {}, {}
        for name, content in logs.items():
            if case.runs_on(target, name):
                paths[name] = folder / f"{name}.log"
                paths[name].write_bytes(content)
                evidence[name] = replay(Logs(names=(str(paths[name]),)), datetime.now(UTC)).evidence
        return Recording(evidence, paths, _by_relationship(loads))

    def close(self) -> None:
        for logged in self._servers.values():
            logged.close()
            self.fleet.end(logged.server)


def run(case: Case, url: str) -> None:
    """Run the application, with an engine of its own."""
    driver = make_url(url).get_driver_name()
    if case.is_async or driver == "asyncpg":
        asyncio.run(_run_async(case, with_driver(url, ASYNC_DRIVERS[driver])))
        return
    engine = create_engine(url, **case.engine)
    try:
        case.app(engine)
    finally:
        engine.dispose()


async def _run_async(case: Case, url: str) -> None:
    engine = create_async_engine(url, **case.engine)
    try:
        if case.is_async:
            await case.app(engine)
            return
        async with engine.connect() as connection:
            await connection.run_sync(lambda sync: case.app(sync.engine))
    finally:
        await engine.dispose()


@contextmanager
def _echo() -> Iterator[StringIO]:
    """What SQLAlchemy's engines log while the block lasts."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter(ECHO_LINE))
    logger = logging.getLogger("sqlalchemy.engine.Engine")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)
    logger.propagate = True


@contextmanager
def _lazy_loads() -> Iterator[Counter[Load]]:
    """What the ORM itself says it loads lazily while the block lasts."""
    loads: Counter[Load] = Counter()

    def note(state: ORMExecuteState) -> None:
        if not state.is_select or not state.lazy_loaded_from:
            return
        path = state.loader_strategy_path
        if path is not None:
            loads[str(path.path[-1]), state.session.get_transaction()] += 1  # the path ends in the relationship

    event.listen(Session, "do_orm_execute", note)
    yield loads
    event.remove(Session, "do_orm_execute", note)


def _by_relationship(loads: Counter[Load]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for (relationship, _), count in loads.items():
        found[relationship].append(count)
    return dict(found)
