"""A log of slow statements only, or of changes only: that it is one is a gap, and nothing in it is sure."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import Session

from tests.querylogs.verdicts.library import Author
from tests.querylogs.verdicts.logged import library_on
from tests.querylogs.verdicts.said import findings
from tests.querylogs.verdicts.scenarios.collections import one_to_many
from tests.servers.fixtures import PrivateServer
from triage.evidence import Evidence
from triage.findings import Confidence
from triage.querylogs.replay import Logs, replay

SLOW_BOOKS = "SELECT id, title FROM books WHERE author_id = :author AND {sleep}"


def slow_lookups(engine: Engine, sleep: str) -> None:
    """One lookup for each author, and each is slow; the list of the authors is not."""
    with Session(engine) as session:
        for author in session.scalars(select(Author).limit(10)).all():
            session.execute(text(SLOW_BOOKS.format(sleep=sleep)), {"author": author.id}).all()


@pytest.mark.postgresql
def test_log_min_duration_statement_leaves_a_gap(private_server: PrivateServer, tmp_path: Path) -> None:
    server = private_server("postgresql", {"log_min_duration_statement": "50"})
    assert server.log_path
    engine = create_engine(library_on(server, {}).url)
    before = server.log_path.stat().st_size
    one_to_many(engine)
    slow_lookups(engine, "pg_sleep(0.02)::text = ''")
    engine.dispose()
    log = tmp_path / "postgresql.log"
    log.write_bytes(server.log_path.read_bytes()[before:])
    _is_suspected_at_most(replay(Logs(names=(str(log),)), datetime.now(UTC)).evidence)


@pytest.mark.postgresql
@pytest.mark.parametrize("logged", ["mod", "all"])
def test_log_statement_mod_leaves_a_gap(private_server: PrivateServer, tmp_path: Path, logged: str) -> None:
    server = private_server("postgresql", {"log_statement": logged})
    assert server.log_path
    engine = create_engine(library_on(server, {}).url)
    before = server.log_path.stat().st_size
    with Session(engine) as session:
        for author in session.scalars(select(Author)):
            session.execute(text("UPDATE authors SET name = name WHERE id = :id"), {"id": author.id})
            session.scalars(text("SELECT id FROM books WHERE author_id = :id"), {"id": author.id}).all()
        session.commit()
    engine.dispose()
    log = tmp_path / "postgresql.log"
    log.write_bytes(server.log_path.read_bytes()[before:])
    evidence = replay(Logs(names=(str(log),)), datetime.now(UTC)).evidence
    (source,) = evidence.sources
    assert source.facts["coverage"] == {"mod": "sampled", "all": "full"}[logged]
    assert any("log_statement" in gap.hint for gap in evidence.gaps) == (logged == "mod")


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=getattr(pytest.mark, each)) for each in ("mariadb", "mysql")]
)
def test_long_query_time_leaves_a_gap(private_server: PrivateServer, name: str) -> None:
    settings = {"slow-query-log": "1", "long-query-time": "0.05", "slow-query-log-file": "slow.log"}
    server = private_server(name, settings)
    assert server.data_dir
    engine = create_engine(library_on(server, {}).url)
    one_to_many(engine)
    slow_lookups(engine, "SLEEP(0.02) = 0")
    engine.dispose()
    log = server.data_dir / "slow.log"
    _is_suspected_at_most(replay(Logs(names=(str(log),)), datetime.now(UTC)).evidence)


def _is_suspected_at_most(evidence: Evidence) -> None:
    (source,) = evidence.sources
    assert source.facts["coverage"] == "threshold"
    assert any("does not show every statement" in gap.reason for gap in evidence.gaps)
    found = findings(evidence)
    assert all(each.confidence is Confidence.LOW and each.summary.startswith("Suspected") for each in found)
    assert {each.details["executions"] for each in found} <= {10}
    assert not any(each.details["relationship"] for each in found), "the quick lazy loads are not in the log"
