"""Sessions that the server ended because they sat idle in a transaction.

The server says so: 25P03. The app sees it at its next statement, often as a lost connection with this sentence before
it. MySQL and MariaDB only close the connection, which is stale-connection.

Source: https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.failures.findings import Meaning, finding
from triage.detectors.failures.occurrences import occurrences
from triage.detectors.failures.signature import Signature
from triage.evidence import Evidence
from triage.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleTransactionTimeout:
    """Sessions that idled in a transaction for too long."""

    id: ClassVar[str] = "idle-transaction-timeout"
    runbooks: ClassVar[tuple[str, ...]] = (
        "slow-work-in-transaction",
        "session-leak",
    )
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)
    signature: ClassVar[Signature] = Signature(
        sqlstates=("25P03",),
        texts=(r"terminating connection due to idle-in-transaction timeout",),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each place in the app."""
        for group in occurrences(self.id, evidence):
            yield finding(
                self,
                group,
                Meaning(
                    means="The app did something else, or nothing, inside of a transaction for longer than idle_in_transaction_session_timeout.",
                    remediation="Do slow work (HTTP calls, files, computation) before the transaction or after it, and close every session; raising the timeout only lets it hold its locks and its connection for longer.",
                ),
            )
