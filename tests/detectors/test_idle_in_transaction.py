from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.detectors.build import (
    HOUR,
    MINUTE,
    NOW,
    READ,
    SECOND,
    TICK,
    WRITE,
    aborted,
    active,
    bounded,
    engine,
    evidence,
    hidden,
    leaked,
    limit,
    person,
    session,
    several,
    waiter,
)
from tests.detectors.checks import all_found, check_found, check_silent
from triage.detectors.idle_in_transaction import IdleInTransaction
from triage.evidence import Backend, Evidence, SessionKind, SessionState
from triage.findings import Confidence, Severity

DETECTOR = IdleInTransaction()
MOMENT = timedelta(milliseconds=300)
"""Longer than the pause between two statements, far too short to be a leak by itself."""


# Silent


def test_a_server_without_sessions_is_silent() -> None:
    check_silent(DETECTOR, evidence())


@pytest.mark.parametrize("last", ["COMMIT", "ROLLBACK", "SELECT ?", None])
def test_a_pool_of_idle_sessions_is_silent(last: str | None) -> None:
    check_silent(DETECTOR, evidence(*several(session(in_state=HOUR, statement=last), 15), engines=[bounded()]))


@pytest.mark.parametrize("backend", [Backend.MYSQL, Backend.MARIADB])
def test_a_connection_that_sleeps_without_a_transaction_is_silent(backend: Backend) -> None:
    check_silent(DETECTOR, evidence(session(in_state=8 * HOUR), backend=backend))


def test_a_busy_long_transaction_is_not_idle() -> None:
    check_silent(DETECTOR, evidence(active(running=SECOND, opened=3 * HOUR)))


def test_a_long_transaction_that_pauses_for_a_moment_is_not_idle() -> None:
    check_silent(DETECTOR, evidence(leaked(idle=MOMENT, opened=3 * HOUR)))


def test_a_failed_transaction_is_another_finding() -> None:
    check_silent(DETECTOR, evidence(aborted(idle=HOUR)))


def test_walsender_autovacuum_and_other_workers_are_silent() -> None:
    check_silent(
        DETECTOR,
        evidence(
            leaked(1, HOUR, kind=SessionKind.REPLICATION),
            leaked(2, HOUR, kind=SessionKind.SYSTEM),
            leaked(3, HOUR, user="event_scheduler", kind=SessionKind.SYSTEM),
        ),
    )


@pytest.mark.parametrize("tool", ["pg_dump", "pg_dumpall", "mysqldump", "mydumper", "pganalyze collector", "triage"])
def test_pg_dump_is_no_finding(tool: str) -> None:
    check_silent(DETECTOR, evidence(leaked(idle=HOUR, application_name=tool)))


def test_the_hosting_platform_is_silent() -> None:
    check_silent(DETECTOR, evidence(leaked(idle=HOUR, application_name=None, user="rdsadmin")))


def test_another_databases_session_is_silent() -> None:
    check_silent(DETECTOR, evidence(leaked(idle=HOUR, database="billing")))


def test_a_session_that_app_does_not_name_is_silent() -> None:
    check_silent(DETECTOR, evidence(leaked(idle=HOUR), app=("billing*",)))


def test_hidden_sessions_are_silent() -> None:
    check_silent(DETECTOR, evidence(*several(hidden(), 20), engines=[bounded()]))


def test_a_session_without_ages_is_silent() -> None:
    check_silent(DETECTOR, evidence(session(state=SessionState.IDLE_IN_TRANSACTION, in_state=None, connected=None)))


def test_a_pool_full_of_pauses_between_statements_is_silent() -> None:
    pauses = several(leaked(idle=DETECTOR.held_after - TICK), 15)
    check_silent(DETECTOR, evidence(*pauses, engines=[bounded()]))


def test_young_ones_in_a_pool_with_room_are_silent() -> None:
    check_silent(DETECTOR, evidence(*several(leaked(idle=MOMENT), 11), engines=[bounded()]))


def test_the_rooms_of_several_engines_add_up() -> None:
    engines = [bounded(name="reader"), bounded(name="writer")]
    check_silent(DETECTOR, evidence(*several(leaked(idle=MOMENT), 14), engines=engines))


def test_the_rooms_of_several_processes_add_up() -> None:
    check_silent(DETECTOR, evidence(*several(leaked(idle=MOMENT), 14), engines=[bounded(processes=2)]))


