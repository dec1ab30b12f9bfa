"""The whole run: look everywhere that was asked for, judge, and order what was found."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from triage import redact
from triage.collectors import COLLECTORS
from triage.collectors.question import Question
from triage.detectors import DETECTORS
from triage.detectors.detector import Detector, missing
from triage.errors import SourceError
from triage.evidence import Evidence, Gap
from triage.findings import Finding, Report, Skipped, by_importance
from triage.gauges import gauges

log = logging.getLogger(__name__)

_ABSENT = {
    "app_logs": "no application log was read",
    "activity": "the sessions of a database were not read",
    "connections": "the server's count of its connections was not read",
    "engines": "no engine config was read",
    "horizon": "no xmin horizon was read, which only PostgreSQL has",
    "limits": "the connection limits of a database were not read",
    "prepared": "the prepared transactions of a database were not read",
    "query_logs": "no query log was read",
    "server": "the settings of a database were not read",
    "statements": "the server's counts of its statements were not read",
}
"""Why a detector is skipped, by the field of the evidence that is missing."""


def check(
    question: Question, thresholds: Mapping[str, Mapping[str, Any]] | None = None, *, show_literals: bool = False
) -> Report:
    """Look, take the literals out, and judge."""
    return judge(redact.masked(look(question), show_literals=show_literals), thresholds or {})


def look(question: Question) -> Evidence:
    """Ask every collector the question is about; one that fails leaves a gap."""
    evidence = Evidence(collected_at=question.collected_at)
    for collector in COLLECTORS:
        if not collector.asked(question):
            continue
        try:
            seen = collector.collect(question)
        except SourceError as error:
            gap = Gap(source=error.source or collector.name, reason=error.message, hint=error.hint, unread=True)
            seen = Evidence(collected_at=question.collected_at, gaps=(gap,))
        log.info("%s collected, gaps: %d", collector.name, len(seen.gaps))
        evidence = evidence.merged(seen)
    return evidence


def judge(
    evidence: Evidence,
    thresholds: Mapping[str, Mapping[str, Any]],
    detectors: tuple[type[Detector], ...] | None = None,
) -> Report:
    """Run every detector that has what it needs; one that raises is skipped, and the run goes on."""
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    for kind in DETECTORS if detectors is None else detectors:
        if absent := missing(kind, evidence):
            skipped.append(Skipped(detector=kind.id, reason=", and ".join(_ABSENT[name] for name in absent)))
            continue
        try:
            findings.extend(_judged(kind(**thresholds.get(kind.id, {})), evidence))
        except Exception as error:
            log.warning("the detector %s failed: %s", kind.id, error, exc_info=log.isEnabledFor(logging.INFO))
            skipped.append(Skipped(detector=kind.id, reason=f"it failed: {type(error).__name__}: {error}"))
    return Report(
        collected_at=evidence.collected_at,
        findings=tuple(sorted(findings, key=by_importance)),
        gaps=evidence.gaps,
        skipped=tuple(skipped),
        sources=evidence.sources,
        gauges=gauges(evidence),
    )


def readers(field: str) -> tuple[type[Detector], ...]:
    """The detectors that read this field of the evidence."""
    return tuple(kind for kind in DETECTORS if any(field in need.split("|") for need in kind.needs))


def _judged(detector: Detector, evidence: Evidence) -> Iterator[Finding]:
    yield from detector.detect(evidence)
