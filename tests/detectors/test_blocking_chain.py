from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.detectors.build import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    TICK,
    WRITE,
    active,
    bounded,
    evidence,
    hidden,
    leaked,
    person,
    session,
    several,
    waiter,
)
from tests.detectors.checks import all_found, check_found, check_silent
from triage.detectors.blocking_chain import BlockingChain
from triage.detectors.idle_in_transaction import IdleInTransaction
from triage.evidence import (
    Backend,
    Evidence,
    LockSnapshot,
    PreparedTransactionSnapshot,
    SessionKind,
    SessionSnapshot,
    SessionState,
)
from triage.findings import Confidence, Finding, Severity

DETECTOR = BlockingChain()
DDL = "ALTER TABLE books ADD COLUMN year INTEGER"
ROW_LOCK = LockSnapshot(type="transactionid", mode="ShareLock")
ADVISORY = LockSnapshot(type="advisory", mode="ExclusiveLock")


def prepared(name: str = "order-1", blocks: tuple[int, ...] = ()) -> PreparedTransactionSnapshot:
    return PreparedTransactionSnapshot(
        name=name, age=HOUR, database="shop", blocks=blocks, finish=f"ROLLBACK PREPARED '{name}'"
    )


def ring(*pids: int, waited: timedelta = MINUTE) -> list[SessionSnapshot]:
    """Each waits for the next one, the last for the first; the later, the older its transaction."""
    after = (*pids[1:], pids[0])
    return [waiter(pid, other, waited=waited, opened=pid * HOUR) for pid, other in zip(pids, after, strict=True)]


# Silent


def test_a_server_without_sessions_is_silent() -> None:
    check_silent(DETECTOR, evidence())


def test_sessions_that_wait_for_nobody_are_silent() -> None:
    check_silent(DETECTOR, evidence(leaked(1, HOUR), active(2, HOUR), session(3)))


def test_a_wait_of_a_moment_is_silent() -> None:
    check_silent(DETECTOR, evidence(leaked(1), waiter(2, 1, waited=DETECTOR.notice - TICK)))


def test_an_advisory_lock_nobody_waits_for_is_silent() -> None:
    check_silent(DETECTOR, evidence(session(1, in_state=DAY, holds_advisory_lock=True)))


def test_other_databases_sessions_that_wait_for_each_other_are_silent() -> None:
    check_silent(DETECTOR, evidence(leaked(1, database="billing"), waiter(2, 1, database="billing")))


def test_sessions_that_app_does_not_name_are_silent() -> None:
    check_silent(DETECTOR, evidence(leaked(1), waiter(2, 1), app=("billing",)))


@pytest.mark.parametrize("kind", [SessionKind.SYSTEM, SessionKind.REPLICATION])
def test_a_worker_of_the_servers_own_that_waits_is_silent(kind: SessionKind) -> None:
    """Autovacuum waits behind an ALTER, or gives way: no session of the app is held up."""
    check_silent(DETECTOR, evidence(active(1), waiter(2, 1, kind=kind, application_name=None)))


def test_a_dump_that_waits_is_silent() -> None:
    check_silent(DETECTOR, evidence(active(1), waiter(2, 1, application_name="pg_dump")))


# Found


def test_one_waits_for_another() -> None:
    finding = check_found(
        DETECTOR,
        evidence(leaked(1, 3 * MINUTE, statement=WRITE), waiter(2, 1, waited=2 * MINUTE)),
        Severity.WARNING,
        Confidence.HIGH,
        says=(
            "1 session waits for locks on books, the longest for 2 min",
            f"at the root is session 1 of shop (user app), idle in transaction for 3 min, last statement: {WRITE}.",
        ),
    )
    assert finding.runbook == "blocking-chain"
    assert finding.subject == "session 1 of shop (user app)"
    assert finding.details["depth"] == 1
    assert finding.details["other_roots"] == []


