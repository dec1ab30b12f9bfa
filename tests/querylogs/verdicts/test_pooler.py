"""Through a pooler in transaction mode: several clients share each session of the server.

Within a transaction all is as usual; what reaches across transactions may be of several clients.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.querylogs.verdicts.bench import run
from tests.querylogs.verdicts.case import App, Case
from tests.querylogs.verdicts.logged import library_on, with_driver
from tests.querylogs.verdicts.said import findings, said, wanted
from tests.querylogs.verdicts.scenarios import collections, eager, lookups, requests, rows
from tests.servers.model import Database, Server
from tests.servers.pgbouncer import PgBouncer
from triage.evidence import Evidence
from triage.findings import Confidence
from triage.querylogs.replay import Logs, replay

IN_A_TRANSACTION = (
    collections.one_to_many,
    collections.one_to_many_in_three_requests,
    collections.many_to_many,
    collections.three_levels,
    rows.many_to_one,
    rows.refresh,
    lookups.get_loop,
    lookups.count_for_each,
)
ACROSS = (lookups.session_for_each, lookups.session_for_each)
SILENT = (
    eager.selectin,
    eager.offset_pages,
    requests.requests_in_quick_succession,
    requests.requests_of_one_lookup,
    requests.requests_of_several_endpoints,
    requests.polling,
)


@pytest.fixture(scope="module")
def pooled(pgbouncer: Server) -> Iterator[tuple[Database, Path]]:
    """The library behind the pooler, and the log of the server."""
    assert isinstance(pgbouncer, PgBouncer)
    upstream = pgbouncer.upstream
    assert upstream
    assert upstream.log_path, "the server behind the pooler has to be ours, for its log"
    with library_on(upstream, {"log_statement": "all", "log_duration": "on"}) as database:
        yield database, upstream.log_path


def replayed(pooled: tuple[Database, Path], pgbouncer: Server, apps: tuple[App, ...], driver: str) -> Evidence:
    """What the server's log shows while all the applications run at the same time."""
    database, log = pooled
    url = with_driver(pgbouncer.url(database=database.name, user=database.user, password=database.password), driver)
    options = {"connect_args": {"prepare_threshold": None}} if driver == "psycopg" else {}  # as its manual says
    cases = [Case(app=app, expected=(), engine=options) for app in apps]
    before = log.stat().st_size
    with ThreadPoolExecutor(len(cases)) as pool:
        for each in [pool.submit(run, case, url) for case in cases]:
            each.result()
    part = log.read_bytes()[before:]
    copy = log.with_name("part.log")
    copy.write_bytes(part)
    return replay(Logs(names=(str(copy),)), datetime.now(UTC)).evidence


@pytest.mark.parametrize("driver", ["psycopg2", "psycopg"])
def test_what_happens_in_a_transaction_is_as_usual(
    pooled: tuple[Database, Path], pgbouncer: Server, driver: str
) -> None:
    evidence = replayed(pooled, pgbouncer, (*IN_A_TRANSACTION, *SILENT), driver)
    author_books = collections.AUTHOR_BOOKS._replace(executions=5 * 12, episodes=5)
    expected = [
        author_books,
        collections.BOOK_TAGS,
        collections.BOOK_REVIEWS,
        collections.BOOK_AUTHOR,
        rows.REFRESH,
        lookups.GET,
        lookups.COUNT,
    ]
    assert said(findings(evidence)) == wanted(expected, "postgresql-stderr")


@pytest.mark.parametrize("driver", ["psycopg2", "psycopg"])
def test_what_reaches_across_transactions_is_less_sure(
    pooled: tuple[Database, Path], pgbouncer: Server, driver: str
) -> None:
    found = findings(replayed(pooled, pgbouncer, ACROSS, driver))
    assert {each.id for each in found} <= {"loop-lookup"}
    assert all(each.confidence < Confidence.HIGH for each in found)


@pytest.mark.parametrize("driver", ["psycopg2", "psycopg"])
def test_requests_of_many_clients_are_no_loop(pooled: tuple[Database, Path], pgbouncer: Server, driver: str) -> None:
    assert said(findings(replayed(pooled, pgbouncer, SILENT * 2, driver))) == []
