"""One file, read in ranges by several processes, each range into a ledger of its own.

A range belongs to who reads it from its first record on to the first record of the next range, so the ranges' bytes
add up to the file's, and a record is read once whatever the cut.
"""

from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap
from pathlib import Path

from triage.querylogs.formats import BY_NAME
from triage.querylogs.formats.base import Data
from triage.querylogs.ledger import Ledger

RANGE = 16 * 1024 * 1024


@contextmanager
def mapped(path: Path) -> Iterator[Data]:
    """The file's bytes, without reading them."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            yield b""
            return
        with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            yield data


def read_range(path: Path, name: str, variant: str | None, start: int, end: int, *, rooted: bool) -> Ledger:
    """Read one range of a file."""
    format_ = BY_NAME[name]
    ledger = Ledger(format_.dialect, rooted=rooted)
    with mapped(path) as data:
        first = format_.first_record(data, start, variant) if start else 0
        last = format_.first_record(data, end, variant) if end < len(data) else len(data)
        if first < last:
            format_.parse(data, first, last, variant, ledger)
    return ledger


def ranges(size: int, length: int = RANGE) -> list[tuple[int, int]]:
    """Cut so many bytes into ranges of equal length, the last one shorter."""
    return [(start, min(start + length, size)) for start in range(0, size, length)]


def read_file(
    path: Path, name: str, variant: str | None, ledger: Ledger, *, pool: Executor | None = None, length: int = RANGE
) -> None:
    """Read a file behind what the ledger has already read."""
    cuts = ranges(path.stat().st_size, length)
    if pool is None:
        for start, end in cuts:
            ledger.then(read_range(path, name, variant, start, end, rooted=False))
        return
    waiting: list[Future[Ledger]] = []
    for start, end in cuts:
        waiting.append(pool.submit(read_range, path, name, variant, start, end, rooted=False))
        if len(waiting) > 4:
            ledger.then(waiting.pop(0).result())
    for future in waiting:
        ledger.then(future.result())
