"""The verdict table, on real servers, in every log format that each of them writes, and in SQLAlchemy's echo."""

from datetime import UTC, datetime
from itertools import chain

import pytest

from tests.querylogs.verdicts.bench import ECHO, Bench, Recording
from tests.querylogs.verdicts.case import TARGETS, Case, Target
from tests.querylogs.verdicts.said import expected_of, findings, said, unlike, wanted
from tests.querylogs.verdicts.scenarios import CASES, MODULES
from triage.collectors.models import read_models
from triage.evidence import Evidence, Models

MODELS = "tests.querylogs.verdicts.library:Base"
LOG_FORMATS = {
    "postgresql": ("postgresql-stderr", "postgresql-csvlog", "postgresql-jsonlog", ECHO),
    "mariadb": ("mysql-general", "mysql-slow", ECHO),
    "mysql": ("mysql-general", "mysql-slow", ECHO),
}
PAIRS = [
    pytest.param(target, case, id=f"{target}-{case.name}", marks=getattr(pytest.mark, target.server))
    for target in TARGETS
    for case in CASES
    if case.runs_on(target)
]
each_pair = pytest.mark.parametrize(("target", "case"), PAIRS)


@pytest.fixture(scope="module")
def models() -> Models:
    found = read_models(MODELS, collected_at=datetime.now(UTC)).models
    assert found
    return found


def test_every_scenario_is_in_the_table() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
    assert {case.app.__module__ for case in CASES} == {module.__name__ for module in MODULES}


def test_every_difference_and_exclusion_is_about_something() -> None:
    known = [{*target, name} for target in TARGETS for name in LOG_FORMATS[target.server]]
    for case in CASES:
        wheres = [each.where for each in case.differences] + [each.where for each in case.exclusions]
        for where in wheres:
            assert any(where <= words for words in known), (case.name, where)


@each_pair
def test_the_verdict_is_right_in_every_format(bench: Bench, target: Target, case: Case) -> None:
    recording = bench.recording(target, case)
    assert set(recording.evidence) == {name for name in LOG_FORMATS[target.server] if case.runs_on(target, name)}
    for name, evidence in recording.evidence.items():
        assert _understood(name, evidence), (recording.paths[name], evidence.sources, evidence.gaps)
    found = {name: said(findings(evidence)) for name, evidence in recording.evidence.items()}
    expected = {name: wanted(case.expected_on(target, name), name) for name in recording.evidence}
    _hold(recording, unlike(found, expected))


@each_pair
def test_the_models_name_it_exactly(bench: Bench, target: Target, case: Case, models: Models) -> None:
    recording = bench.recording(target, case)
    found = {name: findings(_with(models, evidence)) for name, evidence in recording.evidence.items()}
    expected = {
        name: wanted((each.by_models for each in case.expected_on(target, name)), name) for name in recording.evidence
    }
    _hold(recording, unlike({name: said(each) for name, each in found.items()}, expected))
    named = [each for each in chain(*found.values()) if each.details["relationship"]]
    assert {each.details["relationship_source"] for each in named} <= {"models"}


@each_pair
def test_what_the_orm_loads_lazily_is_what_replay_counts(
    bench: Bench, target: Target, case: Case, models: Models
) -> None:
    """SQLAlchemy tells the truth about itself; a few loads in one transaction are no finding."""
    recording = bench.recording(target, case)
    for name, evidence in recording.evidence.items():
        counted: dict[str, int] = {}
        for finding in map(expected_of, findings(_with(models, evidence))):
            if finding.loader in {"selectinload", "joinedload"}:
                counted[str(finding.relationship)] = finding.executions
        loaded = {label: sum(sum(recording.many(each)) for each in label.split(" or ")) for label in counted}
        unseen = [each for each in recording.loads if recording.many(each) and each not in " or ".join(counted)]
        if counted != loaded or unseen:
            _hold(recording, [f"{name}: counted {counted}, loaded {loaded}, unseen {unseen}"])


def _with(models: Models, evidence: Evidence) -> Evidence:
    return evidence.merged(Evidence(collected_at=evidence.collected_at, models=models))


def _understood(name: str, evidence: Evidence) -> bool:
    (source,) = evidence.sources
    is_all = source.facts["format"] == name and source.facts["unparsed_bytes"] == 0
    return is_all and source.facts["coverage"] == "full" and not evidence.gaps


def _hold(recording: Recording, differences: list[str]) -> None:
    if differences:
        paths = map(str, recording.paths.values())
        pytest.fail("\n".join([*differences, *paths]), pytrace=False)
