"""Errors of which little was logged, or that were copied out of a page: a last line, a title, a quoted original."""

import pytest

from tests.applogs.build import SITE, only
from triage.detectors.failures.causes import finding_id_of

LOST = """server closed the connection unexpectedly
\tThis probably means the server terminated abnormally
\tbefore or while processing the request."""
ENDED = f"terminating connection due to idle-in-transaction timeout\n{LOST}"


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (
            "StaleDataError: UPDATE statement on table 'orders' expected to update 1 row(s); 0 were matched.",
            "stale-data",
        ),
        ("DatabaseError: (psycopg2.DatabaseError) error with no message from the libpq", "concurrent-session-use"),
        ("MultipleResultsFound: Multiple rows were found for one()", "wrong-result-count"),
        ("failed: NoResultFound('No row was found when one was required')", "wrong-result-count"),
        ("NoForeignKeysError: Could not determine join condition on relationship Order.lines", "missing-foreign-key"),
        (
            "shop.report raised unexpected: DetachedInstanceError('Instance <Order at 0x7f> is not bound to a Session; x')",
            "detached-instance",
        ),
    ],
)
def test_the_last_line_alone(text: str, finding: str) -> None:
    assert finding_id_of(only(f"{text}\n").clue) == finding


def test_an_error_that_quotes_its_original_is_not_the_original() -> None:
    failure = only(
        "PendingRollbackError: This Session's transaction has been rolled back due to a previous exception during flush. "
        "To begin a new transaction with this Session, first issue Session.rollback(). Original exception was: "
        '(psycopg2.errors.UniqueViolation) duplicate key value violates unique constraint "orders_pkey"\n'
    )
    assert finding_id_of(failure.clue) == "pending-rollback"
    assert failure.original is not None
    assert finding_id_of(failure.original) == "duplicate-key"


def test_a_message_that_a_terminal_has_broken_into_lines() -> None:
    failure = only(
        "InvalidRequestError: This Session's transaction has been rolled back\n"
        "due to a previous exception during flush. To begin a new transaction\n"
        "with this Session, first issue Session.rollback(). Original exception\n"
        'was: (IntegrityError) null value in column "total" violates not-null\n'
        "constraint\n"
    )
    assert finding_id_of(failure.clue) == "pending-rollback"


@pytest.mark.parametrize(
    "again", ["OperationalError", "sqlalchemy.exc.OperationalError", "\nsqlalchemy.exc.OperationalError"]
)
def test_a_debuggers_title_above_the_error_is_not_another(again: str) -> None:
    failure = only(
        f"sqlalchemy.exc.OperationalError\n{again}: (sqlite3.OperationalError) no such table: orders\n[SQL: SELECT 1]\n"
    )
    assert finding_id_of(failure.clue) == "missing-table"


@pytest.mark.parametrize("head", ["ERROR:shop:failed\n", ""])
def test_libpqs_second_sentence_belongs_to_the_error(head: str) -> None:
    log = f'''{head}Traceback (most recent call last):
  File "{SITE}/engine/default.py", line 952, in do_execute
    cursor.execute(statement, parameters)
psycopg2.errors.IdleInTransactionSessionTimeout: {ENDED}


The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/shop/orders.py", line 42, in checkout
    session.commit()
sqlalchemy.exc.InternalError: (psycopg2.errors.IdleInTransactionSessionTimeout) {ENDED}

[SQL: SELECT 1]
(Background on this error at: https://sqlalche.me/e/20/2j85)
'''
    failure = only(log)
    assert failure.count == 1
    assert finding_id_of(failure.clue) == "idle-transaction-timeout"
    assert failure.frame is not None
    assert failure.frame.function == "checkout"


def test_libpqs_second_sentence_without_a_traceback() -> None:
    log = f"sqlalchemy.exc.InternalError: (psycopg2.errors.IdleInTransactionSessionTimeout) {ENDED}\n"
    assert finding_id_of(only(log).clue) == "idle-transaction-timeout"


def test_a_pooler_that_had_no_connection_to_give_is_full_and_not_lost() -> None:
    log = f"sqlalchemy.exc.OperationalError: (psycopg2.errors.ProtocolViolation) query_wait_timeout\n{LOST}\n"
    assert finding_id_of(only(log).clue) == "too-many-connections"


def test_a_traceback_that_cannot_be_read_does_not_hide_its_error() -> None:
    log = """OperationalError                          Traceback (most recent call last)
[0;32m~/shop/orders.py[0m in [0;36mcheckout[0m()
[0;31mOperationalError[0m: (sqlite3.OperationalError) no such table: orders
"""
    assert finding_id_of(only(log).clue) == "missing-table"


def test_a_compiled_librarys_frame_is_not_the_apps() -> None:
    log = f'''Traceback (most recent call last):
  File "/srv/shop/orders.py", line 42, in show
    return Order.from_orm(order)
  File "pydantic/main.py", line 623, in pydantic.main.BaseModel.from_orm
  File "{SITE}/orm/attributes.py", line 487, in __get__
    return self.impl.get(state, dict_)
sqlalchemy.exc.MissingGreenlet: greenlet_spawn has not been called; can't call await_only() here.
'''
    frame = only(log).frame
    assert frame is not None
    assert frame.function == "show"


def test_frames_below_the_message_as_error_trackers_show_them() -> None:
    failure = only(
        "InvalidRequestError: This session is provisioning a new connection; concurrent operations are not permitted "
        "(Background on this error at: https://sqlalche.me/e/20/isce)\n"
        '  File "shop/orders.py", line 42, in checkout\n'
        "    await asyncio.gather(*queries)\n"
        '  File "sqlalchemy/orm/session.py", line 990, in _raise_for_prerequisite_state\n'
        "    raise sa_exc.InvalidRequestError(\n"
    )
    assert failure.frame is not None
    assert (failure.frame.file, failure.frame.function) == ("shop/orders.py", "checkout")
    assert "File" not in failure.clue.message