def test_an_engine_with_unknown_pool_size_is_not_taken_for_the_default() -> None:
    unknown = engine(pool_size=None, unknown=frozenset({"pool_size"}), processes=1)
    check_silent(DETECTOR, evidence(*several(leaked(idle=MOMENT), 15), engines=[unknown]))


@pytest.mark.parametrize("endless", [{"poolclass": "NullPool"}, {"max_overflow": -1}, {"pool_size": 0}])
def test_a_pool_without_a_bound_is_never_full(endless: dict[str, object]) -> None:
    engines = [engine(processes=1, **endless)]
    check_silent(DETECTOR, evidence(*several(leaked(idle=MOMENT), 50), engines=engines))


def test_another_databases_engine_is_not_what_they_fill() -> None:
    engines = [bounded(2, 0, database="billing"), bounded(database="shop")]
    check_silent(DETECTOR, evidence(*several(leaked(idle=MOMENT), 11), engines=engines))
    check_silent(DETECTOR, evidence(*several(leaked(idle=MOMENT), 11), engines=engines[:1]))


def test_another_products_engine_is_not_what_they_fill() -> None:
    engines = [bounded(2, 0, backend=Backend.MYSQL), bounded(2, 0, dialect="oracle")]
    check_silent(DETECTOR, evidence(*several(leaked(idle=MOMENT), 11), engines=engines))


def test_people_and_tools_do_not_fill_the_pool() -> None:
    people = several(leaked(idle=MOMENT, application_name="DBeaver 24.1.0 - Main <shop>"), 8)
    tools = several(leaked(idle=MOMENT, application_name="pg_dump"), 8, first=201)
    check_silent(DETECTOR, evidence(*people, *tools, engines=[bounded()]))


def test_more_sessions_than_one_pool_holds_mean_more_than_one_process() -> None:
    """Nobody said how many processes there are, but 60 sessions do not come from a pool of 15."""
    busy = [*several(leaked(idle=MOMENT), 12), *several(active(), 48, first=201)]
    check_silent(DETECTOR, evidence(*busy, engines=[bounded(processes=None)]))


def test_row_lock_contention_of_a_moment_is_silent() -> None:
    """Two requests want the same row: the second waits for a moment, as it should."""
    check_silent(DETECTOR, evidence(leaked(1, MOMENT), waiter(2, 1, waited=MOMENT)))


# Found


def test_a_pause_that_somebody_waits_for_is_critical_at_once() -> None:
    check_found(DETECTOR, evidence(leaked(1, 3 * SECOND), waiter(2, 1, waited=MOMENT)), Severity.CRITICAL)


def test_a_leaked_read_committed_reader_without_xid_or_xmin_is_found() -> None:
    reader = leaked(idle=MINUTE, xid_age=None, xmin_age=None, holds_locks=False)
    check_found(
        DETECTOR,
        evidence(reader),
        Severity.WARNING,
        Confidence.HIGH,
        says=("1 session of shop (user app) sits idle in transaction", "idle for 1 min", READ),
    )


def test_sessions_of_one_cause_are_one_finding() -> None:
    finding = check_found(
        DETECTOR,
        evidence(*several(leaked(idle=2 * MINUTE), 11), leaked(120, 4 * MINUTE)),
        Severity.WARNING,
        says="12 sessions of shop (user app) sit idle in transaction, the longest idle for 4 min",
    )
    assert [(m.name, m.value) for m in finding.measurements] == [("sessions", 12), ("idle", 240)]


def test_sessions_of_two_statements_are_two_findings() -> None:
    findings = all_found(DETECTOR, evidence(leaked(1), leaked(2), leaked(3, statement=WRITE)))
    assert sorted(f.measurements[0].value for f in findings) == [1, 2]


def test_the_details_are_those_of_the_contract() -> None:
    holder = leaked(7, 90 * SECOND, opened=2 * MINUTE, holds_locks=True)
    finding = check_found(DETECTOR, evidence(holder, waiter(8, 7)))
    assert finding.details["sessions"] == [
        {
            "pid": 7,
            "application_name": "shop",
            "user": "app",
            "database": "shop",
            "client": "10.0.0.5",
            "idle_seconds": 90.0,
            "transaction_seconds": 120.0,
            "last_statement": READ,
            "fingerprint": READ,
            "holds_locks": True,
            "blocks": [8],
        }
    ]


def test_the_one_who_has_been_idle_longest_comes_first() -> None:
    finding = check_found(DETECTOR, evidence(leaked(1, MINUTE), leaked(2, HOUR), leaked(3, 2 * MINUTE)))
    assert [s["pid"] for s in _sessions(finding.details)] == [2, 3, 1]


