"""How fast application logs are read, and how much memory that takes: one without errors, one with many.

The logs are written to a temporary folder: lines of a web application, and in the second log a traceback of SQLAlchemy's
every hundred lines. The time is that of the whole command, Python's start included; the target is 50 MB/s without errors.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.applogs.build import DUPLICATE

TARGET = 50.0
"""MB/s on a log without errors."""
_LINE = "2026-01-31 15:{minute:02}:{second:02},123 INFO shop.orders [17 Thread-{n}] order {n} done in 12.5 ms path=/orders/{n}?page=2\n"
_EVERY = 100


def measure(megabytes: int, runs: int) -> bool:
    """Print both logs' figures; say whether the target was met."""
    met = True
    print(f"{'explain':<22}{'MB/s':>8}{'CPU MB/s':>10}{'memory':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for name, has_errors in (("without errors", False), ("with many", True)):
            path = Path(folder) / f"{name.replace(' ', '-')}.log"
            size = _write(path, megabytes, has_errors=has_errors)
            speeds = [_run(path, size) for _ in range(runs)]
            speed, cpu, memory = (median(each) for each in zip(*speeds, strict=True))
            print(f"{name:<22}{speed:>8.0f}{cpu:>10.0f}{memory:>7.0f} MB")
            met &= has_errors or speed >= TARGET
    return met


def _write(path: Path, megabytes: int, *, has_errors: bool) -> int:
    block = "".join(_lines(20_000, has_errors=has_errors)).encode()
    with path.open("wb") as file:
        while file.tell() < megabytes * 1_000_000:
            file.write(block)
        return file.tell()


def _lines(number: int, *, has_errors: bool) -> Iterator[str]:
    for n in range(number):
        yield _LINE.format(minute=n // 60 % 60, second=n % 60, n=n % 1000)
        if has_errors and n % _EVERY == 0:
            yield f"2026-01-31 15:{n // 60 % 60:02}:{n % 60:02},124 ERROR shop.web [17 Thread-{n % 1000}] failed\n{DUPLICATE}\n"


def _run(path: Path, size: int) -> tuple[float, float, float]:
    """MB/s by the clock and by the processor, and megabytes of memory."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    code = (
        "import resource, sys; from triage.cli import group\n"
        "group(['explain', sys.argv[1], '--format', 'json'], standalone_mode=False)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return size / 1e6 / wall, size / 1e6 / cpu, int(done.stderr.split()[-1]) / 1024
