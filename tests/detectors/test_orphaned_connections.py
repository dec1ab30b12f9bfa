import pytest

from tests.detectors.build import HOUR, active, bounded, engine, evidence, hidden, person, session, several
from tests.detectors.checks import check_found, check_silent
from triage.detectors.orphaned_connections import OrphanedConnections
from triage.evidence import SessionKind
from triage.findings import Confidence, Severity

DETECTOR = OrphanedConnections()
SIXTEEN = several(session(), 16)


# Silent


def test_sessions_that_fit_the_pools_are_silent() -> None:
    check_silent(DETECTOR, evidence(*several(session(), 15), engines=[bounded()]))


def test_without_the_number_of_processes_there_is_no_ceiling() -> None:
    check_silent(DETECTOR, evidence(*SIXTEEN, engines=[bounded(processes=None)]))
    check_silent(DETECTOR, evidence(*SIXTEEN, engines=[bounded(2, 0), bounded(2, 0, processes=None)]))


def test_a_pooler_has_sessions_of_its_own() -> None:
    check_silent(DETECTOR, evidence(*SIXTEEN, engines=[bounded()], pooled=True))


def test_an_engine_with_unknown_pool_size_is_not_taken_for_the_default() -> None:
    unknown = engine(pool_size=None, unknown=frozenset({"pool_size"}), processes=1)
    check_silent(DETECTOR, evidence(*SIXTEEN, engines=[unknown]))
    check_silent(DETECTOR, evidence(*SIXTEEN, engines=[unknown, bounded(2, 0)]))


@pytest.mark.parametrize("endless", [{"poolclass": "NullPool"}, {"max_overflow": -1}, {"pool_size": 0}])
def test_a_pool_without_a_bound_has_no_ceiling(endless: dict[str, object]) -> None:
    check_silent(DETECTOR, evidence(*SIXTEEN, engines=[engine(processes=1, **endless)]))


def test_another_databases_engine_has_no_sessions_here() -> None:
    check_silent(DETECTOR, evidence(*SIXTEEN, engines=[bounded(database="billing")]))


def test_another_databases_sessions_are_not_the_apps() -> None:
    check_silent(DETECTOR, evidence(*several(session(database="billing"), 40), engines=[bounded()]))


def test_people_and_tools_are_no_orphans() -> None:
    others = person(1), session(2, application_name="pg_dump"), session(3, kind=SessionKind.REPLICATION)
    check_silent(DETECTOR, evidence(*several(session(), 15), *others, engines=[bounded()]))


def test_several_engines_add_up() -> None:
    check_silent(DETECTOR, evidence(*several(session(), 30), engines=[bounded(name="a"), bounded(name="b")]))


def test_an_empty_server_is_silent() -> None:
    check_silent(DETECTOR, evidence(engines=[bounded()]))


# Found


def test_more_sessions_than_the_pools_can_hold_are_found() -> None:
    sessions = (
        *several(session(in_state=HOUR, client="10.0.0.5"), 20),
        *several(active(client="10.0.0.9"), 12, first=301),
    )
    finding = check_found(
        DETECTOR,
        evidence(*sessions, engines=[bounded(processes=2)]),
        Severity.WARNING,
        Confidence.MEDIUM,
        says=(
            "The app has 32 sessions on the server, 2 more than the 30 its pools can hold together",
            "Clients: 10.0.0.5 20, 10.0.0.9 12; the longest idle for 1 h.",
        ),
    )
    assert [(m.name, m.value) for m in finding.measurements] == [("sessions", 32), ("above_ceiling", 2)]
    assert finding.runbook == "connection-saturation"


def test_hidden_sessions_may_be_anybodys() -> None:
    """Without pg_read_all_stats nobody can tell the app's sessions from a person's or a tool's."""
    check_found(DETECTOR, evidence(*several(hidden(), 16), engines=[bounded()]), confidence=Confidence.LOW)


def test_a_client_that_is_not_known_is_said_so() -> None:
    check_found(DETECTOR, evidence(*several(session(client=None), 16), engines=[bounded()]), says="unknown 16")


# Edges


def test_the_edges_of_the_ceiling() -> None:
    engines = [bounded()]
    check_found(DETECTOR, evidence(*SIXTEEN, engines=engines), Severity.WARNING)
    check_found(DETECTOR, evidence(*several(session(), 29), engines=engines), Severity.WARNING)
    check_found(DETECTOR, evidence(*several(session(), 31), engines=engines), Severity.CRITICAL)


def test_a_deployment_in_the_middle_is_not_critical() -> None:
    """Old and new processes side by side, each pool full to its ceiling, are twice the ceiling and no more."""
    check_found(DETECTOR, evidence(*several(session(), 30), engines=[bounded()]), Severity.WARNING)


# Keys


def test_the_key_stays_when_their_number_changes() -> None:
    first = check_found(DETECTOR, evidence(*SIXTEEN, engines=[bounded()]))
    later = check_found(DETECTOR, evidence(*several(active(client="h"), 40, first=900), engines=[bounded()]))
    other = check_found(DETECTOR, evidence(*SIXTEEN, engines=[bounded()], app=("shop",)))
    assert first.key == later.key
    assert first.key != other.key