def test_twelve_young_ones_in_a_pool_of_fifteen_are_critical() -> None:
    finding = check_found(
        DETECTOR,
        evidence(*several(leaked(idle=MOMENT), 12), engines=[bounded()]),
        Severity.CRITICAL,
        Confidence.HIGH,
        says="fill 12 of the pool's 15 connections",
    )
    assert finding.measurements[-1].name == "pool_held"
    assert (finding.measurements[-1].value, finding.measurements[-1].threshold) == (0.8, 0.8)


def test_without_the_number_of_processes_a_full_pool_is_less_sure() -> None:
    full = evidence(*several(leaked(idle=MOMENT), 12), engines=[bounded(processes=None)])
    check_found(DETECTOR, full, Severity.CRITICAL, Confidence.MEDIUM)


def test_failed_transactions_help_to_fill_the_pool() -> None:
    held = [*several(leaked(idle=MOMENT), 6), *several(aborted(idle=MOMENT), 6, first=201)]
    check_found(
        DETECTOR, evidence(*held, engines=[bounded()]), Severity.CRITICAL, says="12 of the pool's 15 connections"
    )


def test_a_full_server_is_critical_where_the_pool_is_not_known() -> None:
    crowd = evidence(*several(leaked(idle=MOMENT), 80), limits=(limit(100, reserved=3),))
    check_found(DETECTOR, crowd, Severity.CRITICAL, Confidence.HIGH, says="fill 80 of the server's 97 connections")


def test_who_blocks_somebody_is_critical_at_once() -> None:
    finding = check_found(
        DETECTOR,
        evidence(leaked(1, 2 * SECOND), waiter(2, 1, waited=2 * SECOND)),
        Severity.CRITICAL,
        Confidence.HIGH,
        says="1 session waits behind it",
    )
    assert finding.next_steps


def test_who_waits_behind_a_waiter_counts_too() -> None:
    sessions = leaked(1), waiter(2, 1), waiter(3, 2), waiter(4, 2, database="billing")
    check_found(DETECTOR, evidence(*sessions), Severity.CRITICAL, says="3 sessions wait behind it")


def test_who_blocks_a_session_of_another_database_is_critical() -> None:
    check_found(DETECTOR, evidence(leaked(1), waiter(2, 1, database="billing")), Severity.CRITICAL)


def test_a_person_at_psql_is_an_info() -> None:
    finding = check_found(
        DETECTOR, evidence(person(idle=5 * HOUR)), Severity.INFO, says="The session of a person at psql sits"
    )
    assert finding.remediation == "Ask whoever sits at psql to commit or roll back."
    assert finding.next_steps == ()


@pytest.mark.parametrize(
    "program",
    ["psql", "pgcli", "DBeaver 24.1.0 - SQLEditor <Script.sql>", "pgAdmin 4 - CONN:8472", "DataGrip 2024.1", "mysql"],
)
def test_every_client_program_for_people_is_an_info(program: str) -> None:
    check_found(DETECTOR, evidence(person(application_name=program)), Severity.INFO, says=f"at {program}")


def test_several_sessions_of_a_person_are_an_info() -> None:
    check_found(DETECTOR, evidence(*several(person(), 3)), Severity.INFO, says="3 sessions of a person at psql sit")


def test_a_person_who_blocks_the_app_is_critical() -> None:
    finding = check_found(DETECTOR, evidence(person(1), waiter(2, 1)), Severity.CRITICAL, says="waits behind it")
    assert "psql" in finding.remediation


def test_a_person_stays_an_info_while_the_app_fills_the_pool() -> None:
    held = evidence(*several(leaked(), 12), person(1), engines=[bounded()])
    assert sorted(f.severity for f in all_found(DETECTOR, held)) == [Severity.INFO, Severity.CRITICAL]


def test_an_advisory_lock_holder_is_an_info() -> None:
    finding = check_found(
        DETECTOR, evidence(leaked(idle=3 * HOUR, holds_advisory_lock=True)), Severity.INFO, says="advisory lock"
    )
    assert finding.next_steps == ()
    assert "on purpose" in finding.remediation


def test_an_advisory_lock_holder_who_blocks_is_critical() -> None:
    check_found(DETECTOR, evidence(leaked(1, holds_advisory_lock=True), waiter(2, 1)), Severity.CRITICAL)


