"""`make bench`: how fast triage looks at a live server, reads logs and makes reports, and how much memory that takes.

    python -m tests.benchmarks                        everything
    python -m tests.benchmarks replay --format csvlog --runs 5
    python -m tests.benchmarks memory --gigabytes 2 --gigabytes 8
    python -m tests.benchmarks html

The logs are made when they are first needed, which takes minutes, and kept in the user's cache. The exit code is 1 if a
target of any part but `live` was missed.
"""

import argparse
import os
import sys
from pathlib import Path

from tests.benchmarks import explain, live, pages, past, report
from tests.benchmarks.replay import memory, programs, speed
from tests.benchmarks.replay.layout import LAYOUTS
from tests.benchmarks.replay.logs import Logs

PARTS = ("live", "report", "history", "replay", "memory", "explain", "html")


def main() -> int:
    """Measure, and print the tables."""
    options = _options()
    parts, triage = options.parts or PARTS, programs.triage(options.triage)
    logs, formats = Logs.cached(options.recorded), options.format or list(LAYOUTS)
    met = True
    if "live" in parts:
        live.measure()
        print()
    if "report" in parts:
        met &= report.measure(options.runs)
        print()
    if "history" in parts:
        met &= past.measure(options.runs)
        print()
    if "replay" in parts:
        sizes = speed.Sizes(log=options.size, part=options.part, runs=options.runs)
        met &= speed.compare(logs, formats, triage, sizes)
        print()
    if "memory" in parts:
        met &= memory.measure(logs, formats[0], triage, sorted(options.gigabytes or [2.0]))
        print()
    if "explain" in parts:
        met &= explain.measure(options.size, options.runs)
        print()
    if "html" in parts:
        met &= pages.measure()
    return 0 if met else 1


def _part(name: str) -> str:
    """One of the parts; argparse's own `choices` would not let there be none."""
    if name not in PARTS:
        raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(PARTS)}")
    return name


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure triage.")
    add = parser.add_argument
    add("parts", nargs="*", type=_part, metavar="PART", help=f"{', '.join(PARTS)}; all if none is named")
    size = int(os.environ.get("TRIAGE_BENCH_MB", "200"))
    add("--size", type=int, default=size, help="megabytes of each log (TRIAGE_BENCH_MB, or 200)")
    add("--recorded", type=int, default=50, help="megabytes of real traffic in it; the rest repeats them (50)")
    add("--part", type=int, default=80, help="megabytes of it that the peers get (80)")
    add("--runs", type=int, default=3, help="whose medians are printed (3)")
    add("--format", action="append", choices=list(LAYOUTS), default=[], help="only this one; repeatable")
    add("--gigabytes", type=float, action="append", default=[], help="length of a log for memory; repeatable (2)")
    add("--triage", default=str(Path(sys.executable).with_name("triage")), help="the program to measure")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
