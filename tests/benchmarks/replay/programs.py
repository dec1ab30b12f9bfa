"""The programs that are compared: how each is run on a log, and how many statements it says it has seen."""

import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.replay.recording import PREFIX
from tests.benchmarks.timing import Timing
from tests.servers import apt

# pgBadger reads CSV and JSON with modules that its package only recommends
PACKAGES = {"pgbadger": ["pgbadger", "libtext-csv-xs-perl", "libjson-xs-perl"], "pt-query-digest": ["percona-toolkit"]}


@dataclass(frozen=True, slots=True)
class Program:
    """One way to read a log."""

    name: str
    command: Callable[[Path, Path], Sequence[str | Path]]
    """Reads the first and writes its report to the second, or to stdout."""
    count: Callable[[Path], int]
    """The statements that its report counts."""
    codes: frozenset[int] = frozenset({0})
    """How it exits when it is done."""
    unparsed: Callable[[Path], int] = lambda _: 0
    """The bytes that its report says it could not read."""

    def run(self, log: Path, report: Path) -> Timing:
        """Read the log; what the whole process took, its children's CPU time included."""
        command = self.command(log, report)
        with report.with_suffix(".out").open("wb") as out:
            before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, check=False)
            wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        if ended.returncode not in self.codes:
            sys.exit(f"{' '.join(map(str, command))} ended with {ended.returncode}: {ended.stderr.decode()[-2000:]}")
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Timing(wall * 1000, cpu * 1000)


def triage(path: str) -> Program:
    """The one that is to be fast. Its exit code 1 says that something was found, and something is there to find."""
    return Program(
        "triage",
        lambda log, report: [path, "replay", log, "--format", "json", "--output", report],
        lambda report: sum(source["executions"] for source in _sources(report)),
        frozenset({0, 1}),
        lambda report: sum(source["unparsed_bytes"] for source in _sources(report)),
    )


def _sources(report: Path) -> Iterable[Mapping[str, int]]:
    found: Iterable[Mapping[str, int]] = json.loads(report.read_text())["sources"]
    return found


def _pgbadger(form: str, *options: str) -> Program:
    return Program(
        "pgBadger -j 2",
        lambda log, report: ["pgbadger", "-q", "-j", "2", "-f", form, *options, "-x", "json", "-o", report, log],
        lambda report: json.loads(report.read_text())["overall_stat"]["postgres"]["queries_number"],
    )


def _pt_query_digest(form: str) -> Program:
    # all kinds of statements rather than the worst: for the count, and no slower
    options = ["--no-version-check", "--type", form, "--limit", "100%", "--output", "json"]
    return Program(
        "pt-query-digest",
        lambda log, _: ["pt-query-digest", *options, log],
        lambda report: _digested(report.with_suffix(".out").read_text()),
    )


def _digested(text: str) -> int:
    """Its count, without the logins and goodbyes that it counts as well."""
    found, _ = json.JSONDecoder().raw_decode(text, text.index("{"))  # a line about the time zone may stand before it
    classes: Iterable[Mapping[str, str | int]] = found["classes"]
    return sum(int(kind["query_count"]) for kind in classes if "administrator command" not in str(kind["fingerprint"]))


PEERS: Mapping[str, Program] = {
    "stderr": _pgbadger("stderr", "-p", PREFIX),
    "csvlog": _pgbadger("csv"),
    "general": _pt_query_digest("genlog"),
    "slow": _pt_query_digest("slowlog"),
}
"""Who else reads a format."""


def require() -> None:
    """Install the peers that are not here."""
    for program, packages in PACKAGES.items():
        if not shutil.which(program):
            try:
                apt.install(packages)
            except apt.AptError as error:
                sys.exit(f"{program} is not installed ({error}); it is in the Debian package {packages[0]}")