def test_an_advisory_lock_holder_among_leaked_sessions_is_not_ended() -> None:
    """The leader runs the same code and the same statement as those that leak; ending it drops its lock."""
    sessions = *several(leaked(), 3), leaked(999, holds_advisory_lock=True)
    steps = [step for finding in all_found(DETECTOR, evidence(*sessions)) for step in finding.next_steps]
    assert steps
    assert "999" not in " ".join(steps)


def test_an_advisory_lock_holder_does_not_make_its_neighbours_old() -> None:
    """A leader of three days and a request of six seconds, whose last statement is the same."""
    leader = leaked(1, 72 * HOUR, holds_advisory_lock=True)
    assert {f.severity for f in all_found(DETECTOR, evidence(leader, leaked(2, 6 * SECOND)))} == {Severity.INFO}


def test_one_holder_of_an_advisory_lock_is_one() -> None:
    check_found(DETECTOR, evidence(leaked(holds_advisory_lock=True)), says="It holds an advisory lock, so it may wait")


def test_the_advice_for_a_young_one_does_not_speak_of_its_lock() -> None:
    finding = check_found(DETECTOR, evidence(leaked(idle=20 * SECOND)), Severity.INFO)
    assert "lock on purpose" not in finding.remediation


def test_inferred_blockers_are_only_probably_blockers() -> None:
    """Without MariaDB's plugin every older transaction counts as a blocker: that may be none of this one's doing."""
    waits = waiter(2, 1, waited=2 * SECOND, blockers_inferred=True)
    check_found(
        DETECTOR,
        evidence(leaked(1, 3 * SECOND), waits, backend=Backend.MARIADB),
        Severity.CRITICAL,
        Confidence.MEDIUM,
        says="probably",
    )


def test_an_old_one_whose_waiters_are_inferred_is_not_surely_critical() -> None:
    waits = waiter(2, 1, blockers_inferred=True)
    check_found(
        DETECTOR, evidence(leaked(1, 2 * MINUTE), waits, backend=Backend.MARIADB), Severity.CRITICAL, Confidence.MEDIUM
    )


def test_a_session_without_a_database_has_none_in_its_subject() -> None:
    """MySQL lets a session connect without one."""
    nowhere = evidence(leaked(database=None), backend=Backend.MYSQL, database=None)
    assert check_found(DETECTOR, nowhere).subject == "shop (user app)"


def test_all_databases_widen_the_look() -> None:
    elsewhere = evidence(leaked(database="billing"), all_databases=True)
    assert check_found(DETECTOR, elsewhere).subject == "shop (user app) in billing"


def test_app_names_a_database() -> None:
    check_found(DETECTOR, evidence(leaked(database="billing"), app=("bill*",)))


# Causes


def test_a_schedule_is_named() -> None:
    sessions = [leaked(pid, (2 + 10 * pid) * MINUTE) for pid in range(1, 6)]
    finding = check_found(DETECTOR, evidence(*sessions), says="one began every 10 min")
    assert finding.runbook == "session-leak"


def test_slow_work_in_the_transaction_has_its_own_runbook() -> None:
    sessions = several(leaked(idle=2 * MINUTE, opened=10 * MINUTE), 3)
    finding = check_found(
        DETECTOR, evidence(*sessions), says="slow work inside the transaction: it had been in use for 8 min"
    )
    assert finding.runbook == "slow-work-in-transaction"


def test_slow_work_in_the_transaction_is_not_mended_by_closing_sessions() -> None:
    finding = check_found(DETECTOR, evidence(leaked(idle=2 * MINUTE, opened=10 * MINUTE)))
    assert "with block" not in finding.remediation


def test_a_burst_that_took_the_whole_pool_is_named() -> None:
    sessions = [leaked(pid, 2 * MINUTE + pid * 50 * TICK) for pid in range(1, 16)]
    finding = check_found(DETECTOR, evidence(*sessions, engines=[bounded()]), says="The whole pool went idle within")
    assert finding.details["cause"]


# Edges


@pytest.mark.parametrize(
    ("idle", "severity"),
    [
        (DETECTOR.notice, Severity.INFO),
        (DETECTOR.warning - TICK, Severity.INFO),
        (DETECTOR.warning, Severity.WARNING),
        (DETECTOR.critical - TICK, Severity.WARNING),
        (DETECTOR.critical, Severity.CRITICAL),
    ],
)
def test_the_edges_of_its_age(idle: timedelta, severity: Severity) -> None:
    check_found(DETECTOR, evidence(leaked(idle=idle)), severity)


def test_just_below_notice_is_silent() -> None:
    check_silent(DETECTOR, evidence(leaked(idle=DETECTOR.notice - TICK)))