def test_the_details_are_those_of_the_contract() -> None:
    finding = check_found(DETECTOR, evidence(leaked(1), waiter(2, 1, waited=90 * SECOND)))
    (waits,) = waiters(finding)
    names = ("pid", "waits_for", "lock", "relation", "seconds")
    assert {name: waits[name] for name in names} == {
        "pid": 2,
        "waits_for": [1],
        "lock": "relation AccessShareLock",
        "relation": "books",
        "seconds": 90.0,
    }


def test_a_chain_of_depth_three_has_one_root() -> None:
    sessions = leaked(1), waiter(2, 1), waiter(3, 2, waited=40 * SECOND), waiter(4, 3, waited=35 * SECOND)
    finding = check_found(DETECTOR, evidence(*sessions), says="3 sessions wait for locks")
    assert (root(finding)["pid"], finding.details["depth"]) == (1, 3)
    assert [w["pid"] for w in waiters(finding)] == [2, 3, 4]


def test_two_independent_chains_are_two_findings() -> None:
    findings = all_found(DETECTOR, evidence(leaked(1), waiter(2, 1), leaked(3, statement=WRITE), waiter(4, 3)))
    assert [root(f)["pid"] for f in findings] == [1, 3]


def test_a_ddl_convoy_with_twelve_roots() -> None:
    readers = several(leaked(idle=10 * MINUTE), 12)
    ddl = waiter(50, *(s.pid for s in readers), waited=MINUTE, statement=DDL)
    queue = [waiter(pid, 50, waited=30 * SECOND) for pid in range(60, 90)]
    finding = check_found(
        DETECTOR,
        evidence(*readers, ddl, *queue),
        Severity.WARNING,
        Confidence.HIGH,
        says=("31 sessions wait for locks on books", "at the root is session 101 of shop (user app) and 11 others"),
    )
    assert finding.details["other_roots"] == list(range(102, 113))
    assert finding.details["depth"] == 2
    (step,) = finding.next_steps
    assert "pid IN (101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112)" in step


def test_the_oldest_transaction_stands_for_the_roots() -> None:
    roots = leaked(1, MINUTE), leaked(2, HOUR), leaked(3, 2 * MINUTE)
    finding = check_found(DETECTOR, evidence(*roots, waiter(4, 1, 2, 3)))
    assert root(finding)["pid"] == 2
    assert finding.details["other_roots"] == [3, 1]


def test_row_locks_without_a_table_are_a_chain_too() -> None:
    finding = check_found(
        DETECTOR, evidence(leaked(1), waiter(2, 1, lock=ROW_LOCK)), says="waits for locks, the longest"
    )
    assert waiters(finding)[0]["lock"] == "transactionid ShareLock"


def test_the_root_may_be_in_another_database() -> None:
    check_found(DETECTOR, evidence(leaked(1, database="billing"), waiter(2, 1)), Severity.WARNING)


def test_one_waiter_in_scope_is_enough() -> None:
    sessions = leaked(1, database="billing"), waiter(2, 1, database="billing"), waiter(3, 2)
    check_found(DETECTOR, evidence(*sessions), says="2 sessions wait")


def test_an_active_root_is_cancelled_rather_than_ended() -> None:
    finding = check_found(DETECTOR, evidence(active(1, HOUR, statement=DDL), waiter(2, 1)), says="active for 1 h")
    assert finding.remediation.startswith("Let the root's statement finish, or cancel it")
    (step,) = finding.next_steps
    assert "pg_cancel_backend(pid)" in step
    assert "pid = 1 " in step


def test_a_root_of_many_statements_keeps_its_locks_when_the_present_one_ends() -> None:
    batch = active(1, SECOND, opened=HOUR)
    finding = check_found(
        DETECTOR, evidence(batch, waiter(2, 1)), says="active for 1.0 s in a transaction open for 1 h"
    )
    assert finding.remediation.startswith("The root keeps its locks until its transaction ends")
    assert "pg_cancel_backend(pid)" in finding.next_steps[0]


@pytest.mark.parametrize(("running", "opened"), [(HOUR, HOUR), (SECOND, 2 * SECOND)], ids=["alike", "whole seconds"])
def test_a_root_whose_transaction_is_one_statement_does_not_say_so_twice(running: timedelta, opened: timedelta) -> None:
    root = active(1, running, opened=opened)
    assert "in a transaction" not in check_found(DETECTOR, evidence(root, waiter(2, 1))).summary


