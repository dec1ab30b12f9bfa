"""What triage sees of an app that waits, look by look, against what its runbook says is to be seen."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from triage import check, config
from triage.collectors.question import Question
from triage.demo.scene import Scene
from triage.detectors import DETECTORS
from triage.findings import Report
from triage.proof import Proof

Thresholds = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at an app."""

    command: str
    """What a user would type."""
    expected: frozenset[str]
    """The ids of the findings that the runbook says are to be seen."""
    report: Report

    @property
    def found(self) -> frozenset[str]:
        """The ids of its findings."""
        return frozenset(finding.id for finding in self.report.findings)

    @property
    def unread(self) -> tuple[str, ...]:
        """Why what was asked for could not be read, or not to its end: then nothing found says nothing."""
        return tuple(gap.reason for gap in self.report.gaps if gap.unread)

    @property
    def is_as_expected(self) -> bool:
        """Whether it found exactly what the runbook says."""
        return self.found == self.expected and not self.unread


def looks(scene: Scene, proofs: Iterable[Proof]) -> Iterator[Look]:
    """Make every look that the proofs name; of the fixed app nothing is to be seen.

    Raises:
        ConfigError: a threshold is not known.
    """
    for proof in proofs:
        thresholds = config.thresholds(scene.script.parent / "runbook.md", proof.thresholds, DETECTORS)
        for name, findings in proof.looks.items():
            yield Look(
                command=f"triage {_command(name, scene, proof)}{_note(proof)}",
                expected=findings if scene.script.name == proof.app else frozenset(),
                report=_report(name, scene, proof, thresholds),
            )


def _report(name: str, scene: Scene, proof: Proof, thresholds: Thresholds) -> Report:
    """What the command of that name would report."""
    now = datetime.now(UTC)
    match name:
        case "replay":
            from triage.querylogs.replay import Logs, replay  # noqa: PLC0415 - the other looks need not wait for it

            logs = Logs(names=tuple(map(str, scene.query_logs)), workers=1)
            return check.judge(replay(logs, now).evidence, thresholds, check.readers("query_logs"))
        case "explain":
            from triage.applogs.reading import read_logs  # noqa: PLC0415 - nor for this

            return check.judge(read_logs((str(scene.app_log),), now), thresholds, check.readers("app_logs"))
        case "check":
            question = Question(
                collected_at=now, url=scene.url, engines=(str(scene.script),), processes=proof.processes
            )
        case _:
            question = Question(collected_at=now, engines=(str(scene.script),))
    return check.check(question, thresholds)


def _command(name: str, scene: Scene, proof: Proof) -> str:
    script = f"{scene.script.parent.name}/{scene.script.name}"
    match name:
        case "replay":
            return f"replay {' '.join(log.name for log in scene.query_logs)}"
        case "explain":
            return f"explain {scene.app_log.name}"
        case "check":
            return f"check {scene.url} --engine {script} --processes {proof.processes}"
        case _:
            return f"check --engine {script}"


def _note(proof: Proof) -> str:
    """What ``triage.toml`` would have to say, where the thresholds are not ours."""
    said = [f"{detector}.{name} = {value}" for detector, of in proof.thresholds.items() for name, value in of.items()]
    return f"  # thresholds: {', '.join(said)}" if said else ""
