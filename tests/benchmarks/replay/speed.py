"""How fast `triage replay` reads each format, beside the peer that reads it, too.

Whole processes, run in turn so that a slow spell of the machine meets both, and their medians. The peers get the
beginning of the log, as they would take minutes for all of it; throughputs are compared. That the same statements were
counted is checked on that beginning.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tabulate import tabulate

from tests.benchmarks.replay import programs
from tests.benchmarks.replay.layout import LAYOUTS
from tests.benchmarks.replay.logs import MB, Logs
from tests.benchmarks.replay.programs import PEERS, Program
from tests.benchmarks.timing import Timing

TIMES = {"stderr": 15, "csvlog": 15, "general": 10, "slow": 10}
"""How many times as fast as the peer triage has to be."""
MB_PER_SECOND = {"jsonlog": 80, "echo": 60, "echo-json": 60}
"""How fast it has to be where there is no peer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sizes:
    """Of what is measured, in megabytes, and how often."""

    log: int
    part: int
    runs: int


def compare(logs: Logs, formats: Sequence[str], triage: Program, sizes: Sizes) -> bool:
    """Print the table; whether all targets are met."""
    programs.require()
    logs.record(formats)
    with tempfile.TemporaryDirectory() as folder:
        rows = [_row(logs, name, triage, sizes, Path(folder)) for name in formats]
    print("real MB: traffic as it was recorded; the rest of a log repeats it at later times, with other sessions")
    print(f"MB/s: medians of {sizes.runs} whole processes in turn; peers, and the counts, on the first {sizes.part} MB")
    print(tabulate(rows, headers="keys", floatfmt=".1f"))
    return all(row["met"] == "yes" and row["same count"] == "yes" and not row["unparsed"] for row in rows)


def _row(logs: Logs, name: str, triage: Program, sizes: Sizes, folder: Path) -> Mapping[str, object]:
    log, part = logs.long(name, sizes.log), logs.part(name, sizes.part, of=sizes.log)
    print(f"measuring {name} ...", flush=True)
    report, others = folder / f"{name}.json", folder / f"{name}-peer.json"
    triage.run(part, report)
    executions = triage.count(report)
    peer = PEERS.get(name)
    ours, theirs = [], []
    for turn in range(sizes.runs + 1):
        timings = [triage.run(log, report)] + ([peer.run(part, others)] if peer and turn else [])
        if turn:  # the first brings the log into memory
            ours.append(timings[0])
            theirs += timings[1:]
    speed, cpu_speed = _speeds(log, ours)
    other, cpu_other = _speeds(part, theirs) if theirs else (None, None)
    counted = peer.count(others) if peer else len(LAYOUTS[name].execution.findall(part.read_bytes()))
    ratio = speed / other if other else None
    return {
        "format": name,
        "MB": round(_size(log)),
        "real MB": round(_size(logs.real(name))),
        "triage MB/s": speed,
        "peer": peer.name if peer else "none",
        "peer MB/s": other,
        "ratio": ratio,
        "by CPU": cpu_speed / cpu_other if cpu_other else None,
        "target": f"{TIMES[name]} times" if ratio else f"{MB_PER_SECOND[name]} MB/s",
        "met": "yes" if (ratio >= TIMES[name] if ratio else speed >= MB_PER_SECOND[name]) else "NO",
        "executions": executions,
        "others count": counted,
        "same count": "yes" if executions == counted else "NO",
        "unparsed": triage.unparsed(report),
    }


def _speeds(log: Path, timings: Sequence[Timing]) -> tuple[float, float]:
    """Megabytes in a second, and in a second of CPU time, which other processes of the machine disturb less."""
    wall, cpu = median(timing.wall_ms for timing in timings), median(timing.cpu_ms for timing in timings)
    return 1000 * _size(log) / wall, 1000 * _size(log) / cpu


def _size(path: Path) -> float:
    return path.stat().st_size / MB
