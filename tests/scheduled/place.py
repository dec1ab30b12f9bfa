"""A folder with a triage.toml, and what `triage report` makes of it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.run import Run, triage

HEALTHY = 'engine = "engine.toml"\nprocesses = 1\n'
"""What a target says that can be looked at without a server, and where nothing is wrong."""
LOUD = 'engine = "loud.toml"\nprocesses = 1\n'
"""The same, with a finding: its engine prints every statement."""
FOUND = "echo-enabled"


@dataclass(frozen=True)
class Reported(Run):
    """What a run said, and its report as JSON."""

    report: dict[str, Any]

    def target(self, name: str) -> dict[str, Any]:
        (target,) = [each for each in self.report["targets"] if each["name"] == name]
        assert isinstance(target, dict)
        return target

    def ids(self, name: str) -> set[str]:
        """The findings of a target."""
        return {finding["id"] for finding in self.target(name)["report"]["findings"]}

    def changes(self, name: str) -> dict[str, str]:
        """What became of them, by id."""
        target = self.target(name)
        return {f["id"]: target["trends"][f["key"]]["change"] for f in target["report"]["findings"]}

    def gone(self, name: str) -> list[str]:
        return [each["id"] for each in self.target(name)["gone"]]

    def gaps(self, name: str | None = None) -> str:
        """What could not be done or seen, as one text: of the run, or of a target."""
        gaps = self.report["gaps"] if name is None else self.target(name)["report"]["gaps"]
        return "\n".join(f"{gap['reason']} ({gap['hint']})" for gap in gaps)


@dataclass(frozen=True)
class Place:
    """A folder with a triage.toml."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "triage.toml"

    @property
    def history(self) -> Path:
        return self.folder / "triage-history.sqlite"

    def says(self, *parts: str, **targets: str) -> "Place":
        """Write the file: its other tables, and by name what its targets say."""
        tables = [f"[targets.{json.dumps(name)}]\n{said}" for name, said in targets.items()]
        self.config.write_text("\n".join([*tables, *parts]), encoding="utf-8")
        (self.folder / "engine.toml").write_text('url = "postgresql://db/shop"\npool_pre_ping = true\npool_size = 5\n')
        (self.folder / "loud.toml").write_text(
            'url = "postgresql://db/shop"\npool_pre_ping = true\npool_size = 5\necho = true\n'
        )
        return self

    def run(self, *arguments: str | Path, environment: dict[str, str] | None = None) -> Run:
        return triage("report", "--config", self.config, *arguments, environment=environment, cwd=self.folder)

    def report(self, *arguments: str | Path, environment: dict[str, str] | None = None) -> Reported:
        run = self.run(*arguments, "--format", "json", environment=environment)
        assert run.out, run.err
        return Reported(run.code, run.out, run.err, json.loads(run.out))

    @contextmanager
    def running(self, *arguments: str, environment: dict[str, str] | None = None) -> Iterator["subprocess.Popen[str]"]:
        """A run that goes on while the block lasts, if it is not ended before; in a process group of its own."""
        process = subprocess.Popen(
            [sys.executable, "-m", "triage", "report", "--config", str(self.config), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=os.environ | {"COLUMNS": "80"} | (environment or {}),
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def files(self) -> set[str]:
        """All that lies in the folder, but for what the run keeps for itself and what it reads."""
        own = {"triage.toml", "triage.lock", "triage-history.sqlite", "engine.toml", "loud.toml"}
        found = {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}
        return found - own
