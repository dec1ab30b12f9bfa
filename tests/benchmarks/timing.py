"""Times whole processes, several runs in turn, and tells the median."""

import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Timing:
    """What one command took, as medians over its runs."""

    wall_ms: float
    cpu_ms: float


def timed(commands: Mapping[str, Sequence[str]], runs: int = 9) -> dict[str, Timing]:
    """Run the commands in turn, so that a slow spell of the machine meets all of them.

    The first round is a warm-up and not counted.
    """
    found: dict[str, list[Timing]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            timing = _once(command)
            if turn:
                found[name].append(timing)
    return {
        name: Timing(median(t.wall_ms for t in timings), median(t.cpu_ms for t in timings))
        for name, timings in found.items()
    }


def _once(command: Sequence[str]) -> Timing:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Timing(wall * 1000, cpu * 1000)
