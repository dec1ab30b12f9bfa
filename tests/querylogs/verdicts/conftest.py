"""The bench, for all tests of the table."""

from collections.abc import Iterator

import pytest

from tests.querylogs.verdicts.bench import Bench
from tests.servers.fleet import Fleet


@pytest.fixture(scope="session")
def bench(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Servers that log, and what scenarios left in their logs."""
    made = Bench(fleet, tmp_path_factory.mktemp("verdicts"))
    yield made
    made.close()