def test_a_young_one_is_less_sure_than_an_old_one() -> None:
    check_found(DETECTOR, evidence(leaked(idle=DETECTOR.warning - TICK)), confidence=Confidence.MEDIUM)
    check_found(DETECTOR, evidence(leaked(idle=DETECTOR.warning)), confidence=Confidence.HIGH)


def test_the_edge_of_a_full_pool() -> None:
    ten = [bounded(10, 0)]
    check_silent(DETECTOR, evidence(*several(leaked(idle=MOMENT), 7), engines=ten))
    check_found(DETECTOR, evidence(*several(leaked(idle=MOMENT), 8), engines=ten), Severity.CRITICAL)


def test_the_edge_of_a_pause_in_a_full_pool() -> None:
    held = several(leaked(idle=DETECTOR.held_after), 15)
    check_found(DETECTOR, evidence(*held, engines=[bounded()]), Severity.CRITICAL)


def test_the_thresholds_are_fields() -> None:
    patient = IdleInTransaction(notice=MINUTE, warning=10 * MINUTE, critical=20 * MINUTE)
    check_silent(patient, evidence(leaked(idle=MINUTE - TICK)))
    check_found(patient, evidence(leaked(idle=9 * MINUTE)), Severity.INFO)
    check_found(patient, evidence(leaked(idle=19 * MINUTE)), Severity.WARNING)


# Keys


def test_the_key_stays_when_pids_ages_and_counts_change() -> None:
    first = check_found(DETECTOR, evidence(leaked(1, MINUTE)))
    later = evidence(*several(leaked(idle=HOUR, client="10.0.0.6"), 4, first=500), waiter(9, 500))
    assert check_found(DETECTOR, later).key == first.key


@pytest.mark.parametrize(
    "change", [{"application_name": "jobs"}, {"user": "batch"}, {"database": "billing"}, {"statement": WRITE}]
)
def test_another_cause_has_another_key(change: dict[str, Any]) -> None:
    def key(seen: Evidence) -> str:
        return check_found(DETECTOR, seen).key

    assert key(evidence(leaked(), all_databases=True)) != key(evidence(leaked(**change), all_databases=True))


# Next steps


def test_no_step_ends_a_session_that_is_only_an_info() -> None:
    assert check_found(DETECTOR, evidence(leaked(idle=30 * SECOND)), Severity.INFO).next_steps == ()


def test_the_step_ends_exactly_these_sessions() -> None:
    bystanders = session(300), active(301), leaked(302, 30 * SECOND, statement=WRITE)
    findings = all_found(DETECTOR, evidence(leaked(101), leaked(102), *bystanders))
    (step,) = next(f.next_steps for f in findings if f.severity is Severity.WARNING)
    assert "pid IN (101, 102)" in step
    assert not any(str(s.pid) in step for s in bystanders)


def test_the_step_rechecks_who_they_are() -> None:
    (step,) = check_found(DETECTOR, evidence(leaked(101))).next_steps
    assert step.startswith("SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE ")
    assert "state LIKE 'idle in transaction%'" in step
    assert "backend_start <= '2026-01-30T15:00:00+00:00'" in step
    assert "xact_start <= '2026-01-31T14:57:59.980000+00:00'" in step


@pytest.mark.parametrize("backend", [Backend.MYSQL, Backend.MARIADB])
def test_the_step_rechecks_who_they_are_on_mysql_and_mariadb(backend: Backend) -> None:
    steps = check_found(DETECTOR, evidence(leaked(101), leaked(102), backend=backend)).next_steps
    for step in steps:
        assert "KILL" in step
        assert "innodb_trx" in step
        assert "command = 'Sleep'" in step
        assert "trx_started" in step


def test_it_says_nothing_of_when_it_was_asked() -> None:
    """A detector has no clock: the same evidence gives the same finding."""
    seen = evidence(leaked())
    later = replace(seen, collected_at=NOW + HOUR)
    assert list(DETECTOR.detect(seen)) == list(DETECTOR.detect(later))


def _sessions(details: object) -> list[dict[str, object]]:
    assert isinstance(details, dict)
    found: list[dict[str, object]] = details["sessions"]
    return found


def test_a_pool_of_one_is_not_full_for_a_pause() -> None:
    tiny = [bounded(pool_size=1, max_overflow=0)]
    check_silent(DETECTOR, evidence(leaked(1, 3 * SECOND), engines=tiny))
    check_found(DETECTOR, evidence(leaked(1, DETECTOR.notice), engines=tiny), Severity.CRITICAL)
