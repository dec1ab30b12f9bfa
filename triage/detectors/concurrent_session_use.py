"""One session or connection that two threads, tasks or processes use at once.

SQLAlchemy notices some of it (isce), drivers notice that a statement is still under way, and what is left are answers that
belong to another's question. The same sentences come of a pool that was carried over fork(): then the two are processes,
which TLS notices first. An event loop that is not the connection's own is of this kind, too.

Source: https://docs.sqlalchemy.org/en/21/orm/session_basics.html#is-the-session-thread-safe-is-asyncsession-safe-to-share-in-concurrent-tasks
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.failures.findings import Meaning, finding
from triage.detectors.failures.occurrences import Occurrences, occurrences
from triage.detectors.failures.signature import Signature
from triage.evidence import Evidence
from triage.findings import Finding, Severity

_FORK = re.compile(
    r"bad.record.mac|lost synchronization with server|no message from the libpq|do not agree with length|insufficient data in",
    re.IGNORECASE,
)
_LOOP = re.compile(r"attached to a different loop|Event loop is closed", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrentSessionUse:
    """Errors of a connection that two use."""

    id: ClassVar[str] = "concurrent-session-use"
    runbooks: ClassVar[tuple[str, ...]] = ("session-shared-across-threads",)
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)
    signature: ClassVar[Signature] = Signature(
        codes=("isce",),
        classes=("IllegalStateChangeError",),
        errnos=(2014,),
        texts=(
            r"This session is provisioning a new connection",
            r"can't be called here; method '.*' is already in progress",
            r"another (?:operation|command) is (?:already )?in progress",
            r"Packet sequence number wrong",
            r"bad.record.mac",
            r"lost synchronization with server",
            r"error with (?:status PGRES_\w+ and )?no message from the libpq",
            r"message contents do not agree with length in message type",
            r"insufficient data in \"?.\"? message",
            r"unexpected response from server; first received character was",
            r"reentrant call inside <_io\.Buffered",
            r"Commands out of sync",
            r"readexactly\(\) called while another coroutine is already waiting",
            r"attached to a different loop",
            r"Event loop is closed",
            r"SQLite objects created in a thread can only be used in that same thread",
            r"execute cannot be used while an asynchronous query is underway",
            r"Session is already flushing",
        ),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each place in the app."""
        for group in occurrences(self.id, evidence):
            means, remediation, shared_by = _explained(group)
            yield finding(
                self,
                group,
                Meaning(
                    means=means,
                    remediation=remediation,
                    severity=Severity.CRITICAL,
                    details=(("shared_by", shared_by),),
                ),
            )


def _explained(group: Occurrences) -> tuple[str, str, str]:
    said = " ".join(failure.clue.message for failure in group.failures)
    if _FORK.search(said):
        return (
            "Two processes use one connection, as a pool does that was made before fork, or two threads do.",
            (
                "Call engine.dispose(close=False) in each process after fork (gunicorn's post_fork, celery's worker_process_init), "
                "or make the engine there."
            ),
            "processes",
        )
    if _LOOP.search(said):
        return (
            "A connection was used in an event loop other than the one it was made in.",
            "Make one AsyncEngine in each event loop, and dispose of it before the loop ends; for tests and scripts NullPool.",
            "event loops",
        )
    return (
        "Two threads or tasks use one session or connection at once.",
        (
            "Give every thread, task and request a session of its own, never a module's or a parent task's; asyncio.gather "
            "needs one for each coroutine."
        ),
        "threads or tasks",
    )
