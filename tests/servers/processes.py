"""The processes of a server: who belongs to it, and how to signal them all.

Standard library only and no package of the tests' dependencies, because the watchdog has to outlive pytest with it.
A process group does not do: each backend of PostgreSQL leads a group of its own. So the family is read from the
process table, and a process is known by its id and its start time, which a reused id does not share.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class Process(NamedTuple):
    """One process of the table."""

    pid: int
    started: str
    parent: int
    zombie: bool


def table() -> dict[int, Process]:
    """All processes, by id."""
    rows = _from_proc() if Path("/proc/self/stat").exists() else _from_ps()
    return {row.pid: row for row in rows}


def _from_proc() -> Iterable[Process]:
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            pid, _, rest = (folder / "stat").read_text(errors="replace").partition(" (")
            fields = rest.rpartition(")")[2].split()  # the name before it may contain spaces and parentheses
            yield Process(int(pid), fields[19], int(fields[1]), zombie=fields[0] == "Z")


def _from_ps() -> Iterable[Process]:
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat=,lstart="], capture_output=True, text=True, check=True
    ).stdout
    for line in listing.splitlines():
        pid, parent, state, started = line.split(maxsplit=3)
        yield Process(int(pid), started, int(parent), zombie=state.startswith("Z"))


def family(pid: int) -> list[Process]:
    """The process and all that descend from it, parents first; empty when it has ended."""
    everybody = table()
    found = [everybody[pid]] if pid in everybody else []
    for member in found:  # grows while it is walked
        found += [process for process in everybody.values() if process.parent == member.pid]
    return found


def send(members: Iterable[Process], number: signal.Signals) -> None:
    """Signal those of the processes that are still the same ones."""
    now = table()
    for member in members:
        if member.pid in now and now[member.pid].started == member.started:
            with suppress(ProcessLookupError):
                os.kill(member.pid, number)


def freeze(pid: int) -> list[Process]:
    """Stop the whole family; the parent first, so that it makes no more children."""
    send(family(pid)[:1], signal.SIGSTOP)
    members = family(pid)
    send(members, signal.SIGSTOP)
    return members


def thaw(pid: int) -> None:
    send(family(pid), signal.SIGCONT)


def kill(pid: int) -> None:
    """End the whole family at once."""
    send(freeze(pid), signal.SIGKILL)


def end(pid: int, number: signal.Signals, gone: Callable[[], bool], *, patience: float) -> None:
    """Ask the process to end, and kill whatever of its family is left when patience runs out."""
    members = family(pid)
    send(members[:1], number)
    send(members, signal.SIGCONT)  # a stopped process takes no other signal than SIGKILL
    deadline = time.monotonic() + patience
    while not gone() and time.monotonic() < deadline:
        time.sleep(0.01)
    if not gone():
        kill(pid)
    send(members, signal.SIGKILL)
