"""What findings say, in the terms that scenarios expect it in."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.querylogs.verdicts.bench import ECHO
from tests.querylogs.verdicts.case import Expected
from triage.check import judge
from triage.cli.replay import JUDGES
from triage.evidence import Evidence
from triage.findings import Confidence, Finding

REPEATED = frozenset({"n-plus-one", "loop-lookup", "duplicate-query", "write-loop"})

PERHAPS = " (perhaps)"


def findings(evidence: Evidence) -> list[Finding]:
    """The findings about repetitions."""
    report = judge(evidence, {}, JUDGES)
    assert not report.skipped, report.skipped
    return [each for each in report.findings if each.id in REPEATED]


def said(found: Iterable[Finding]) -> list[str]:
    """What was found, comparable."""
    return sorted(_line(expected_of(each)) for each in found)


def wanted(expected: Iterable[Expected], log_format: str) -> list[str]:
    """What is expected; in a log without the sessions' ids nothing is sure."""
    return sorted(_line(each._replace(is_low=each.is_low or log_format == ECHO)) for each in expected)


def unlike(found: Mapping[str, list[str]], expected: Mapping[str, list[str]]) -> list[str]:
    """What differs, in a line for each finding that is missing or too much; empty where nothing does."""
    lines = []
    for name in expected:
        missing, more = list(expected[name]), []
        for each in found[name]:
            match = next((one for one in (each, each + PERHAPS) if one in missing), None)
            if match is None:
                more.append(each)
            else:
                missing.remove(match)
        missing = [each for each in missing if not each.endswith(PERHAPS)]
        lines += [f"{name}: missing {each}" for each in missing] + [f"{name}: too much {each}" for each in more]
    return lines


def _line(each: Expected) -> str:
    sure = ("low" if each.is_low else "sure") + (PERHAPS if each.is_optional else "")
    return f"{each.id} {each.kind} {each.relationship} {each.loader}: {each.executions} in {each.episodes}, {sure}"


def expected_of(finding: Finding) -> Expected:
    """The finding, in the same terms."""
    details: Mapping[str, Any] = finding.details
    return Expected(
        id=finding.id,
        kind=details["kind"],
        relationship=details["relationship"],
        loader=details["loader"],
        executions=details["executions"],
        episodes=details["episodes"],
        is_low=finding.confidence is Confidence.LOW,
    )
