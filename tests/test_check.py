"""The run: every detector that can judges, one that fails is told, and the findings are in order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, ClassVar, Protocol

import pytest

from tests.detectors.build import HOUR, NOW, active, bounded, evidence, leaked, limit, session, waiter
from triage import check
from triage.check import judge, look
from triage.collectors import Collector
from triage.collectors.question import Question
from triage.detectors import DETECTORS
from triage.detectors.detector import Detector
from triage.errors import SourceError
from triage.evidence import EngineConfig, Evidence, Gap, Source, SourceKind
from triage.findings import Confidence, Finding, Report, Severity

Detectors = tuple[type[Detector], ...]
QUESTION = Question(collected_at=NOW, url="postgresql://app@localhost/shop")


def finding(name: str, severity: Severity = Severity.WARNING) -> Finding:
    return Finding(
        id=name,
        key=f"{name}:1",
        severity=severity,
        confidence=Confidence.HIGH,
        subject="a",
        summary="a",
        remediation="a",
        runbook="a",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Warns:
    """Always warns."""

    bound: float = 1.0

    id: ClassVar[str] = "warns"
    runbooks: ClassVar[tuple[str, ...]] = ("a",)
    needs: ClassVar[tuple[str, ...]] = ()

    def detect(self, evidence: Evidence) -> Iterator[Finding]:  # noqa: ARG002
        """Warn."""
        yield finding(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms(Warns):
    """Always cries out."""

    id: ClassVar[str] = "alarms"

    def detect(self, evidence: Evidence) -> Iterator[Finding]:  # noqa: ARG002
        """Cry out."""
        yield finding(self.id, Severity.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fails(Warns):
    """Has a bug."""

    id: ClassVar[str] = "fails"

    def detect(self, evidence: Evidence) -> Iterator[Finding]:  # noqa: ARG002
        """Fail."""
        raise ZeroDivisionError("division by zero")


@dataclass(frozen=True, slots=True, kw_only=True)
class FailsLate(Warns):
    """Has a bug that shows after the first finding."""

    id: ClassVar[str] = "fails-late"

    def detect(self, evidence: Evidence) -> Iterator[Finding]:  # noqa: ARG002
        """Find something, then fail."""
        yield finding(self.id)
        raise KeyError("pid")


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsMuch(Warns):
    """Cannot do without three things."""

    id: ClassVar[str] = "needs-much"
    needs: ClassVar[tuple[str, ...]] = ("activity", "engines", "server")


class Only(Protocol):
    """The type of the fixture ``only``."""

    def __call__(
        self, *detectors: type[Detector], seen: Evidence | None = None, **thresholds: Mapping[str, Any]
    ) -> Report:
        """Judge."""
        ...


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Only:
    """Runs these detectors and no others."""

    def run(*detectors: type[Detector], seen: Evidence | None = None, **thresholds: Mapping[str, Any]) -> Report:
        monkeypatch.setattr(check, "DETECTORS", detectors)
        return judge(seen or Evidence(collected_at=NOW), thresholds)

    return run


# A detector that fails


def test_a_detector_that_raises_is_skipped_with_its_reason_and_the_run_goes_on(only: Only) -> None:
    report = only(Fails, Warns)
    assert [f.id for f in report.findings] == ["warns"]
    (skipped,) = report.skipped
    assert skipped.detector == "fails"
    assert skipped.reason == "it failed: ZeroDivisionError: division by zero"


def test_what_a_detector_found_before_it_failed_is_kept(only: Only) -> None:
    report = only(FailsLate)
    assert [f.id for f in report.findings] == ["fails-late"]
    assert [s.detector for s in report.skipped] == ["fails-late"]


def test_a_threshold_that_does_not_exist_skips_its_detector_only(only: Only) -> None:
    report = only(Warns, Alarms, warns={"nonsense": 1})
    assert [f.id for f in report.findings] == ["alarms"]
    assert [s.detector for s in report.skipped] == ["warns"]


# Evidence that is missing


def test_a_detector_without_its_evidence_is_skipped(only: Only) -> None:
    report = only(NeedsMuch, Warns)
    assert [f.id for f in report.findings] == ["warns"]
    assert [(s.detector, s.reason) for s in report.skipped] == [
        ("needs-much", "the sessions of a database were not read")
    ]


def test_the_reason_is_the_first_thing_that_is_missing(only: Only) -> None:
    report = only(NeedsMuch, seen=evidence())
    assert [s.reason for s in report.skipped] == ["no engine config was read"]


def test_a_detector_that_has_its_evidence_is_not_skipped(only: Only) -> None:
    assert only(Warns, Alarms).skipped == ()


def test_nothing_was_looked_at() -> None:
    report = judge(Evidence(collected_at=NOW), {})
    assert report.findings == ()
    assert {s.detector for s in report.skipped} == {kind.id for kind in DETECTORS}
    assert all(s.reason for s in report.skipped)


def test_every_kind_of_evidence_that_can_be_missing_has_its_reason() -> None:
    known = {field.name for field in fields(Evidence)}
    for kind in DETECTORS:
        assert {name for need in kind.needs for name in need.split("|")} <= known
        assert {name for need in kind.needs for name in need.split("|")} <= check._ABSENT.keys()


def test_with_engines_alone_the_findings_about_engines_are_judged() -> None:
    engines = (bounded(echo=True),)
    report = judge(Evidence(collected_at=NOW, engines=engines), {})
    assert [f.id for f in report.findings] == ["echo-enabled"]
    assert "idle-in-transaction" in {s.detector for s in report.skipped}


# Order, thresholds, and what is passed on


def test_the_worst_finding_is_the_first(only: Only) -> None:
    assert [f.id for f in only(Warns, Alarms, FailsLate).findings] == ["alarms", "fails-late", "warns"]


def test_real_findings_are_in_order() -> None:
    engines: list[EngineConfig] = [bounded(echo=True)]
    seen = evidence(leaked(1, HOUR), waiter(2, 1), active(3, HOUR), session(4), engines=engines, limits=(limit(100),))
    severities = [f.severity for f in judge(seen, {}).findings]
    assert severities == sorted(severities, reverse=True)
    assert severities[0] is Severity.CRITICAL


def test_thresholds_reach_their_detector() -> None:
    seen = evidence(leaked(1, 2 * HOUR))
    patient = {"idle-in-transaction": {"warning": timedelta(hours=3), "critical": timedelta(hours=4)}}
    assert judge(seen, {}).worst is Severity.CRITICAL
    assert judge(seen, patient).worst is Severity.INFO


def test_gaps_and_sources_are_passed_on() -> None:
    gap = Gap(source="db", reason="hidden", hint="grant")
    source = Source(kind=SourceKind.ENGINE, name="db.py", collected_at=NOW)
    report = judge(Evidence(collected_at=NOW, gaps=(gap,), sources=(source,)), {})
    assert (report.gaps, report.sources, report.collected_at) == ((gap,), (source,), NOW)


# Collecting


class Collect(Protocol):
    """The type of the fixture ``collect``."""

    def __call__(self, *collectors: Collector) -> Evidence:
        """Look."""
        ...


@pytest.fixture
def collect(monkeypatch: pytest.MonkeyPatch) -> Collect:
    """Looks with these collectors and no others."""

    def run(*collectors: Collector) -> Evidence:
        monkeypatch.setattr(check, "COLLECTORS", collectors)
        return look(QUESTION)

    return run


def sees(**evidence_fields: Any) -> Collector:
    return Collector("sees", lambda _: True, lambda q: Evidence(collected_at=q.collected_at, **evidence_fields))


def cannot(_: Question) -> Evidence:
    raise SourceError("the file cannot be read", "check its permissions", source="db.py")


def test_what_collectors_saw_adds_up(collect: Collect) -> None:
    gap = Gap(source="db", reason="hidden", hint="grant")
    seen = collect(sees(engines=(bounded(),), gaps=(gap,)), sees(limits=(limit(),), gaps=(gap,)))
    assert seen.engines == (bounded(),)
    assert seen.limits == (limit(),)
    assert seen.gaps == (gap, gap)


def test_a_collector_that_fails_leaves_a_gap_and_the_others_go_on(collect: Collect) -> None:
    seen = collect(Collector("fails", lambda _: True, cannot), sees(limits=()))
    assert seen.limits == ()
    assert seen.gaps == (
        Gap(source="db.py", reason="the file cannot be read", hint="check its permissions", unread=True),
    )


def test_a_collector_that_is_not_asked_does_not_look(collect: Collect) -> None:
    assert collect(Collector("not asked", lambda _: False, cannot)) == Evidence(collected_at=NOW)


# The whole run


def test_literals_are_masked_before_anybody_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = leaked(statement="SELECT 1 FROM users WHERE email = 'customer@example.com'")
    monkeypatch.setattr(check, "COLLECTORS", (Collector("sees", lambda _: True, lambda _: evidence(secret)),))
    assert "customer@example.com" not in str(check.check(QUESTION))
    assert "customer@example.com" in str(check.check(QUESTION, show_literals=True))
