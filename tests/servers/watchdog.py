"""Ends the servers when pytest is gone, however it went.

It reads from a pipe whose other end only pytest holds: when pytest returns, is interrupted, or is killed with SIGKILL,
the pipe closes, and what has not been called off is ended and the temporary folder removed. Fixtures alone cannot
promise that. It runs in a session of its own, so that Ctrl-C in the terminal does not reach it.
"""

import shutil
import signal
import sys
from collections.abc import Iterable
from functools import partial

from tests.servers import processes


def watch(orders: Iterable[str]) -> dict[processes.Process, signal.Signals]:
    """Follow "watch PID SIGNAL" and "forget PID" until the pipe closes; what is to be ended, and with what."""
    watched: dict[int, tuple[processes.Process, signal.Signals]] = {}
    for order in orders:
        verb, pid, *number = order.split()
        if verb == "forget":
            watched.pop(int(pid), None)
        elif process := processes.table().get(int(pid)):
            watched[process.pid] = process, signal.Signals(int(number[0]))
    return dict(watched.values())


def gone(process: processes.Process) -> bool:
    now = processes.table().get(process.pid)
    return now is None or now.zombie or now.started != process.started


def main() -> None:
    for process, number in watch(sys.stdin).items():
        if not gone(process):
            processes.end(process.pid, number, partial(gone, process), patience=5)
    shutil.rmtree(sys.argv[1], ignore_errors=True)


if __name__ == "__main__":
    main()
