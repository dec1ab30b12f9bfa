"""What ends a transaction, and how: failures at the end, two phases, several statements in one message."""

import time

import pytest

from triage.querylogs.part import Part
from triage.querylogs.rows import Mark, Row
from triage.querylogs.statement import Control
from triage.querylogs.totals import Totals
from triage.querylogs.vocabulary import Vocabulary
from triage.sql.lexer import Dialect

INSERT = "INSERT INTO t (a) VALUES (1)"
POSTGRESQL, MYSQL = Dialect.POSTGRESQL, Dialect.MYSQL

Deed = str | tuple[Mark, str]


def rows_of(*deeds: Deed, key: bytes = b"1") -> list[Row]:
    """One session's rows, a millisecond apart."""
    rows: list[Row] = []
    for n, deed in enumerate(deeds):
        mark, text = (None, deed) if isinstance(deed, str) else deed
        printed = f"2026-01-31 15:{n // 60_000:02}:{n // 1000 % 60:02}.{n % 1000:03} UTC"
        rows.append((mark, key, printed.encode(), text.encode(), None, None))
    return rows


def totals(dialect: Dialect, *deeds: Deed) -> Totals:
    part = Part(dialect, 1.0, is_root=True)
    part.read(rows_of(*deeds))
    part.close()
    return part.totals


def counts(found: Totals) -> tuple[int, int, int, int]:
    return found.begun, found.committed, found.rolled_back, found.open_at_end


def test_a_commit_that_fails_and_is_nowhere_else_in_the_log_ends_its_transaction() -> None:
    """As with log_min_duration_statement: what fails has no duration, and is only in the error's STATEMENT line."""
    found = totals(POSTGRESQL, "BEGIN", INSERT, (Mark.FAILED, "COMMIT"))
    assert counts(found) == (1, 0, 1, 0)
    assert found.unfinished == []
    assert not any(each.rolled_back or each.lost for each in found.writes.values())


def test_a_prepare_that_fails_leaves_nothing_prepared() -> None:
    """As with max_prepared_transactions = 0, the default."""
    refused = "PREPARE TRANSACTION 'x'"
    found = totals(POSTGRESQL, "BEGIN", INSERT, refused, (Mark.FAILED, refused))
    assert found.open_at_end == 0
    assert found.unfinished == []


def test_a_prepared_transaction_that_waits_is_named_by_its_name_alone() -> None:
    found = totals(POSTGRESQL, "BEGIN", "INSERT INTO t (a) VALUES ('secret'); PREPARE TRANSACTION 'x'")
    (left,) = found.unfinished
    assert left.session == "prepared 'x'"


def test_transactions_of_mysql_in_two_phases_are_committed_by_their_second() -> None:
    """As SQLAlchemy does it with twophase=True; the ROLLBACK is the pool's."""
    found = totals(
        *(MYSQL, "SET AUTOCOMMIT = 0", "XA BEGIN 'x'", INSERT, "XA END 'x'"),
        *("XA PREPARE 'x'", "XA COMMIT 'x'", "ROLLBACK"),
    )
    assert counts(found) == (1, 1, 0, 0)
    assert not any(each.rolled_back for each in found.writes.values())


def test_transactions_of_mysql_in_one_phase_are_committed_by_it() -> None:
    found = totals(MYSQL, "XA START 'x'", INSERT, "XA END 'x'", "XA COMMIT 'x' ONE PHASE")
    assert counts(found) == (1, 1, 0, 0)


def test_one_of_two_phases_that_nobody_finishes_is_left() -> None:
    found = totals(MYSQL, "XA START 'x'", INSERT, "XA END 'x'", "XA PREPARE 'x'")
    assert [each.session for each in found.unfinished] == ["prepared 'x'"]


def test_a_batch_in_one_message_is_no_repetition() -> None:
    """What psycopg2's execute_batch sends: one round trip for a hundred rows."""
    batch = ";".join(f"UPDATE t SET a = {n} WHERE id = {n}" for n in range(100))
    found = totals(POSTGRESQL, "BEGIN", batch, "COMMIT")
    assert found.executions == 102
    assert found.repetitions == {}
    assert [each.committed for each in found.writes.values()] == [1]


def test_messages_that_repeat_are_a_repetition_of_what_they_hold() -> None:
    messages = [f"SET LOCAL a = 1; SELECT b FROM t WHERE id = {n}" for n in range(7)]
    found = totals(POSTGRESQL, "BEGIN", *messages, "COMMIT")
    ((key, repetition),) = found.repetitions.items()
    assert key.statement == "SELECT b FROM t WHERE id = ?"
    assert key.varying == (0,)
    assert (repetition.executions, repetition.distinct) == (7, 7)


def test_transactions_in_messages_of_their_own_end_there() -> None:
    found = totals(POSTGRESQL, *[f"BEGIN; INSERT INTO t (a) VALUES ('; COMMIT {n}'); COMMIT" for n in range(3)])
    assert counts(found) == (3, 3, 0, 0)


@pytest.mark.parametrize(
    ("statement", "control"),
    [
        ("SET autocommit = 0", Control.AUTOCOMMIT_OFF),
        ("SET AUTOCOMMIT=1", Control.AUTOCOMMIT_ON),
        ("SET autocommit = 'ON'", Control.AUTOCOMMIT_ON),
        ("set session autocommit=OFF", Control.AUTOCOMMIT_OFF),
        ("SET @@session.autocommit = 0", Control.AUTOCOMMIT_OFF),
        ("SET @@local.autocommit := true", Control.AUTOCOMMIT_ON),
        ("SET `autocommit` = 0", Control.AUTOCOMMIT_OFF),
        ("SET NAMES utf8mb4, autocommit = 1", Control.AUTOCOMMIT_ON),
        ("SET autocommit = DEFAULT", Control.AUTOCOMMIT_ON),
        ("/* shop */ SET autocommit = 0", Control.AUTOCOMMIT_OFF),
        ("SET GLOBAL autocommit = 0", Control.PLUMBING),
        ("SET @autocommit = 0", Control.PLUMBING),
        ("UPDATE settings SET autocommit = 1 WHERE id = 4", Control.WORK),
        ("INSERT INTO log (line) VALUES ('SET autocommit = 0')", Control.WORK),
        ("SELECT line FROM log WHERE line = 'SET autocommit = 0'", Control.WORK),
    ],
)
def test_what_says_whether_autocommit_is_on(statement: str, control: Control) -> None:
    vocabulary = Vocabulary(MYSQL)
    assert vocabulary(statement.encode()).control is control
    assert vocabulary(statement.encode()).control is control


def test_no_statement_of_postgresql_says_anything_of_autocommit() -> None:
    assert Vocabulary(POSTGRESQL)(b"UPDATE settings SET autocommit = 1 WHERE id = 4").control is Control.WORK


def test_a_session_of_nothing_but_pings_costs_no_more_the_longer_it_is() -> None:
    """In the middle of a log, where it is not known what came before."""
    pings = rows_of(*["BEGIN", "SELECT 1", "COMMIT"] * 10_000)
    started = time.process_time()
    Part(POSTGRESQL, 1.0, is_root=False).read(pings)
    assert time.process_time() - started < 2.0  # it took 6 s when every end looked at all before it
