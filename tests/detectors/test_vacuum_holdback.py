import pytest

from tests.detectors.build import DAY, HOUR, active, evidence, session
from tests.detectors.checks import check_found, check_silent
from triage.detectors.vacuum_holdback import VacuumHoldback
from triage.evidence import HolderKind, HorizonHolderSnapshot, SessionKind
from triage.findings import Confidence, Severity

DETECTOR = VacuumHoldback()
MILLION = 1_000_000


def holder(
    age: int = 2 * MILLION,
    kind: HolderKind = HolderKind.SESSION,
    name: str = "101",
    detail: str | None = "shop",
    database: str | None = "shop",
) -> HorizonHolderSnapshot:
    return HorizonHolderSnapshot(kind=kind, name=name, age=age, held_for=HOUR, database=database, detail=detail)


# Silent


def test_a_horizon_nobody_holds_is_silent() -> None:
    check_silent(DETECTOR, evidence(horizon=()))


def test_a_young_horizon_is_silent() -> None:
    check_silent(DETECTOR, evidence(horizon=tuple(holder(age) for age in (3, 40_000, DETECTOR.warning - 1))))


# Found


def test_a_session_that_holds_it_is_found() -> None:
    check_found(
        DETECTOR,
        evidence(horizon=(holder(),)),
        Severity.WARNING,
        Confidence.HIGH,
        says="deleted in the last 2,000,000 transactions: session 101 (shop) holds the xmin horizon, for 1 h.",
    )


@pytest.mark.parametrize(
    ("kind", "name", "advice"),
    [
        (HolderKind.PREPARED_TRANSACTION, "order-1", "coordinator"),
        (HolderKind.REPLICATION_SLOT, "debezium", "drop the slot"),
        (HolderKind.STANDBY, "replica-2", "that standby"),
    ],
)
def test_what_holds_it_decides_what_to_do(kind: HolderKind, name: str, advice: str) -> None:
    finding = check_found(DETECTOR, evidence(horizon=(holder(kind=kind, name=name),)), says=name)
    assert advice in finding.remediation
    assert finding.details["holder"] == kind


def test_the_oldest_of_several_is_the_one() -> None:
    holders = holder(2 * MILLION, name="1"), holder(5 * MILLION, name="2"), holder(3 * MILLION, name="3")
    check_found(DETECTOR, evidence(horizon=holders), says="session 2 (shop)")


def test_pg_dump_is_an_info() -> None:
    dump = active(7, DAY, application_name="pg_dump")
    check_found(DETECTOR, evidence(dump, horizon=(holder(name="7", detail="pg_dump"),)), Severity.INFO)


def test_a_worker_of_the_servers_own_is_an_info() -> None:
    worker = active(7, DAY, kind=SessionKind.SYSTEM, application_name=None, user=None)
    check_found(DETECTOR, evidence(worker, horizon=(holder(name="7", detail=None),)), Severity.INFO)


def test_a_dump_that_holds_it_for_too_long_is_critical_all_the_same() -> None:
    dump = active(7, DAY, application_name="pg_dump")
    held = holder(DETECTOR.critical, name="7", detail="pg_dump")
    check_found(DETECTOR, evidence(dump, horizon=(held,)), Severity.CRITICAL)


def test_a_dump_does_not_hide_the_slot_behind_it() -> None:
    """The dump will end; the slot whose consumer has gone will not, and nothing else reports it."""
    dump = active(7, DAY, application_name="pg_dump")
    slot = holder(2 * MILLION, HolderKind.REPLICATION_SLOT, "debezium", "inactive", None)
    held = evidence(dump, horizon=(holder(3 * MILLION, name="7", detail="pg_dump"), slot))
    check_found(DETECTOR, held, Severity.WARNING, says="debezium")


def test_a_holder_in_another_database_is_named_with_it() -> None:
    """Its snapshot keeps back the vacuum of its own database and of the shared catalogs."""
    check_found(DETECTOR, evidence(horizon=(holder(database="billing"),)), says="billing")


def test_a_session_of_the_same_pid_elsewhere_is_no_excuse_for_a_slot() -> None:
    worker = session(7, kind=SessionKind.SYSTEM)
    check_found(DETECTOR, evidence(worker, horizon=(holder(kind=HolderKind.STANDBY, name="7"),)), Severity.WARNING)


# Edges


@pytest.mark.parametrize(
    ("age", "severity"),
    [
        (DETECTOR.warning, Severity.WARNING),
        (DETECTOR.critical - 1, Severity.WARNING),
        (DETECTOR.critical, Severity.CRITICAL),
    ],
)
def test_the_edges_of_its_age(age: int, severity: Severity) -> None:
    check_found(DETECTOR, evidence(horizon=(holder(age),)), severity)


# Keys


def test_the_key_stays_when_pid_and_age_change() -> None:
    first = check_found(DETECTOR, evidence(horizon=(holder(),)))
    assert check_found(DETECTOR, evidence(horizon=(holder(9 * MILLION, name="555"),))).key == first.key


def test_another_holder_has_another_key() -> None:
    slots = [holder(kind=HolderKind.REPLICATION_SLOT, name=name, detail="inactive") for name in ("a", "b")]
    keys = {check_found(DETECTOR, evidence(horizon=(one,))).key for one in (holder(), holder(detail="jobs"), *slots)}
    assert len(keys) == 4
