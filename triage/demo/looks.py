"""What triage sees of an app that waits, look by look, against what its runbook says is to be seen."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from triage import check, config, runbooks
from triage.collectors.question import Question
from triage.demo.scene import Scene
from triage.detectors import DETECTORS
from triage.errors import SourceError
from triage.findings import Report
from triage.proof import Proof
from triage.reports import text

Thresholds = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look came to."""

    found: frozenset[str]
    """The ids of its findings."""
    unread: tuple[str, ...]
    """Why what was asked for could not be read, or not to its end: then nothing found says nothing."""
    render: Callable[[bool], str]
    """The report as text, in colour or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at an app."""

    name: str
    command: str
    """What a user would type."""
    expected: frozenset[str]
    seen: Seen

    @property
    def is_as_expected(self) -> bool:
        """Whether it found exactly what the runbook says."""
        return self.seen.found == self.expected and not self.seen.unread


def looks(scene: Scene, proofs: Iterable[Proof]) -> Iterator[Look]:
    """Make every look that the proofs name; of the fixed app nothing is to be seen.

    Raises:
        ConfigError: a threshold is not known.
    """
    for proof in proofs:
        for name, findings in proof.looks.items():
            command, seen = look(name, scene, proof)
            yield Look(
                name=name,
                command=command,
                expected=findings if scene.script.name == proof.app else frozenset(),
                seen=seen,
            )


def look(name: str, scene: Scene, proof: Proof) -> tuple[str, Seen]:
    """Make the look of that name: the command that it is, and what it came to."""
    engine = f"{scene.script.parent.name}/{scene.script.name}"
    if name == "explain":
        return f"triage explain {scene.app_log.name}", _explained(scene.app_log)
    thresholds = config.thresholds(scene.script.parent / "runbook.md", proof.thresholds, DETECTORS)
    if name == "replay":
        names = " ".join(log.name for log in scene.query_logs)
        return f"triage replay {names}{_note(proof)}", _of(_replayed(scene.query_logs, thresholds))
    url = scene.url if name == "check" else None
    question = Question(
        collected_at=datetime.now(UTC),
        url=url,
        engines=(str(scene.script),),
        processes=proof.processes if url else None,
    )
    options = [url, f"--engine {engine}", f"--processes {proof.processes}"] if url else [f"--engine {engine}"]
    return f"triage check {' '.join(map(str, options))}{_note(proof)}", _of(check.check(question, thresholds))


def _note(proof: Proof) -> str:
    """What ``triage.toml`` would have to say, where the thresholds are not ours."""
    said = [f"{detector}.{name} = {value}" for detector, of in proof.thresholds.items() for name, value in of.items()]
    return f"  # thresholds: {', '.join(said)}" if said else ""


def _replayed(logs: Iterable[Path], thresholds: Thresholds) -> Report:
    from triage.querylogs.replay import Logs, replay  # noqa: PLC0415 - the other looks need not wait for it

    evidence = replay(Logs(names=tuple(map(str, logs)), workers=1), datetime.now(UTC)).evidence
    return check.judge(evidence, thresholds, check.readers("query_logs"))


def _of(report: Report) -> Seen:
    return Seen(
        found=frozenset(finding.id for finding in report.findings),
        unread=tuple(gap.reason for gap in report.gaps if gap.unread),
        render=lambda color: text.render(report, runbooks.load(), color=color),
    )


def _explained(log: Path) -> Seen:
    done = _explain(log, "json")
    try:
        report = json.loads(done.stdout)
    except ValueError as error:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[0]
        raise SourceError(f"triage explain failed: {said}", "run it with -v on what the app printed") from error
    return Seen(
        found=frozenset(finding["id"] for finding in report["findings"]),
        unread=tuple(gap["reason"] for gap in report["gaps"]) if done.returncode == 3 else (),
        render=lambda color: _explain(log, "text").stdout,  # noqa: ARG005
    )


def _explain(log: Path, format_: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "triage", "explain", str(log), "--format", format_],
        capture_output=True,
        text=True,
        check=False,
    )
