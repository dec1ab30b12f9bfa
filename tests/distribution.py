"""How `pytest -n auto` shares the tests out over processes: file by file, in their random order.

Each process starts servers of its own: what a test counts on a server, sets on it, or reads in its log is its own, and
what a module has prepared is prepared once.
"""

import os
import re

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped,unused-ignore]

from tests.servers import places

TABLE = "tests/querylogs/verdicts/test_verdicts.py"
"""Longer than any other file, so it is shared out by its targets."""
ERRORS = "tests/applogs/test_real_errors.py"
"""Long as well, and nothing is prepared in it: it is shared out by its servers."""


class Scheduling(LoadScopeScheduling):  # type: ignore[misc,unused-ignore]
    """Gives a process one file after the other."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)


def scope(nodeid: str) -> str:
    """Tests of one scope run in one process, one after the other."""
    file, _, test = nodeid.partition("::")
    parameters = test.partition("[")[2]
    if file == TABLE and parameters:
        server, style, driver, *_ = parameters.replace("min-duration", "min_duration").split("-")
        return f"{file}::{server}-{style}-{driver}"
    if file == ERRORS:
        names = re.split(r"[\[\]-]", test)
        return f"{file}::{next((name for name in names if name in places.NAMES), '')}"
    return file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: a test often waits for a server.

    A given server has to do for all tests, so they run in one process: one test's end rolls back what another prepared.
    """
    if any(os.environ.get(places.url_variable(name)) for name in places.NAMES):
        return 0
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduling:
    config.option.loadscopereorder = False  # it would put the files in the order of their sizes
    return Scheduling(config, log)
