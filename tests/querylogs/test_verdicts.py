"""The verdict table, on real servers, in every log format that each of them writes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tests.querylogs.library import fill
from tests.querylogs.logged import MYSQL, POSTGRESQL, Logged, mysql_logs, postgresql_logs
from tests.querylogs.scenarios import FOUND, SILENT, App, Expected, add_all, yield_per_with_selectin
from tests.servers.fleet import Fleet, LeftOutError
from tests.servers.places import MissingError
from tests.servers.process import StartError
from triage.cli.replay import judged
from triage.findings import Finding
from triage.querylogs.replay import replay

CASES = [*((app, ()) for app in SILENT), *FOUND]
REPEATED = {"n-plus-one", "loop-lookup", "duplicate-query", "write-loop"}
SERVERS = {
    "postgresql-min-duration-psycopg2": ("postgresql", "min-duration", "psycopg2"),
    "postgresql-min-duration-psycopg": ("postgresql", "min-duration", "psycopg"),
    "postgresql-statement-psycopg2": ("postgresql", "statement", "psycopg2"),
    "mariadb": ("mariadb", "", "pymysql"),
    "mysql": ("mysql", "", "pymysql"),
}


@pytest.fixture(scope="module", params=SERVERS)
def logged(request: pytest.FixtureRequest, fleet: Fleet) -> Iterator[tuple[Logged, str]]:
    name, settings, driver = SERVERS[request.param]
    try:
        server = fleet.start(name, POSTGRESQL[settings] if settings else MYSQL)
    except LeftOutError as error:
        pytest.skip(str(error))
    except (MissingError, StartError) as error:
        pytest.fail(str(error), pytrace=False)
    logs = postgresql_logs if settings else mysql_logs
    yield Logged(server, lambda: logs(server)), driver
    fleet.end(server)


@pytest.mark.parametrize(("app", "expected"), CASES, ids=[app.__name__ for app, _ in CASES])
def test_the_verdict_is_right_in_every_format(
    logged: tuple[Logged, str], app: App, expected: tuple[Expected, ...], tmp_path: Path
) -> None:
    server, driver = logged
    if driver == "pymysql" and app is yield_per_with_selectin:
        pytest.skip("PyMySQL cannot run a statement while it streams the rows of another")
    if server.server.backend == "mysql" and app is add_all:
        pytest.skip("without RETURNING, one flush really sends one INSERT for each row")
    with server.server.create_database() as database:
        url = database.url.replace("+psycopg2", f"+{driver}")
        engine = create_engine(url)
        fill(engine)
        engine.dispose()
        engine = create_engine(url)
        with engine.connect():
            pass
        logs = server.during(lambda: app(engine))
        engine.dispose()
    for name, content in logs.items():
        path = tmp_path / f"{name}.log"
        path.write_bytes(content)
        evidence, _ = replay((str(path),), collected_at=datetime.now(UTC))
        assert [gap for gap in evidence.gaps if gap.unread or "does not show" in gap.reason] == []
        findings = [each for each in judged(evidence).findings if each.id in REPEATED]
        assert (name, sorted(map(said, findings))) == (name, sorted(map(comparable, expected)))


def said(finding: Finding) -> tuple[str, ...]:
    details = finding.details
    return tuple(
        str(each)
        for each in (
            finding.id,
            *(details[name] for name in ("kind", "relationship", "loader", "executions", "episodes")),
        )
    )


def comparable(expected: Expected) -> tuple[str, ...]:
    return tuple(str(each) for each in expected)
