"""What the tests of scheduled runs share."""

from pathlib import Path

import pytest

from tests.scheduled.place import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An empty folder."""
    return Place(tmp_path)
