import pytest

from tests.detectors.build import active, evidence, leaked, limit, session, several
from tests.detectors.checks import all_found, check_found, check_silent
from triage.detectors.connection_saturation import ConnectionSaturation
from triage.evidence import Backend, Evidence, LimitKind, RefusalSnapshot, SessionKind, SessionSnapshot
from triage.findings import Confidence, Finding, Severity

DETECTOR = ConnectionSaturation()
FULL = RefusalSnapshot(message="FATAL: sorry, too many clients already", code="53300")


def used(in_use: int, *sessions: SessionSnapshot, of: int = 100) -> Evidence:
    """That many of the server's connections are in use."""
    return evidence(*sessions, limits=(limit(of, in_use=in_use),))


# Silent


def test_a_server_with_room_is_silent() -> None:
    check_silent(DETECTOR, used(79))


def test_a_limit_whose_use_was_not_seen_is_silent() -> None:
    check_silent(DETECTOR, evidence(limits=(limit(100, in_use=None),)))


def test_another_databases_limit_is_silent() -> None:
    check_silent(DETECTOR, evidence(limits=(limit(10, in_use=10, kind=LimitKind.DATABASE, name="billing"),)))


@pytest.mark.parametrize("kind", [LimitKind.ROLE, LimitKind.DATABASE])
def test_a_door_that_is_closed_is_silent(kind: LimitKind) -> None:
    """A limit of 0 keeps a role or everybody out on purpose; nobody is in, and nothing is full."""
    closed = limit(0, in_use=0, kind=kind, name="shop")
    check_silent(DETECTOR, evidence(limits=(closed,)))


def test_the_limit_of_a_role_that_is_not_the_apps_is_silent() -> None:
    """A nightly export that may connect once and is connected once."""
    export = session(1, user="export", database="billing")
    full = limit(1, in_use=1, kind=LimitKind.ROLE, name="export")
    check_silent(DETECTOR, evidence(export, active(2), limits=(full,)))


def test_the_limit_of_a_tools_role_is_silent() -> None:
    exporter = several(session(user="monitor", application_name="postgres_exporter"), 3)
    full = limit(3, in_use=3, kind=LimitKind.ROLE, name="monitor")
    check_silent(DETECTOR, evidence(*exporter, limits=(full,)))


# Found


def test_a_server_that_is_nearly_full_is_found() -> None:
    finding = check_found(
        DETECTOR,
        used(85, *several(leaked(), 60), *several(active(user="batch", application_name=None), 25, first=301)),
        Severity.WARNING,
        Confidence.HIGH,
        says=("The server has 85 connections of 100 in use, 85%", "app/shop 60, batch 25"),
    )
    assert [(m.name, m.value, m.threshold) for m in finding.measurements] == [
        ("connections_used", 0.85, 0.8),
        ("connections", 85, 100),
    ]


def test_what_is_reserved_is_not_available() -> None:
    check_found(
        DETECTOR,
        evidence(limits=(limit(100, reserved=13, in_use=84),)),
        Severity.CRITICAL,
        says="84 connections of 87 (100 less 13 reserved) in use, 97%",
    )


def test_sessions_of_every_database_count() -> None:
    finding = check_found(DETECTOR, used(90, *several(session(database="billing"), 90)))
    assert holders(finding)[0] == {
        "application_name": "shop",
        "user": "app",
        "database": "billing",
        "sessions": 90,
        "idle": 90,
        "active": 0,
    }


def test_walsenders_and_workers_hold_no_connection_of_the_limit() -> None:
    workers = session(1, kind=SessionKind.SYSTEM), session(2, kind=SessionKind.REPLICATION)
    assert holders(check_found(DETECTOR, used(90, *workers, active(3))))[0]["sessions"] == 1


def test_a_full_database_is_found() -> None:
    full = limit(10, in_use=10, kind=LimitKind.DATABASE, name="shop")
    check_found(
        DETECTOR, evidence(limits=(full,)), Severity.CRITICAL, says="Database shop has 10 connections of 10 in use"
    )


