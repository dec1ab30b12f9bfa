"""Runs the command line as a user does, and reads what it says."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema

from triage.reports.json import schema

_SCHEMA = json.loads(schema())


@dataclass(frozen=True)
class Run:
    """What a command left behind."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Checked(Run):
    """What `triage check --format json` left behind; its report is valid by the schema."""

    report: dict[str, Any]

    def found(self, finding_id: str) -> dict[str, Any]:
        """The one finding of that id."""
        (finding,) = [f for f in self.report["findings"] if f["id"] == finding_id]
        assert isinstance(finding, dict)
        return finding

    @property
    def ids(self) -> set[str]:
        """The ids of all findings."""
        return {f["id"] for f in self.report["findings"]}

    @property
    def gaps(self) -> str:
        """All that was not seen, as one text."""
        return "\n".join(f"{gap['reason']} ({gap['hint']})" for gap in self.report["gaps"])


def triage(*arguments: str | Path, environment: dict[str, str] | None = None, cwd: Path | None = None) -> Run:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "triage", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=cwd,
        env=os.environ | {"COLUMNS": "80"} | (environment or {}),
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Run(done.returncode, done.stdout, done.stderr)


def check(*arguments: str | Path) -> Checked:
    """Run `triage check --format json` and hold its report against the schema."""
    run = triage("check", *arguments, "--format", "json")
    report = json.loads(run.out)
    jsonschema.validate(report, _SCHEMA)
    return Checked(run.code, run.out, run.err, report)
