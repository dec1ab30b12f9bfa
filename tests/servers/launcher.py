"""The place our servers live in: a temporary folder, the account they run as, and the watchdog over them."""

import os
import pwd
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from tests.servers.process import ServerProcess, StartError

ROOT = Path(__file__).parents[2]


class Launcher:
    """Starts servers and sees to it that none outlives the session."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="triage-servers-", dir=_temporary()))
        self.folder.chmod(0o711)  # servers of another account pass through
        self._count = 0
        self._running: list[ServerProcess] = []
        self._watchdog = subprocess.Popen(
            [sys.executable, "-S", "-m", "tests.servers.watchdog", str(self.folder)],
            stdin=subprocess.PIPE,
            cwd=ROOT,
            start_new_session=True,
            text=True,
        )

    def new_folder(self, name: str, *, unprivileged: bool) -> Path:
        """An empty folder for one server, owned by the account it runs as."""
        self._count += 1
        folder = self.folder / f"{self._count}-{name}"
        folder.mkdir(mode=0o700)
        if unprivileged:
            give(folder)
        return folder

    def run(self, command: Sequence[str | Path], *, folder: Path, unprivileged: bool = False, given: str = "") -> str:
        """Run a program to its end; what it printed."""
        ended = subprocess.run(
            command,
            cwd=folder,
            env=_environment(),
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **_account(unprivileged=unprivileged),
        )
        if ended.returncode:
            raise StartError(f"{' '.join(map(str, command))} failed:\n{ended.stdout[-2000:]}")
        return ended.stdout

    def launch(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        folder: Path,
        stop_signal: signal.Signals,
        end_signal: signal.Signals,
        unprivileged: bool = False,
    ) -> ServerProcess:
        """Start a server that stays until it is ended, here or by the watchdog."""
        log_path = folder / f"{name}.log"
        with log_path.open("wb") as log:
            child = subprocess.Popen(
                command,
                cwd=folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is for pytest
                **_account(unprivileged=unprivileged),
            )
        process = ServerProcess(child=child, log_path=log_path, stop_signal=stop_signal, end_signal=end_signal)
        self._running.append(process)
        self._order(f"watch {process.pid} {int(end_signal)}")
        return process

    def end(self, process: ServerProcess) -> None:
        process.end()
        self._running.remove(process)
        self._order(f"forget {process.pid}")

    def close(self) -> None:
        """End all servers and remove the folder."""
        for process in reversed(self._running.copy()):
            self.end(process)
        self._watchdog.communicate()

    def _order(self, order: str) -> None:
        assert self._watchdog.stdin is not None
        print(order, file=self._watchdog.stdin, flush=True)


def give(path: Path) -> None:
    """Let the account that unprivileged servers run as own the path and what is in it."""
    if account := server_account():
        for each in (path, *path.rglob("*")):
            os.chown(each, account.pw_uid, account.pw_gid)


def server_account() -> pwd.struct_passwd | None:
    """Whom PostgreSQL and PgBouncer, which refuse to run as root, run as; None when we are not root ourselves."""
    if os.geteuid() != 0:
        return None
    accounts = {entry.pw_name: entry for entry in pwd.getpwall()}
    return accounts.get("postgres") or accounts["nobody"]


def reachable(folder: Path) -> bool:
    """Whether that account may enter the folder, through all folders above it."""
    path = folder.resolve()
    return server_account() is None or all(each.stat().st_mode & 0o001 for each in (path, *path.parents))


class _Account(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _account(*, unprivileged: bool) -> _Account:
    account = server_account() if unprivileged else None
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


def _temporary() -> Path:
    usual = Path(tempfile.gettempdir())
    return usual if reachable(usual) else Path("/tmp")


def _environment() -> dict[str, str]:
    """Ours, without what would steer a server or its tools elsewhere, and with messages in English."""
    steering = ("PG", "MYSQL_", "MARIADB_", "LC_", "LANGUAGE", "NOTIFY_SOCKET")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(steering)}
    return kept | {"LANG": "C"}
