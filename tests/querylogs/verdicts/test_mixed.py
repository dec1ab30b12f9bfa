"""All scenarios at the same time, by concurrent clients, in one log: the findings are those of each alone."""

import random
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import chain, cycle
from pathlib import Path

import pytest

from tests.querylogs.verdicts.bench import Bench, run
from tests.querylogs.verdicts.case import TARGETS, Case, Expected
from tests.querylogs.verdicts.said import expected_of, findings
from tests.querylogs.verdicts.scenarios import CASES
from triage.evidence import Evidence
from triage.querylogs.reading import RANGE
from triage.querylogs.replay import Logs, replay

CLIENTS = 4
GROUPS = {
    "postgresql-statement": [each for each in TARGETS if each[:2] == ("postgresql", "statement")],
    "postgresql-min-duration": [each for each in TARGETS if each[:2] == ("postgresql", "min-duration")],
    "mariadb": [each for each in TARGETS if each.server == "mariadb"],
    "mysql": [each for each in TARGETS if each.server == "mysql"],
}


@pytest.mark.parametrize(
    "group", [pytest.param(name, marks=getattr(pytest.mark, name.partition("-")[0])) for name in GROUPS]
)
def test_scenarios_mixed_in_one_log_give_the_findings_of_each_alone(bench: Bench, group: str, tmp_path: Path) -> None:
    targets = GROUPS[group]
    logged = bench.server(targets[0].server)
    urls = {target: logged.url(target.style, target.driver) for target in targets}
    certain = [case for case in CASES if not any(each.is_optional for each in _all_expected(case))]
    cases = random.Random(7).sample(certain, len(certain))
    runs = [(case, target) for case, target in zip(cases, cycle(targets), strict=False) if case.runs_on(target)]
    with logged.during() as logs, ThreadPoolExecutor(CLIENTS) as pool:
        for each in [pool.submit(run, case, urls[target]) for case, target in runs]:
            each.result()
    for name, content in logs.items():
        path = tmp_path / f"{name}.log"
        path.write_bytes(content)
        evidence = _replayed(path, workers=1)
        alone = chain.from_iterable(case.expected_on(target, name) for case, target in runs)
        assert _added_up(map(expected_of, findings(evidence))) == _added_up(alone), path
        cut = _replayed(path, workers=2, range_bytes=200_000)
        assert cut.query_logs == evidence.query_logs, f"{path}, read by two processes"


def _replayed(path: Path, *, workers: int, range_bytes: int = RANGE) -> Evidence:
    logs = Logs(names=(str(path),), workers=workers, range_bytes=range_bytes)
    return replay(logs, datetime.now(UTC)).evidence


def _all_expected(case: Case) -> Iterable[Expected]:
    return chain(case.expected, *(each.expected for each in case.differences))


def _added_up(expected: Iterable[Expected]) -> Counter[tuple[str, ...]]:
    """Executions and episodes of all that have the same name."""
    added: Counter[tuple[str, ...]] = Counter()
    for each in expected:
        name = (each.id, each.kind, str(each.relationship), str(each.loader))
        added[*name, "executions"] += each.executions
        added[*name, "episodes"] += each.episodes
    return added
