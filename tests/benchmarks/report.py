"""How long a scheduled run over many databases takes, and how much memory."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tabulate import tabulate

from tests.servers.fleet import Fleet

TARGETS = 50
SERVERS = ("postgresql18", "postgresql", "mariadb")
MOST_SECONDS, MOST_MEGABYTES = 5.0, 200.0
_MEASURED = (
    "import resource, subprocess, sys\n"
    "code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)\n"
    "sys.exit(code)\n"
)
"""Run by a small process of its own: the peak that the kernel tells is that of all children ever."""


def measure(runs: int) -> bool:
    """Measure, print the table, and say whether the targets are met."""
    fleet = Fleet(without=frozenset())
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            urls = []
            for number in range(TARGETS):
                server = fleet.get(SERVERS[number % len(SERVERS)])
                urls.append(stack.enter_context(server.create_database()).url)
            config = folder / "triage.toml"
            config.write_text(
                "\n".join(f'[targets.shop{number}]\nurl = "{url}"' for number, url in enumerate(urls))
                + '\n[[outputs]]\nformat = "json"\npath = "health.json"\n'
            )
            took = sorted([_once(config) for _ in range(runs + 1)][1:])  # the first is a warm-up
            looked = json.loads((folder / "health.json").read_text())["targets"]
            assert all(target["report"]["sources"] for target in looked), "not every database was looked at"
    finally:
        fleet.close()
    seconds, cpu, megabytes = took[len(took) // 2]
    met = seconds <= MOST_SECONDS and megabytes <= MOST_MEGABYTES
    row = [TARGETS, seconds, cpu, megabytes, "yes" if met else "NO"]
    headers = ["databases", "wall s", "CPU s", "MB", f"≤ {MOST_SECONDS:.0f} s, ≤ {MOST_MEGABYTES:.0f} MB"]
    print(tabulate([row], headers=headers, floatfmt=".1f"))
    return met


def _once(config: Path) -> tuple[float, float, float]:
    """Wall time, CPU time, and the peak of memory in megabytes."""
    command = [sys.executable, "-m", "triage", "report", "--config", str(config), "--quiet"]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([sys.executable, "-c", _MEASURED, *command], capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode in {0, 1}, done.stderr
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, float(done.stdout)