def test_the_statement_of_an_active_root_is_not_its_last() -> None:
    summary = check_found(DETECTOR, evidence(active(1, HOUR), waiter(2, 1))).summary
    assert "last statement" not in summary


def test_a_person_at_the_root_is_asked() -> None:
    finding = check_found(DETECTOR, evidence(person(1), waiter(2, 1)), says="a person at psql, session 1")
    assert finding.remediation.startswith("Ask whoever sits at psql")


def test_pg_dump_at_the_root_is_never_ended() -> None:
    sessions = active(1, HOUR, application_name="pg_dump"), waiter(2, 1, statement=DDL)
    finding = check_found(DETECTOR, evidence(*sessions))
    assert "pg_dump" in finding.remediation
    assert finding.next_steps == ()


def test_autovacuum_at_the_root_is_never_ended() -> None:
    sessions = active(1, HOUR, kind=SessionKind.SYSTEM, application_name=None, user=None), waiter(2, 1, statement=DDL)
    finding = check_found(DETECTOR, evidence(*sessions))
    assert finding.next_steps == ()
    assert "own work" in finding.remediation


def test_who_waits_for_an_advisory_lock_may_do_so_by_design() -> None:
    """Followers of a leader election wait for days; whoever ends the leader drops its lock."""
    leader = session(1, in_state=DAY, holds_advisory_lock=True)
    finding = check_found(DETECTOR, evidence(leader, waiter(2, 1, waited=DAY, lock=ADVISORY)))
    assert "advisory" in finding.remediation


def test_a_pool_full_of_waiters_is_critical() -> None:
    queue = [waiter(pid, 1, waited=2 * SECOND) for pid in range(10, 22)]
    check_found(DETECTOR, evidence(leaked(1), *queue, engines=[bounded()]), Severity.CRITICAL)
    check_found(DETECTOR, evidence(leaked(1), *queue[1:], engines=[bounded()]), Severity.INFO)


def test_waiters_whose_wait_is_not_visible_are_found() -> None:
    """PostgreSQL before 14 hides since when another role's session waits; unknown is not zero."""
    waits = hidden(2, blocked_by=(1,), waits_on=ROW_LOCK, waiting_for=None)
    finding = check_found(DETECTOR, evidence(leaked(1), waits))
    assert waiters(finding)[0]["seconds"] is None
    assert "longest" not in finding.summary
    assert [m.name for m in finding.measurements if m.value == 0] == []


def test_a_wait_that_is_not_visible_beside_a_short_one_is_found() -> None:
    waits = hidden(2, blocked_by=(1,), waits_on=ROW_LOCK, waiting_for=None)
    check_found(DETECTOR, evidence(leaked(1), waits, waiter(3, 1, waited=SECOND / 2)), says="2 sessions wait")


def test_who_waits_behind_a_waiter_with_an_unnamed_blocker_is_not_the_root() -> None:
    """MariaDB without a transaction that could hold the lock: the readers wait for the ALTER, it for nobody knows whom."""
    ddl = waiter(2, waited=MINUTE, lock=LockSnapshot(type="metadata"), statement=DDL)
    reader = waiter(3, 2, waited=40 * SECOND, lock=LockSnapshot(type="metadata"), blockers_inferred=True)
    finding = check_found(DETECTOR, evidence(ddl, reader, backend=Backend.MARIADB), says="2 sessions wait")
    assert root(finding)["pid"] is None
    assert finding.next_steps == ()


def test_more_sessions_than_one_pool_holds_mean_more_than_one_process() -> None:
    """Nobody said how many processes there are: 12 who wait for a moment do not fill the pools of 60 sessions."""
    queue = [waiter(pid, 1, waited=2 * SECOND) for pid in range(10, 22)]
    busy = several(active(), 48, first=201)
    check_found(DETECTOR, evidence(leaked(1), *queue, *busy, engines=[bounded(processes=None)]), Severity.INFO)


