from datetime import timedelta
from typing import Any

import pytest

from tests.detectors.build import DAY, HOUR, MINUTE, NOW, SECOND, TICK, evidence, person, session
from tests.detectors.checks import check_found, check_silent
from triage.detectors.connection_churn import ConnectionChurn
from triage.evidence import ConnectionStats, ConnectStats, Evidence, QueryLogs, SessionSnapshot
from triage.findings import Confidence, Severity

DETECTOR = ConnectionChurn()


def stats(
    sessions: int,
    transactions: int,
    period: timedelta = HOUR,
    *,
    database: str | None = "shop",
    user: str | None = None,
) -> ConnectionStats:
    return ConnectionStats(
        sessions=sessions, transactions=transactions, since=NOW - period, period=period, database=database, user=user
    )


def young(number: int = 10, **fields: Any) -> list[SessionSnapshot]:
    """Sessions that came one every two seconds."""
    return [session(pid, connected=2 * pid * SECOND, **fields) for pid in range(1, number + 1)]


FEW = stats(900, 1_000, 15 * MINUTE)
"""Too few to be sure from the counts alone."""
MANY = stats(36_000, 40_000)


# Silent


def test_a_pool_is_silent() -> None:
    check_silent(DETECTOR, evidence(*young(), connections=stats(500, 400_000)))


def test_a_pool_that_is_restarted_often_is_silent() -> None:
    check_silent(DETECTOR, evidence(*young(), connections=stats(20_000, 9_000_000, DAY)))


def test_a_check_that_connects_every_few_seconds_is_silent() -> None:
    check_silent(DETECTOR, evidence(connections=stats(720, 720, HOUR)))


def test_a_server_without_traffic_is_silent() -> None:
    check_silent(DETECTOR, evidence(connections=stats(0, 0)))


def test_counters_that_were_reset_just_now_say_nothing() -> None:
    check_silent(DETECTOR, evidence(*young(), connections=stats(500, 500, timedelta())))


def test_a_test_suite_of_the_past_is_silent() -> None:
    check_silent(DETECTOR, evidence(session(connected=DAY), connections=FEW))


def test_a_pool_that_was_just_built_is_silent() -> None:
    burst = [session(pid, connected=20 * SECOND + pid * TICK) for pid in range(1, 16)]
    check_silent(DETECTOR, evidence(*burst, connections=FEW))


def test_pools_that_fill_one_after_the_other_on_a_new_server_are_silent() -> None:
    """A deployment's first minute: nearly all sessions that there ever were are open, so none was thrown away."""
    check_silent(DETECTOR, evidence(*young(18), connections=stats(20, 24, 5 * SECOND)))
    check_silent(DETECTOR, evidence(*young(18), connections=stats(35, 40, 5 * SECOND)))
    check_found(DETECTOR, evidence(*young(18), connections=stats(36, 40, 5 * SECOND)))


def test_one_old_session_of_the_app_belongs_to_a_pool() -> None:
    check_silent(DETECTOR, evidence(*young(), session(99, connected=HOUR), connections=FEW))


def test_young_people_are_not_the_app() -> None:
    check_silent(DETECTOR, evidence(*young(application_name="psql"), connections=FEW))


def test_sessions_without_ages_confirm_nothing() -> None:
    check_silent(DETECTOR, evidence(*[session(pid, connected=None) for pid in range(1, 20)], connections=FEW))


# Found


def test_a_connection_for_each_transaction_is_found() -> None:
    finding = check_found(
        DETECTOR,
        evidence(connections=MANY),
        Severity.WARNING,
        Confidence.MEDIUM,
        says="Database shop has had 36,000 new connections for 40,000 transactions in 1 h, 10.0 a second",
    )
    assert [(m.name, m.value) for m in finding.measurements] == [
        ("connections_per_transaction", 0.9),
        ("connection_rate", 10),
    ]
    assert finding.runbook == "engine-per-request"


def test_young_sessions_confirm_it() -> None:
    for counts in (FEW, MANY):
        check_found(DETECTOR, evidence(*young(), connections=counts), confidence=Confidence.HIGH, says="is older than")


def test_a_person_who_has_been_connected_for_long_denies_nothing() -> None:
    check_found(DETECTOR, evidence(*young(), person(99, connected=DAY), connections=FEW), confidence=Confidence.HIGH)


