"""Requests, polling and queues whose turns are seconds apart are silent: the main trap, in real time."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.querylogs.verdicts.bench import Bench, run
from tests.querylogs.verdicts.case import TARGETS, Case
from tests.querylogs.verdicts.said import findings, said
from tests.querylogs.verdicts.seconds import APPS
from triage.querylogs.replay import Logs, replay

SERVERS = ("postgresql", "mariadb", "mysql")


@pytest.fixture(scope="module")
def logs(bench: Bench, pytestconfig: pytest.Config) -> dict[str, dict[str, bytes]]:
    """What the logs of all servers got while all applications ran on all targets, at the same time."""
    names = [name for name in SERVERS if name not in pytestconfig.getoption("without")]
    targets = [target for target in TARGETS if target.server in names]
    urls = [bench.server(target.server).url(target.style, target.driver) for target in targets]
    runs = [(Case(app=app, expected=()), url) for app in APPS for url in urls]
    with ExitStack() as stack:
        got = {name: stack.enter_context(bench.server(name).during()) for name in names}
        with ThreadPoolExecutor(len(runs)) as pool:
            for each in [pool.submit(run, *each) for each in runs]:
                each.result()
    return got


@pytest.mark.parametrize("server", [pytest.param(name, marks=getattr(pytest.mark, name)) for name in SERVERS])
def test_what_happens_seconds_apart_is_no_loop(
    logs: dict[str, dict[str, bytes]], bench: Bench, server: str, tmp_path: Path
) -> None:
    bench.server(server)
    for name, content in logs[server].items():
        path = tmp_path / f"{name}.log"
        path.write_bytes(content)
        evidence = replay(Logs(names=(str(path),)), datetime.now(UTC)).evidence
        (source,) = evidence.sources
        assert source.facts["format"] == name
        assert int(str(source.facts["executions"])) > 100
        assert said(findings(evidence)) == [], path
