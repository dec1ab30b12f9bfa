"""How long a look takes beside the plainest look there is.

Figures are medians of whole processes run in turn; on a noisy machine only the ratios last.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sqlalchemy import make_url
from tabulate import tabulate

from tests.benchmarks.crowd import LEAKED, SESSIONS, WAITERS, crowd
from tests.benchmarks.timing import timed
from tests.servers.fleet import Fleet
from tests.servers.model import Database

TRIAGE = [sys.executable, "-m", "triage"]


def plainest_look(database: Database) -> list[str]:
    """The command a person would type instead."""
    url = make_url(database.admin_url)
    if database.server.backend == "postgresql":
        psql = shutil.which("psql") or sys.exit("psql is not installed")
        return [psql, url.set(drivername="postgresql").render_as_string(False), "-c", "select * from pg_stat_activity"]
    client = shutil.which("mariadb") or shutil.which("mysql") or sys.exit("the mariadb client is not installed")
    return [
        client,
        "--no-defaults",
        f"--host={url.host}",
        f"--port={url.port}",
        f"--user={url.username}",
        f"--password={url.password}",
        "-e",
        "show full processlist",
    ]


def look(database: Database, engine: Path) -> list[object]:
    """One row: how `triage check` does on a crowded server."""
    check = [*TRIAGE, "check", database.url, "--engine", str(engine), "--processes", "4"]
    with crowd(database):
        report = json.loads(subprocess.run([*check, "--format", "json"], capture_output=True, check=False).stdout)
        found = {finding["id"] for finding in report["findings"]}
        assert {"idle-in-transaction", "blocking-chain"} <= found, f"the crowd was not seen: {found}"
        times = timed({"triage": check, "plain": plainest_look(database)})
    triage, plain = times["triage"], times["plain"]
    queries = report["sources"][0]["queries"]
    return [
        database.server.name,
        queries,
        triage.wall_ms,
        triage.cpu_ms,
        plain.wall_ms,
        f"{triage.wall_ms / plain.wall_ms:.1f}",
        "yes" if triage.wall_ms < 1000 and triage.cpu_ms <= 400 and queries <= 12 else "NO",
    ]


def measure() -> None:
    """Measure, and print the tables."""
    print(f"{SESSIONS} sessions, {LEAKED} of them idle in transaction, {WAITERS} waiting in a chain")
    rows = []
    fleet = Fleet(without=frozenset())
    try:
        with tempfile.TemporaryDirectory() as folder:
            engine = Path(folder) / "engine.toml"
            engine.write_text("pool_size = 5\nmax_overflow = 10\n")
            for name in ("postgresql", "postgresql18", "mariadb"):
                server = fleet.start(name, {"max_connections": "700"})
                with server.create_database() as database:
                    rows.append(look(database, engine))
                fleet.end(server)
    finally:
        fleet.close()
    headers = ["server", "statements", "wall ms", "CPU ms", "plain client ms", "ratio", "< 1 s, ≤ 400 ms CPU, ≤ 12"]
    print(tabulate(rows, headers=headers, floatfmt=".0f"))
    print()
    times = timed({"triage --version": [*TRIAGE, "--version"], "triage --help": [*TRIAGE, "--help"]})
    rows = [[name, t.wall_ms, t.cpu_ms, "yes" if t.wall_ms <= 100 else "NO"] for name, t in times.items()]
    print(tabulate(rows, headers=["command", "wall ms", "CPU ms", "≤ 100 ms"], floatfmt=".0f"))
