"""A Dask scheduler and its workers, each a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
WAIT = 60.0


@dataclass
class DaskCluster:
    """The cluster, and what it takes to add a worker to it."""

    address: str
    folder: Path
    environment: Mapping[str, str]
    processes: ExitStack
    scheduler: "subprocess.Popen[bytes]"
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def add(self, *, path: Path = ROOT, environment: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
        """Start a worker; it is there when the scheduler says so."""
        settings = {**self.environment, **(environment or {}), "PYTHONPATH": str(path)}
        output = self.folder / f"worker-{len(self.workers)}.log"
        arguments = ("dask_worker", self.address, "--no-nanny", "--no-dashboard", "--nthreads", "1")
        process = self.processes.enter_context(
            started(*arguments, "--local-directory", str(self.folder), output=output, environment=settings)
        )
        self.workers.append(process)
        return process

    def output(self) -> str:
        """What the workers have written to their logs."""
        return "".join(path.read_text() for path in self.folder.glob("worker-*.log"))


@contextmanager
def started(*arguments: str, output: Path, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run one of Dask's programs until the end."""
    program, *options = arguments
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", *options],
            stdout=log,
            stderr=log,
            cwd=output.parent,
            env={**os.environ, **environment},
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def dask_cluster(folder: Path, workers: int, environment: Mapping[str, str]) -> Iterator[DaskCluster]:
    """A scheduler and so many workers, each of one thread."""
    folder.mkdir(exist_ok=True)
    file = folder / "scheduler.json"
    with ExitStack() as stack:
        arguments = ("--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0")
        scheduler = stack.enter_context(
            started(
                "dask_scheduler",
                *arguments,
                "--scheduler-file",
                str(file),
                output=folder / "scheduler.log",
                environment=environment,
            )
        )
        until = time.monotonic() + WAIT
        while not (file.exists() and file.read_text().endswith("}")):
            assert time.monotonic() < until, (folder / "scheduler.log").read_text()
            time.sleep(0.05)
        cluster = DaskCluster(json.loads(file.read_text())["address"], folder, environment, stack, scheduler)
        for _ in range(workers):
            cluster.add()
        yield cluster
