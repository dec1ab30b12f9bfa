"""Connections in a log: a new one for each piece of work, and a pool's."""

from pathlib import Path

from tests.querylogs.build import Log, found

HSTORE = ("BEGIN", "SELECT t.oid, typarray FROM pg_type t WHERE typname = 'hstore'", "ROLLBACK")
"""What SQLAlchemy asks on each new connection of psycopg2."""
FIRST_CONNECT = ("BEGIN", "select pg_catalog.version()", "show standard_conforming_strings", "ROLLBACK")
"""What it asks on the first connection of each engine."""
WORK = ("BEGIN", "SELECT books.id FROM books WHERE books.id = 1", "ROLLBACK")


def sessions(number: int, *transactions: tuple[str, ...]) -> Log:
    log = Log()
    for pid in range(number):
        log.connect(pid)
        for transaction in transactions:
            log.run(pid, *transaction)
        log.disconnect(pid)
    return log


def test_connections_that_carry_several_pieces_of_work_are_reused(tmp_path: Path) -> None:
    log = sessions(30, HSTORE, FIRST_CONNECT, WORK, WORK)
    assert found(log.write(tmp_path), finding_id="connection-churn") == []


def test_an_engine_for_each_request_is_seen_behind_what_it_asks_the_server_first(tmp_path: Path) -> None:
    log = sessions(30, HSTORE, FIRST_CONNECT, WORK)
    (finding,) = found(log.write(tmp_path), finding_id="connection-churn")
    assert finding.summary.startswith("30 of 30 sessions")


def test_a_pool_that_keeps_nothing_is_seen_as_well(tmp_path: Path) -> None:
    log = sessions(30, HSTORE, WORK)
    assert len(found(log.write(tmp_path), finding_id="connection-churn")) == 1
