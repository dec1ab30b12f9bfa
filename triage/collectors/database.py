"""The look at the live database: connect once, read section by section, and come back in time.

The look runs in a thread of its own, because a frozen server, a lost network or a slow name server
can hold a driver longer than any timeout of its own. What was read until then is kept, and what was
not becomes a gap. A server that is full has answered: that is evidence, not a failure.
"""

import logging
import threading
from datetime import timedelta

from triage.collectors import connect, mysql, postgresql
from triage.collectors.connection import Deadline, DeadlineError
from triage.collectors.look import Look
from triage.collectors.question import Question
from triage.collectors.url import parse
from triage.evidence import Backend, Evidence, RefusalSnapshot, Scope, SessionKind, Source, SourceKind

log = logging.getLogger(__name__)

_GRACE = 0.25
"""Seconds of the timeout kept for judging and printing what was read."""


def asked(question: Question) -> bool:
    """Whether the run is to look at a database."""
    return question.url is not None


def collect(question: Question) -> Evidence:
    """Look at the database.

    Raises:
        UsageError: the URL cannot be read or names a database triage does not look at.
    """
    address = parse(question.url or "")
    deadline = Deadline.after(question.timeout - timedelta(seconds=_GRACE))
    look = Look(address, question, Backend.POSTGRESQL if address.is_postgresql else Backend.MYSQL)
    started = deadline.remaining
    thread = threading.Thread(target=_run, args=(look, deadline), name="database", daemon=True)
    thread.start()
    thread.join(deadline.remaining)
    if thread.is_alive():
        reached = "the server stopped answering" if look.version else "no answer from the server"
        look.gap(
            f"{reached} within {question.timeout.total_seconds():g} s; what it had sent until then is reported",
            "see whether the host answers at all, or give it longer with --timeout",
            unread=True,
        )
        look.over = True
    return _evidence(look, elapsed=started - deadline.remaining)


def _run(look: Look, deadline: Deadline) -> None:
    try:
        look.connection = connect.open_connection(look.address, deadline)
    except connect.FullError as full:
        look.keep(refusal=RefusalSnapshot(message=full.message, code=full.code), limits=())
        look.gap(
            "the server is full and refused the connection, so its sessions could not be read",
            "connect as a superuser or another role that has reserved connections",
        )
        return
    except connect.ConnectError as error:
        look.gap(error.message, error.hint, unread=True)
        return
    except DeadlineError:
        return
    try:
        (postgresql if look.address.is_postgresql else mysql).read(look, look.connection)
    except DeadlineError:
        look.gap("the time for the look was used up", "give it longer with --timeout", unread=True)
    except connect.driver_errors(look.backend) as error:
        look.gap(
            f"the connection was lost in the middle of the look: {connect.plain(error, look.address.password)}",
            "see whether the server is restarting, and look again",
            unread=True,
        )
    except Exception as error:
        log.warning("the look failed", exc_info=True)
        look.gap(
            f"triage itself failed at what the server sent: {type(error).__name__}: {error}",
            "run it again with -v and report what it logs",
            unread=True,
        )
    finally:
        look.connection.driver.close()


def _evidence(look: Look, *, elapsed: float) -> Evidence:
    if look.version and look.database is None:
        look.gap(
            "the URL names no database, so the sessions of every database count as the app's",
            "put the database's name at the end of the URL, or narrow with --app",
        )
    source = Source(
        kind=SourceKind.DATABASE,
        name=look.address.name,
        collected_at=look.question.collected_at,
        backend=look.backend,
        server_version=look.version,
        facts={
            "queries": look.connection.statements if look.connection else 0,
            "elapsed_ms": round(elapsed * 1000),
            **_other_databases(look),
        },
    )
    return Evidence(
        collected_at=look.question.collected_at,
        scope=Scope(
            database=look.database or look.address.database,
            app=look.question.app,
            all_databases=look.question.all_databases,
        ),
        sources=(source,),
        gaps=tuple(look.gaps),
        **look.parts,
    )


def _other_databases(look: Look) -> dict[str, object]:
    """How many sessions the server's other databases have: they share its connections and its horizon."""
    activity = look.parts.get("activity")
    if activity is None or look.database is None:
        return {}
    others = [s for s in activity.sessions if s.kind is SessionKind.CLIENT and s.database not in {None, look.database}]
    return {
        "other_databases": {
            "sessions": len(others),
            "idle_in_transaction": sum(s.state.is_idle_in_transaction for s in others),
        }
    }
