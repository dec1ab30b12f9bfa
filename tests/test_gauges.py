"""What every look measures, whether or not anything is wrong."""

from dataclasses import replace

from tests.detectors.build import HOUR, MINUTE, NOW, bounded, evidence, limit, session
from triage.evidence import Evidence, SessionState
from triage.gauges import gauges


def measured(seen: Evidence) -> dict[str, float]:
    return {"/".join((gauge.name, *gauge.labels.values())): gauge.value for gauge in gauges(seen)}


def test_what_was_not_seen_has_no_gauge() -> None:
    assert gauges(Evidence(collected_at=NOW)) == ()


def test_every_state_has_one_also_where_nobody_is_in_it() -> None:
    assert measured(evidence()) == {
        "sessions/active": 0,
        "sessions/idle": 0,
        "sessions/idle_in_transaction": 0,
        "sessions/idle_in_transaction_aborted": 0,
        "sessions/unknown": 0,
        "sessions_waiting": 0,
        "idle_in_transaction_longest": 0.0,
    }


def test_the_sessions_of_the_app_count_and_no_others() -> None:
    seen = evidence(
        session(1, SessionState.ACTIVE),
        session(2, SessionState.IDLE_IN_TRANSACTION, MINUTE),
        session(3, SessionState.IDLE_IN_TRANSACTION, HOUR),
        session(4, SessionState.ACTIVE, blocked_by=(3,)),
        session(5, SessionState.ACTIVE, application_name="psql"),
        session(6, SessionState.ACTIVE, database="another"),
    )
    found = measured(seen)
    assert found["sessions/active"] == 2
    assert found["sessions/idle_in_transaction"] == 2
    assert found["sessions_waiting"] == 1
    assert found["idle_in_transaction_longest"] == 3600


def test_what_the_pools_ask_for_beside_what_there_is() -> None:
    seen = replace(evidence(), limits=(limit(100, reserved=3, in_use=12),), engines=(bounded(processes=8),))
    found = measured(seen)
    assert found["connections_in_use"] == 12
    assert found["connections_available"] == 97
    assert found["pool_demand"] == 8 * 15
