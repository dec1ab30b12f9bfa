"""The logs to be measured, made once and kept in the cache, outside of the repository.

Real traffic makes the first megabytes of each; the rest repeats them (`repetition.py`).
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.replay import recording
from tests.benchmarks.replay.layout import LAYOUTS
from tests.benchmarks.replay.repetition import cut, repeated
from tests.benchmarks.replay.traffic import Traffic
from tests.servers import places
from tests.servers.fleet import Fleet

VERSION = 1
"""Of the app, of its traffic and of the servers' settings: a change of theirs makes new logs."""

RECORDINGS: tuple[tuple[Callable[[Fleet, Path, int], Traffic], tuple[str, ...]], ...] = (
    (recording.postgresql, ("stderr", "csvlog", "jsonlog")),
    (recording.mariadb, ("general", "slow")),
    (recording.echo, ("echo", "echo-json")),
)
"""What makes logs, and in which formats."""

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Logs:
    """Logs of one size."""

    folder: Path
    recorded: int
    """Megabytes of real traffic at least, in each."""

    @classmethod
    def cached(cls, recorded: int) -> "Logs":
        folder = places.cache() / "bench" / f"v{VERSION}-{recorded}MB"
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, recorded)

    def record(self, formats: Sequence[str]) -> None:
        """Make the real logs that are not there yet."""
        for make, made in RECORDINGS:
            if any(name in formats and not self.real(name).exists() for name in made):
                print(f"recording {', '.join(made)}: {self.recorded} MB of real traffic ...", flush=True)
                fleet = Fleet()
                try:
                    with _scratch(self.folder) as folder:
                        ran = make(fleet, folder, self.recorded * MB)
                        for name in made:
                            (folder / name).rename(self.real(name))
                finally:
                    fleet.close()
                print(f"  {ran.executions:,} executions of SQLAlchemy in {ran.seconds:.0f} s", flush=True)

    def real(self, name: str) -> Path:
        return self.folder / name

    def long(self, name: str, size: int) -> Path:
        """A log of at least so many megabytes."""
        path = self.folder / f"{name}-{size}MB"
        if not path.exists():
            with _scratch(self.folder) as folder:
                repeated(self.real(name), LAYOUTS[name], size * MB, folder / name)
                (folder / name).rename(path)
        return path

    def part(self, name: str, size: int, of: int) -> Path:
        """The first megabytes of such a log, for programs that take minutes for more."""
        path = self.folder / f"{name}-{of}MB-first-{size}MB"
        if not path.exists():
            with _scratch(self.folder) as folder:
                cut(self.long(name, of), LAYOUTS[name], size * MB, folder / name)
                (folder / name).rename(path)
        return path


@contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    """A folder in which a log can be made that must not be found before it is complete."""
    folder = Path(tempfile.mkdtemp(prefix=".making-", dir=beside))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
