"""What messages say, in the server's words."""

import pytest

from triage.querylogs.formats.postgresql_languages import english, level
from triage.querylogs.formats.postgresql_messages import row
from triage.querylogs.rows import Mark


def said(severity: str, text: str, **attached: str) -> tuple[Mark | None, bytes, bytes | None, bytes | None] | None:
    found = row(
        severity.encode(), b"k", b"t", text.encode(), {name.encode(): each.encode() for name, each in attached.items()}
    )
    return found and (found[0], *found[3:])


@pytest.mark.parametrize(
    "text",
    [
        "duration: 0.324 ms  parse <unnamed>: SELECT 1",
        "duration: 0.391 ms  bind s1/c1: SELECT 1",
        "execute fetch from s1/c1: SELECT 1",
        "duration: 0.1 ms  execute fetch from s1/c1: SELECT 1",
        "duration: 5.120 ms  plan:\nQuery Text: SELECT 1\nResult  (cost=0.00..0.01 rows=1 width=4)",
        "connection received: host=127.0.0.1 port=40234",
        'connection authenticated: identity="app" method=scram-sha-256',
        "could not receive data from client: Connection reset by peer",
        "process 7 still waiting for ShareLock on transaction 756 after 1000.1 ms",
        "checkpoint complete: wrote 3 buffers",
        "the statement: SELECT 1",
        "",
    ],
)
def test_no_statement_runs_by(text: str) -> None:
    assert said("LOG", text) is None


def test_statements() -> None:
    assert said("LOG", "statement: SELECT 1; SELECT 2") == (None, b"SELECT 1; SELECT 2", None, None)
    assert said("LOG", "duration: 12.5 ms  statement: SELECT 1") == (None, b"SELECT 1", b"12.5", None)
    assert said("LOG", "execute <unnamed>: SELECT $1", DETAIL="parameters: $1 = '1'") == (
        None,
        b"SELECT $1",
        None,
        b"$1 = '1'",
    )
    assert said("LOG", "execute s1/c1: SELECT 1") == (None, b"SELECT 1", None, None)
    assert said("LOG", "execute _pg3_12: SELECT 1") == (Mark.NAMED, b"SELECT 1", None, None)
    assert said("LOG", "statement: EXECUTE q(1)", DETAIL="prepare: PREPARE q AS SELECT $1") == (
        None,
        b"EXECUTE q(1)",
        None,
        None,
    )
    assert said("LOG", "duration: 12.500 ms") == (Mark.DURATION, b"", b"12.500", None)


def test_sessions() -> None:
    assert said("LOG", "connection authorized: user=app database=shop application_name=web") == (
        Mark.CONNECTED,
        b"",
        None,
        None,
    )
    assert said("LOG", "disconnection: session time: 0:00:00.022 user=app") == (Mark.DISCONNECTED, b"", None, None)
    dropped = (Mark.DROPPED, b"", None, None)
    assert said("LOG", "unexpected EOF on client connection with an open transaction") == dropped
    assert said("FATAL", "terminating connection due to idle-in-transaction timeout") == dropped
    assert said("FATAL", "terminating connection due to administrator command", STATEMENT="SELECT 1") == dropped
    assert said("FATAL", "connection to client lost") == dropped
    assert said("WARNING", "terminating connection because of crash of another server process") == dropped


@pytest.mark.parametrize(
    "text",
    [
        "sorry, too many clients already",
        "remaining connection slots are reserved for roles with the SUPERUSER attribute",
        'password authentication failed for user "app"',
        'database "shop" does not exist',
        "the database system is starting up",
    ],
)
def test_who_was_not_let_in_had_no_session(text: str) -> None:
    assert said("FATAL", text) is None


def test_an_error_names_its_statement_and_runs_none() -> None:
    assert said("ERROR", "division by zero", STATEMENT="SELECT 1/0") == (Mark.FAILED, b"SELECT 1/0", None, None)
    assert said("ERROR", "canceling statement due to statement timeout") == (Mark.FAILED, b"", None, None)
    assert said("WARNING", "there is no transaction in progress") is None
    assert said("ERROR", "no deadlock here", DETAIL="nobody waits") == (Mark.FAILED, b"", None, None)


def test_a_deadlock_has_the_victims_whole_statement_first() -> None:
    detail = (
        "Process 7 waits for ShareLock on transaction 5; blocked by process 8.\n"
        "Process 8 waits for ShareLock on transaction 4; blocked by process 7.\n"
        "Process 7: UPDATE a SET b\nProcess 8: UPDATE a\n SET c = 1"
    )
    assert said("ERROR", "deadlock detected", DETAIL=detail, STATEMENT="UPDATE a SET b = 2") == (
        *(Mark.DEADLOCK, b"UPDATE a SET b = 2\0UPDATE a\n SET c = 1"),
        *(None, None),
    )
    hidden = detail.partition("Process 7: ")[0] + "Process 7: <command string not enabled>\nProcess 8: x"
    assert said("ERROR", "deadlock detected", DETAIL=hidden) == (Mark.DEADLOCK, b"x", None, None)
    assert said("ERROR", "deadlock detected") == (Mark.DEADLOCK, b"", None, None)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("Dauer: 0.218 ms  Ausführen _pg3_0: SELECT $1", "Parameter: $1 = '5'"),
        ("Dauer: 0.218 ms  Ausf?hren _pg3_0: SELECT $1", "Parameter: $1 = '5'"),
        ("durée : 0.218 ms  exécute _pg3_0 : SELECT $1", "paramètres : $1 = '5'"),
        ("duración: 0.218 ms  ejecutar _pg3_0: SELECT $1", "parámetros: $1 = '5'"),
        ("durata: 0.218 ms  esecuzione di _pg3_0: SELECT $1", "parametri: $1 = '5'"),
        ("varaktighet: 0.218 ms  kör _pg3_0: SELECT $1", "parametrar: $1 = '5'"),
    ],
)
def test_other_languages(text: str, detail: str) -> None:
    """As a server with that ``lc_messages`` wrote them."""
    assert said("LOG", text, DETAIL=detail) == (Mark.NAMED, b"SELECT $1", b"0.218", b"$1 = '5'")


def test_other_languages_levels_and_sessions() -> None:
    assert [level(each) for each in (b"FEHLER", b"ANWEISUNG", b"INSTRUCTION ", b"LOGG", b"LOG")] == [
        *(b"ERROR", b"STATEMENT", b"STATEMENT", b"LOG", b"LOG"),
    ]
    assert said("LOG", "Verbindungsende: Sitzungszeit: 0:00:00.022 Benutzer=app") == (
        Mark.DISCONNECTED,
        b"",
        None,
        None,
    )
    assert said("LOG", "durée : 0.1 ms, instruction : COMMIT") == (None, b"COMMIT", b"0.1", None)
    assert said("LOG", "Dauer: 0.1 ms") == (Mark.DURATION, b"", b"0.1", None)
    assert said("LOG", "Dauer: 0.1 ms  Binden s1: SELECT 1") is None
    assert english(b"anything else") == b"anything else"