def test_waiters_whose_blocker_the_server_does_not_name_are_found() -> None:
    """MySQL without the right to performance_schema: a session waits, and nobody says for whom."""
    waits = waiter(2, waited=10 * MINUTE, lock=LockSnapshot(type="metadata"))
    check_found(DETECTOR, evidence(waits, backend=Backend.MYSQL), Severity.CRITICAL)


# Prepared transactions


def test_a_prepared_transaction_is_root_pid_0() -> None:
    finding = check_found(
        DETECTOR,
        evidence(waiter(2, 0), prepared=(prepared("other"), prepared("order-7", blocks=(2,)))),
        says="at the root is prepared transaction order-7.",
    )
    assert root(finding) == {"pid": 0, "state": "prepared", "prepared_transaction": "order-7"}
    assert finding.runbook == "prepared-transaction"
    assert finding.next_steps == ("ROLLBACK PREPARED 'order-7'",)


def test_the_only_prepared_transaction_is_the_one() -> None:
    finding = check_found(DETECTOR, evidence(waiter(2, 0), prepared=(prepared(),)))
    assert root(finding)["prepared_transaction"] == "order-1"


def test_which_of_two_prepared_transactions_is_not_guessed() -> None:
    finding = check_found(
        DETECTOR, evidence(waiter(2, 0), prepared=(prepared("a"), prepared("b"))), says="is a prepared transaction."
    )
    assert root(finding)["prepared_transaction"] is None
    assert finding.next_steps == ()


def test_a_prepared_transaction_that_could_not_be_read_has_its_runbook() -> None:
    assert check_found(DETECTOR, evidence(waiter(2, 0), prepared=None)).runbook == "prepared-transaction"


def test_a_root_that_was_not_seen_is_no_prepared_transaction() -> None:
    """It ended between two answers of the server; an unrelated transaction must not be rolled back for it."""
    finding = check_found(
        DETECTOR, evidence(waiter(2, 4711), prepared=(prepared(),)), says="at the root is session 4711"
    )
    assert finding.runbook == "blocking-chain"
    assert finding.next_steps == ()
    assert root(finding) == {"pid": 4711, "state": "unknown", "prepared_transaction": None}
    assert "coordinator" not in finding.remediation


def test_a_root_that_was_seen_comes_before_one_that_was_not() -> None:
    finding = check_found(DETECTOR, evidence(leaked(1, HOUR), waiter(2, 1, 4711)))
    assert root(finding)["pid"] == 1


# Rings


def test_a_ring_has_its_oldest_transaction_for_a_root() -> None:
    finding = check_found(DETECTOR, evidence(*ring(1, 2, 3)))
    assert root(finding)["pid"] == 3
    assert finding.details["depth"] == 2


def test_a_ring_is_opened_in_one_place() -> None:
    """Whoever ends one of them frees the rest."""
    finding = check_found(DETECTOR, evidence(*ring(1, 2, 3)))
    assert finding.details["other_roots"] == []
    assert len(finding.next_steps) == 1


def test_a_ring_that_waits_for_somebody_outside_has_that_one_for_a_root() -> None:
    one, two = ring(1, 2)
    finding = check_found(DETECTOR, evidence(replace(one, blocked_by=(2, 9)), two, leaked(9)))
    assert root(finding)["pid"] == 9
    assert finding.details["depth"] == 2


# Inferred blockers


def test_one_inferred_blocker_is_probable() -> None:
    waits = waiter(2, 1, blockers_inferred=True)
    finding = check_found(
        DETECTOR,
        evidence(leaked(1), waits, backend=Backend.MARIADB),
        confidence=Confidence.MEDIUM,
        says="at the root probably is session 1",
    )
    assert finding.details["inferred"] is True


def test_several_inferred_blockers_are_a_guess() -> None:
    waits = waiter(9, 1, 2, 3, blockers_inferred=True)
    check_found(
        DETECTOR, evidence(leaked(1), leaked(2), leaked(3), waits, backend=Backend.MARIADB), confidence=Confidence.LOW
    )