def test_a_full_database_elsewhere_is_found_where_all_are_asked_for() -> None:
    full = limit(10, in_use=10, kind=LimitKind.DATABASE, name="billing")
    check_found(DETECTOR, evidence(limits=(full,), all_databases=True), Severity.CRITICAL)


def test_the_full_role_of_the_app_is_found() -> None:
    full = limit(20, in_use=20, kind=LimitKind.ROLE, name="app")
    finding = check_found(
        DETECTOR,
        evidence(*several(session(), 20), session(9, user="other"), limits=(full,)),
        Severity.CRITICAL,
        says="Role app has 20 connections of 20 in use",
    )
    assert sum(int(str(h["sessions"])) for h in holders(finding)) == 20


def test_a_holder_without_a_name_is_not_none() -> None:
    check_found(DETECTOR, used(90, *several(session(user=None, application_name=None), 90)))


def test_holders_of_a_few_are_not_most() -> None:
    crowd = [session(pid, user=f"user{pid}") for pid in range(1, 91)]
    assert "most" not in check_found(DETECTOR, used(90, *crowd)).summary


# A server that refuses


def test_too_many_clients_is_itself_the_finding() -> None:
    finding = check_found(
        DETECTOR,
        evidence(refusal=FULL, limits=()),
        Severity.CRITICAL,
        Confidence.HIGH,
        says="refuses new connections: FATAL: sorry, too many clients already",
    )
    assert finding.details["code"] == "53300"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("53300", "FATAL: remaining connection slots are reserved for roles with the SUPERUSER attribute"),
        ("53300", "FATAL: remaining connection slots are reserved for non-replication superuser connections"),
        ("1040", "(1040) Too many connections"),
    ],
)
def test_old_and_new_wording_are_the_same_finding(code: str, message: str) -> None:
    refused = evidence(refusal=RefusalSnapshot(message=message, code=code), limits=())
    assert check_found(DETECTOR, refused, says=message).key == _refused().key


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("53300", 'FATAL: too many connections for role "app"'),
        ("53300", 'FATAL: too many connections for database "shop"'),
        ("1203", "(1203) User app already has more than 'max_user_connections' active connections"),
    ],
)
def test_a_full_role_is_not_a_full_server(code: str, message: str) -> None:
    refused = evidence(refusal=RefusalSnapshot(message=message, code=code), limits=(), backend=Backend.MYSQL)
    assert "server is full" not in check_found(DETECTOR, refused, Severity.CRITICAL).summary


def test_a_refusal_has_a_subject_although_the_source_is_not_known() -> None:
    refused = Evidence(collected_at=evidence().collected_at, refusal=FULL, limits=())
    assert check_found(DETECTOR, refused).subject


def test_a_refusal_is_the_first_of_all_critical_findings() -> None:
    nearly = check_found(DETECTOR, used(100))
    assert _refused().impact > nearly.impact


# Edges


@pytest.mark.parametrize(
    ("in_use", "severity"),
    [(80, Severity.WARNING), (94, Severity.WARNING), (95, Severity.CRITICAL), (103, Severity.CRITICAL)],
)
def test_the_edges_of_its_share(in_use: int, severity: Severity) -> None:
    check_found(DETECTOR, used(in_use), severity)


# Keys


def test_the_key_stays_while_it_fills() -> None:
    assert check_found(DETECTOR, used(80)).key == check_found(DETECTOR, used(190, active(7), of=200)).key


def test_another_limit_has_another_key() -> None:
    limits = (
        limit(100, in_use=100),
        limit(20, in_use=20, kind=LimitKind.DATABASE, name="shop"),
        limit(20, in_use=20, kind=LimitKind.ROLE, name="app"),
    )
    assert len({f.key for f in all_found(DETECTOR, evidence(*several(session(), 20), limits=limits))}) == 3


def _refused() -> Finding:
    return check_found(DETECTOR, evidence(refusal=FULL, limits=()))


def holders(finding: Finding) -> list[dict[str, object]]:
    found = finding.details["holders"]
    assert isinstance(found, list)
    return found
