"""``triage replay --follow``: a log that grows, and each finding as soon as it is certain."""

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import click

from triage import check
from triage.cli import FOUND, OK, UNREAD, complain
from triage.cli.delivery import FAIL_ON
from triage.cli.waiting import stopped
from triage.detectors.detector import Detector
from triage.detectors.unfinished_transaction import UnfinishedTransaction
from triage.errors import TriageError, UsageError
from triage.evidence import Evidence
from triage.findings import Confidence, Finding, Report, Severity
from triage.querylogs.following.follower import Follower
from triage.querylogs.following.reading import Moment
from triage.reports import json as json_report
from triage.reports import text as text_report
from triage.runbooks import Runbook

POLL = 0.5
JUDGE = 2.0
"""Seconds between two judgements, at the least."""
_SHARE = 20
"""A judgement may take one part in so many of the time."""
_LAST_READS = 5
"""At the end: a busy log must not keep us for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the user wants of the judgements."""

    judges: tuple[type[Detector], ...]
    thresholds: Mapping[str, Mapping[str, Any]]
    models: Evidence | None
    explain_format: bool
    output: Path | None
    fail_on: str


class Printer(Protocol):
    """Prints what is new."""

    def __call__(self, report: Report) -> None:
        """Print a report that holds only what was not printed yet."""
        ...


def follow(follower: Follower, terms: Terms, printed: Printer) -> int:
    """Read, judge and print until the log is over or a signal comes; return the exit code."""
    gc.freeze()
    gc.enable()  # main stops it, as no other command lives long enough to need it
    run = _Run(follower, terms, printed)
    with stopped(is_printing=terms.output is None) as is_stopped:
        while not (follower.is_over or is_stopped(0.0, None)):
            run.step()
            if not follower.is_over:
                is_stopped(POLL, follower.fileno())
    return run.end()


@dataclass(slots=True)
class _Run:
    follower: Follower
    terms: Terms
    printed: Printer
    _known: dict[str, tuple[Severity, Confidence]] = field(default_factory=dict)
    """How bad, and how sure, each finding was when it was printed."""
    _said: set[str] = field(default_factory=set)
    _is_due: bool = False
    _next: float = 0.0
    _left_open: tuple[int, ...] = ()

    def step(self) -> None:
        """Read what has come, and judge if it is time to."""
        self._is_due = self.follower.read() or self._is_due
        if waits_for := self.follower.waits_for():
            self._say(f"Waiting: {waits_for}")
        elif successor := self.follower.successor():
            self._say(f"{self.follower.name} seems to be over: {successor} is written now. Follow that one.")
        if self.terms.explain_format:
            for line in self.follower.explanations():
                self._say(line)
        started = time.monotonic()
        if started < self._next:
            return
        moment = self._moment()
        left_open = tuple(self.follower.left_open(replace(moment, idle=idle)) for idle in self._idle())
        is_more = any(now > before for now, before in zip(left_open, self._left_open or (0, 0), strict=True))
        if self._is_due or is_more:
            shown = self.follower.shown(moment)
            report = self._judged(shown.evidence)
            if report.findings:
                self.printed(report)
            took = time.monotonic() - started
            self._is_due, self._left_open, self._next = False, left_open, started + max(JUDGE, _SHARE * took)

    def end(self) -> int:
        """Read what is there by now, print what is left to say, and return the exit code."""
        for _ in range(_LAST_READS):
            if not self.follower.read():
                break
        shown = self.follower.end(self._moment())
        report = self._judged(shown.evidence)
        if report.findings or report.gaps:
            self.printed(report)
        for line in self.follower.explanations() if self.terms.explain_format else ():
            self._say(line)
        counts = ((shown.executions, "execution"), (shown.transactions, "transaction"), (len(self._known), "finding"))
        said = ", ".join(f"{number:,} {what}{'s' * (number != 1)}" for number, what in counts)
        unread = [gap for gap in report.gaps if gap.unread]
        for gap in unread:
            complain(gap.reason, gap.hint)
        click.echo(f"Followed {self.follower.name}: {said}", err=True)
        if unread:
            return UNREAD
        least = FAIL_ON[self.terms.fail_on]
        return FOUND if least is not None and any(severity >= least for severity, _ in self._known.values()) else OK

    def _moment(self) -> Moment:
        return Moment(collected_at=datetime.now(UTC), idle=self._idle()[0], in_silence=self.follower.is_silent)

    def _idle(self) -> tuple[float, float]:
        """After how many seconds an open transaction is left open, and after how many that is critical."""
        fields = {"warning": UnfinishedTransaction().warning, "critical": UnfinishedTransaction().critical}
        fields |= self.terms.thresholds.get(UnfinishedTransaction.id, {})
        return fields["warning"].total_seconds(), fields["critical"].total_seconds()

    def _judged(self, evidence: Evidence) -> Report:
        """Judge, and keep what is new."""
        evidence = evidence.merged(self.terms.models) if self.terms.models else evidence
        report = check.judge(evidence, self.terms.thresholds, self.terms.judges)
        new: list[Finding] = []
        for finding in report.findings:
            known = self._known.get(finding.key)
            if known is None or finding.severity > known[0] or finding.confidence > known[1]:
                new.append(finding)
                before = known or (finding.severity, finding.confidence)
                self._known[finding.key] = max(before[0], finding.severity), max(before[1], finding.confidence)
        return replace(report, findings=tuple(new))

    def _say(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            click.echo(line, err=True)


def printer(format_: str, output: Path | None, books: Mapping[str, Runbook]) -> Printer:
    """Return what prints in a format to stdout, or appends to a file."""
    rendered: dict[str, Callable[[Report], str]] = {"json": _json, "text": lambda report: _text(report, books, output)}
    if format_ not in rendered:
        raise UsageError(f"--follow does not print {format_}", f"choose {' or '.join(rendered)} with --format")

    def printed(report: Report) -> None:
        _write(rendered[format_](report), output)

    if output is not None:
        _write("", output)  # a file that cannot be written to is to be known of now
    return printed


def _json(report: Report) -> str:
    return json.dumps(json_report.document(report), ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def _text(report: Report, books: Mapping[str, Runbook], output: Path | None) -> str:
    """Each finding as the text report has it, with the time before it; then, at the end, what was not looked at."""
    color = output is None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
    stamp = report.collected_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    blocks = [
        f"{stamp}  {_body(replace(report, findings=(finding,), sources=(), gaps=(), skipped=()), books, color=color)}"
        for finding in report.findings
    ]
    if report.gaps:
        blocks.append(_body(replace(report, findings=(), sources=(), skipped=()), books, color=color))
    return "".join(f"{block}\n" for block in blocks)


def _body(report: Report, books: Mapping[str, Runbook], *, color: bool) -> str:
    """The text report without its headline."""
    return text_report.render(report, books, color=color).partition("\n\n")[2]


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
        sys.stdout.flush()
        return
    try:
        with output.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise TriageError(
            f"the findings could not be written to {output}: {error.strerror}", "check the folder and its permissions"
        ) from error
