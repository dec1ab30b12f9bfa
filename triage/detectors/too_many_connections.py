"""Connections that the server refused because it, a database or a role had all it may have.

The server says so: 53300, or 1040, 1203 and 1226. It must not be mistaken for a pool that has no connection left,
which refuses without asking the server.

Sources: https://www.postgresql.org/docs/current/runtime-config-connection.html, https://dev.mysql.com/doc/refman/9.7/en/too-many-connections.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.failures.findings import Meaning, finding
from triage.detectors.failures.occurrences import occurrences
from triage.detectors.failures.signature import Signature
from triage.detectors.scope import tightest_limit
from triage.evidence import Evidence
from triage.findings import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class TooManyConnections:
    """Refused connections."""

    id: ClassVar[str] = "too-many-connections"
    runbooks: ClassVar[tuple[str, ...]] = ("connection-saturation",)
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)
    signature: ClassVar[Signature] = Signature(
        sqlstates=("53300",),
        errnos=(1040, 1203, 1226),
        unless=(r"has exceeded the 'max_(?:questions|updates)'",),  # 1226 as well: statements in an hour
        texts=(
            r"sorry, too many clients already",
            r"remaining connection slots are reserved",
            r"too many connections for (?:role|database)",
            r"\bToo many connections\b",
            r"already has more than 'max_user_connections'",
            r"no more connections allowed",
            r"has exceeded the 'max_(?:user_connections|connections_per_hour)'",
            r"\bquery_wait_timeout\b",
        ),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each place in the app."""
        now = _now(evidence)
        for group in occurrences(self.id, evidence):
            yield finding(
                self,
                group,
                Meaning(
                    means=f"The server refused the app a connection, because all that it may give were taken.{now}",
                    remediation=(
                        "See who holds them (triage check URL), end what is held for nothing, and size the pools so that all "
                        "processes together fit; an engine made for each request or task has to go first."
                    ),
                    severity=Severity.CRITICAL,
                    details=(("related", ["connection-saturation"] if now else []),),
                ),
            )


def _now(evidence: Evidence) -> str:
    """How full the server is at the moment, where somebody looked."""
    if evidence.refusal:
        return " It refuses new ones now, too: see connection-saturation."
    limit = tightest_limit(evidence)
    if limit is None or limit.in_use is None:
        return ""
    return f" Now {limit.in_use} of {limit.available} are in use."
