"""The stages, for all tests of runbooks."""

from collections.abc import Iterator

import pytest

from tests.runbooks.stages import Stages
from tests.servers.fleet import Fleet


@pytest.fixture(scope="session")
def stages(fleet: Fleet) -> Iterator[Stages]:
    """Servers for the runbooks' apps."""
    made = Stages(fleet)
    yield made
    made.close()
