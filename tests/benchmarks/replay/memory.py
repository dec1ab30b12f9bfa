"""How much memory `triage replay` takes: all its processes together, at the worst moment.

A process's share of resident memory (PSS) is added up over the process and its descendants, every 50 ms; pages that
several of them share count once. What of it is a mapped file is told apart: the kernel takes such pages back when it
needs them, but an out-of-memory limit counts them until it does.
"""

import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tabulate import tabulate

from tests.benchmarks.replay import oddities
from tests.benchmarks.replay.layout import LAYOUTS
from tests.benchmarks.replay.logs import MB, Logs
from tests.benchmarks.replay.programs import Program
from tests.benchmarks.replay.repetition import repeated
from tests.servers import processes

LIMIT_MB = 400
GROWTH = 1.2
"""How much more a longer log may take than the shortest."""


@dataclass(frozen=True, slots=True)
class Peak:
    """The worst moment of a run."""

    total: float
    """In megabytes."""
    files: float
    """What of it is mapped files."""
    processes: int
    seconds: float
    code: int


def measure(logs: Logs, name: str, triage: Program, gigabytes: Sequence[float]) -> bool:
    """Print the table; whether all stays within its limits."""
    logs.record([name])
    cases: list[tuple[str, Callable[[Path], object]]] = [
        (f"{name}, {size:g} GB", _repeat(logs.real(name), name, size)) for size in gigabytes
    ]
    cases += oddities.CASES.items()
    rows: list[Mapping[str, object]] = []
    limit = float(LIMIT_MB)
    with tempfile.TemporaryDirectory(prefix=".memory-", dir=logs.folder) as folder:
        log, report = Path(folder) / "log", Path(folder) / "report.json"
        for title, write in cases:
            print(f"measuring the memory for {title} ...", flush=True)
            write(log)
            peak = _watch(triage.command(log, report))
            number = len(rows)
            rows.append(_row(title, log, peak, limit if 0 < number < len(gigabytes) else LIMIT_MB))
            if not number:
                limit = GROWTH * peak.total
            log.unlink()
    print("triage replay: resident memory of all processes together")
    print(tabulate(rows, headers="keys", floatfmt=".0f"))
    return all(row["met"] == "yes" for row in rows)


def _repeat(real: Path, name: str, gigabytes: float) -> Callable[[Path], object]:
    return lambda into: repeated(real, LAYOUTS[name], int(gigabytes * 1000 * MB), into)


def _row(title: str, log: Path, peak: Peak, limit: float) -> Mapping[str, object]:
    return {
        "log": title,
        "MB": log.stat().st_size / MB,
        "seconds": peak.seconds,
        "processes": peak.processes,
        "peak MB": peak.total,
        "of that files": peak.files,
        "limit": limit,
        "exit code": peak.code,
        "met": "yes" if peak.total <= limit and peak.code in {0, 1, 3} else "NO",
    }


def _watch(command: Sequence[str | Path]) -> Peak:
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        seen = []
        while process.poll() is None:
            family = [member.pid for member in processes.family(process.pid)]
            shares = list(_shares(family))
            seen.append((sum(total for total, _ in shares), sum(files for _, files in shares), len(family)))
            time.sleep(0.05)
    total, files, number = max(seen)
    return Peak(total / 1e6, files / 1e6, number, time.perf_counter() - started, process.returncode)


def _shares(pids: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Of each process: its share of resident memory, and what of it is mapped files; in bytes."""
    for pid in pids:
        with suppress(OSError):  # it ended meanwhile
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text()
            kilobytes = {key: int(value) for key, value in re.findall(r"^(Pss\w*): +(\d+) kB", lines, re.MULTILINE)}
            if kilobytes:
                yield kilobytes["Pss"] * 1024, kilobytes["Pss_File"] * 1024