def test_counts_of_everybody_are_less_sure() -> None:
    whole = evidence(connections=stats(36_000, 40_000, database=None))
    check_found(DETECTOR, whole, confidence=Confidence.LOW, says="The server has had 36,000 new connections")


def test_counts_of_a_user() -> None:
    own = evidence(connections=stats(36_000, 40_000, database=None, user="app"))
    check_found(DETECTOR, own, confidence=Confidence.MEDIUM, says="User app has had 36,000 new connections")


def test_the_bound_it_was_given_is_the_one_it_names() -> None:
    patient = ConnectionChurn(young=5 * MINUTE)
    sessions = [session(pid, connected=pid * 20 * SECOND) for pid in range(1, 13)]
    assert "than a minute" not in check_found(patient, evidence(*sessions, connections=FEW)).summary


# Edges


def test_the_edge_of_the_ratio() -> None:
    check_silent(DETECTOR, evidence(connections=stats(7_200, 36_001)))
    check_found(DETECTOR, evidence(connections=stats(7_200, 36_000)))


def test_the_edge_of_the_rate() -> None:
    check_silent(DETECTOR, evidence(connections=stats(1_799, 1_799)))
    check_found(DETECTOR, evidence(connections=stats(1_800, 1_800)))


@pytest.mark.parametrize(("database", "edge"), [("shop", DETECTOR.overwhelming), (None, DETECTOR.overwhelming_server)])
def test_the_edge_of_overwhelming(database: str | None, edge: int) -> None:
    check_silent(DETECTOR, evidence(connections=stats(edge - 1, edge, MINUTE, database=database)))
    check_found(DETECTOR, evidence(connections=stats(edge, edge, MINUTE, database=database)))


def test_the_edge_of_how_many_are_young() -> None:
    check_silent(DETECTOR, evidence(*young(DETECTOR.at_least - 1), connections=FEW))
    check_found(DETECTOR, evidence(*young(DETECTOR.at_least), connections=FEW))


def test_the_edge_of_young() -> None:
    check_found(DETECTOR, evidence(*young(), session(99, connected=DETECTOR.young - TICK), connections=FEW))
    check_silent(DETECTOR, evidence(*young(), session(99, connected=DETECTOR.young), connections=FEW))


# Keys


def test_the_key_stays_when_the_counts_change() -> None:
    first = check_found(DETECTOR, evidence(connections=MANY))
    assert check_found(DETECTOR, evidence(*young(), connections=stats(90_000, 90_000, DAY))).key == first.key


def test_counts_of_another_have_another_key() -> None:
    whose: list[dict[str, Any]] = [
        {"database": "a"},
        {"database": "b"},
        {"database": None},
        {"database": None, "user": "a"},
    ]
    keys = {check_found(DETECTOR, evidence(connections=stats(36_000, 40_000, **one))).key for one in whose}
    assert len(keys) == 4


# Logs


def connects(connections: int, brief: int, period: timedelta = MINUTE, **fields: Any) -> ConnectStats:
    return ConnectStats(connections=connections, brief=brief, period=period, **fields)


def logged(*streams: ConnectStats) -> Evidence:
    return Evidence(collected_at=NOW, query_logs=QueryLogs(connects=streams))


def test_a_log_of_a_pool_is_silent() -> None:
    check_silent(DETECTOR, logged(connects(40, 2), connects(0, 0, timedelta())))


def test_a_log_of_a_check_that_connects_every_few_seconds_is_silent() -> None:
    check_silent(DETECTOR, logged(connects(720, 720, HOUR)))


def test_a_log_in_which_sessions_end_after_one_transaction() -> None:
    finding = check_found(
        DETECTOR, logged(connects(300, 290)), Severity.WARNING, Confidence.HIGH, says="290 of 300 sessions in 1 min"
    )
    assert finding.details == {"sessions": 300, "brief": 290, "period_seconds": 60.0}


def test_a_log_with_gaps_makes_it_suspected() -> None:
    check_found(DETECTOR, logged(connects(300, 290, confirmed=False)), confidence=Confidence.LOW, says="Suspected")


def test_the_edges_in_a_log() -> None:
    check_silent(DETECTOR, logged(connects(19, 19, SECOND)))
    check_found(DETECTOR, logged(connects(20, 20, SECOND)))
    check_silent(DETECTOR, logged(connects(100, 79)))
    check_found(DETECTOR, logged(connects(100, 80)))
    check_silent(DETECTOR, logged(connects(29, 29)))
    check_found(DETECTOR, logged(connects(30, 30)))
