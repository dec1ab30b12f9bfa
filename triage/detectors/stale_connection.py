"""Connections that were lost: closed by the server, a proxy or a firewall while the pool kept them, or while at work.

The servers and drivers say it in many ways: 57P01, 57P05, class 08, 2006, 2013, 4031, and libpq's sentences, which have no
code. A connection that idled in a transaction until the server ended it is :mod:`idle_transaction_timeout`; one that was
used by two at once is :mod:`concurrent_session_use`. A server that cannot be reached at all is not among these.

Source: https://docs.sqlalchemy.org/en/21/core/pooling.html#dealing-with-disconnects
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.failures.findings import Meaning, finding
from triage.detectors.failures.occurrences import Occurrences, occurrences
from triage.detectors.failures.signature import Signature
from triage.detectors.scope import engines_of
from triage.evidence import Evidence
from triage.findings import Finding

_BY_ADMINISTRATOR = ("57P01", "57P02")


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleConnection:
    """Errors of lost connections."""

    id: ClassVar[str] = "stale-connection"
    runbooks: ClassVar[tuple[str, ...]] = ("stale-connection",)
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)
    signature: ClassVar[Signature] = Signature(
        sqlstates=("57P01", "57P02", "57P05"),
        errnos=(1053, 1927, 3169, 4031),
        texts=(
            r"server closed the connection unexpectedly",
            r"SSL connection has been closed unexpectedly",
            r"SSL SYSCALL error",
            r"terminating connection due to (?:administrator command|idle-session timeout|unexpected postmaster exit)",
            r"could not (?:receive data from|send data to) server",
            r"\bconnection is (?:already )?closed\b",
            r"\bconnection (?:already closed|was closed in the middle of operation(?!: terminating)|is lost|has been closed|not open)\b",
            r"connection to (?:the )?server (?:was )?lost",
            r"cursor already closed",
            r"^\(0, (?:''|\"\"|'\?')\)",
            r"MySQL Connection not available",
            r"consuming input failed",
        ),
        unless=(r"^This Connection is closed",),  # SQLAlchemy's own: the app has closed it itself
        otherwise=Signature(
            sqlstates=("08000", "08003", "08006", "08007", "08S01"),
            errnos=(2006, 2013, 2055),
            texts=(r"Lost connection to (?:MySQL|MariaDB) server", r"MySQL server has gone away"),
        ),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each place in the app."""
        without_ping = any(engine.pool_pre_ping is False for engine in engines_of(evidence))
        for group in occurrences(self.id, evidence):
            yield finding(
                self,
                group,
                Meaning(
                    means=_means(group),
                    remediation=(
                        f"Set pool_pre_ping=True{' (the engine config has it off)' if without_ping else ''} and pool_recycle "
                        "below the shortest idle timeout between the app and the server; what was lost in the middle of a "
                        "transaction has to be run again."
                    ),
                    details=(("related", ["no-pre-ping"] if without_ping else []),),
                ),
            )


def _means(group: Occurrences) -> str:
    if group.main.clue.sqlstate in _BY_ADMINISTRATOR:
        return "Somebody ended the session, or the server was restarted, and the app used its connection afterwards."
    return "The connection was closed while the pool kept it for idle, or while a statement ran."
