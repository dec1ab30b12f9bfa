"""A server as a process of ours: started, waited for, signalled, and ended."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import TypeVar

from tests.servers import processes

T = TypeVar("T")


class StartError(Exception):
    """A server that is installed did not come up."""


class PortTakenError(StartError):
    """Somebody else took the port between our choice and the server's start."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerProcess:
    """One running server, with the signals that end it."""

    child: "subprocess.Popen[bytes]"
    log_path: Path
    stop_signal: signal.Signals
    """Shuts down in order, without waiting for clients."""
    end_signal: signal.Signals
    """Ends it as fast as it can be without leaving anything outside its folder; the data may be lost."""

    @property
    def pid(self) -> int:
        return self.child.pid

    @property
    def running(self) -> bool:
        return self.child.poll() is None

    def wait_until(self, attempt: Callable[[], T], failure: type[Exception], *, timeout: float = 60.0) -> T:
        """Repeat the attempt until it does not fail; say what the log says if the server gives up."""
        deadline = time.monotonic() + timeout
        while True:
            if not self.running:
                raise self._start_error("ended as soon as it was started")
            try:
                return attempt()
            except failure as error:
                if time.monotonic() > deadline:
                    raise self._start_error(f"did not answer within {timeout:.0f} s ({error})") from error
            time.sleep(0.02)

    def _start_error(self, what: str) -> StartError:
        log = self.log_path.read_text(errors="replace")
        kind = PortTakenError if "already in use" in log else StartError
        return kind(f"{Path(str(self.log_path)).stem} {what}. Its log ends with:\n{log[-2000:]}")

    def stop(self) -> None:
        processes.end(self.pid, self.stop_signal, lambda: not self.running, patience=30)
        self.child.wait()

    def end(self) -> None:
        """What is fastest, for a server whose data nobody will read again."""
        if self.running:
            processes.end(self.pid, self.end_signal, lambda: not self.running, patience=5)
        self.child.wait()

    def kill(self) -> None:
        processes.kill(self.pid)
        self.child.wait()

    def freeze(self) -> None:
        processes.freeze(self.pid)

    def thaw(self) -> None:
        processes.thaw(self.pid)


def on_free_port(start: Callable[[int], T]) -> T:
    """Start a server on a free port, on another one if somebody was faster."""
    for _ in range(4):
        try:
            return start(free_port())
        except PortTakenError:
            continue
    return start(free_port())


def free_port() -> int:
    """A port nobody listens on, below those the kernel hands to outgoing connections.

    Not from the global random numbers: pytest-randomly seeds them, and two sessions with one seed would meet.
    """
    while True:
        port = SystemRandom().randrange(15_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