def test_a_guess_ends_nobody() -> None:
    """Of three transactions that were open at the time at most one need be in the way."""
    waits = waiter(9, 1, 2, 3, blockers_inferred=True)
    finding = check_found(DETECTOR, evidence(leaked(1), leaked(2), leaked(3), waits, backend=Backend.MARIADB))
    assert finding.confidence is Confidence.LOW
    assert finding.next_steps == ()


# Edges


@pytest.mark.parametrize(
    ("waited", "severity"),
    [
        (DETECTOR.notice, Severity.INFO),
        (DETECTOR.warning - TICK, Severity.INFO),
        (DETECTOR.warning, Severity.WARNING),
        (DETECTOR.critical - TICK, Severity.WARNING),
        (DETECTOR.critical, Severity.CRITICAL),
    ],
)
def test_the_edges_of_the_longest_wait(waited: timedelta, severity: Severity) -> None:
    check_found(DETECTOR, evidence(leaked(1), waiter(2, 1, waited=waited), waiter(3, 1, waited=SECOND)), severity)


# Keys


def test_the_key_stays_when_pids_ages_and_counts_change() -> None:
    first = check_found(DETECTOR, evidence(leaked(1), waiter(2, 1)))
    later = check_found(DETECTOR, evidence(leaked(500, DAY), waiter(7, 500, waited=HOUR), waiter(8, 7), waiter(9, 8)))
    assert later.key == first.key


@pytest.mark.parametrize(
    "change", [{"application_name": "jobs"}, {"user": "batch"}, {"database": "billing"}, {"statement": WRITE}]
)
def test_another_root_has_another_key(change: dict[str, Any]) -> None:
    first = check_found(DETECTOR, evidence(leaked(1), waiter(2, 1)))
    assert check_found(DETECTOR, evidence(leaked(1, **change), waiter(2, 1))).key != first.key


def test_another_table_has_another_key() -> None:
    authors = LockSnapshot(type="relation", mode="AccessShareLock", relation="authors")
    first = check_found(DETECTOR, evidence(leaked(1), waiter(2, 1)))
    assert check_found(DETECTOR, evidence(leaked(1), waiter(2, 1, lock=authors))).key != first.key


def test_two_chains_of_one_cause_do_not_share_a_key() -> None:
    """Two leaked writers, each in the way of a row: a report with one key twice cannot be followed from run to run."""
    findings = all_found(DETECTOR, two_of_one_cause())
    assert len({f.key for f in findings}) == len(findings)


def two_of_one_cause() -> Evidence:
    return evidence(leaked(1), waiter(2, 1, lock=ROW_LOCK), leaked(3), waiter(4, 3, lock=ROW_LOCK))


# Next steps


def test_the_step_ends_only_roots_and_rechecks_who_they_are() -> None:
    (step,) = check_found(DETECTOR, evidence(leaked(101), waiter(777, 101))).next_steps
    assert "pid IN (101)" in step
    assert "777" not in step
    assert "backend_start <= " in step
    assert "xact_start <= " in step
    assert "state LIKE 'idle in transaction%'" in step


def test_an_idle_root_without_a_transaction_is_not_told_to_be_idle_in_one() -> None:
    """GET_LOCK and session-level advisory locks outlive the transaction."""
    finding = check_found(DETECTOR, evidence(session(1, in_state=HOUR), waiter(2, 1)), says="idle for 1 h")
    assert root(finding)["state"] == SessionState.IDLE


def root(finding: Finding) -> dict[str, object]:
    found = finding.details["root"]
    assert isinstance(found, dict)
    return found


def waiters(finding: Finding) -> list[dict[str, object]]:
    found = finding.details["waiters"]
    assert isinstance(found, list)
    return found


def test_followers_of_a_leader_are_never_critical() -> None:
    """They wait for days, and are meant to."""
    leader = leaked(1, DAY, holds_advisory_lock=True)
    check_found(DETECTOR, evidence(leader, waiter(2, 1, waited=DAY, lock=ADVISORY)), Severity.WARNING)
    (finding,) = all_found(IdleInTransaction(), evidence(leader, waiter(2, 1, waited=DAY, lock=ADVISORY)))
    assert finding.severity is Severity.INFO
