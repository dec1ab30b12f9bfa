"""The Python in the runbooks is run, each block by itself, with warnings as errors: it is true of this SQLAlchemy."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.runbooks.blocks import Block, blocks
from triage import runbooks

BLOCKS = [
    pytest.param(block, id=f"{book.id}-{number}")
    for book in runbooks.load().values()
    for number, block in enumerate(blocks(book, "python"), start=1)
]


@pytest.mark.parametrize("block", BLOCKS)
def test_it_runs_without_a_warning(tmp_path: Path, block: Block) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block.code],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
