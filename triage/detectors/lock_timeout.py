"""Statements that waited for a lock until a timeout ended the wait.

The server says so: 55P03, or 1205. NOWAIT gives 55P03 and 3572 as well. Nobody waited in a circle, as in a deadlock.

Sources: https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT, https://dev.mysql.com/doc/refman/9.7/en/innodb-parameters.html#sysvar_innodb_lock_wait_timeout
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
class LockTimeout:
    """Waits for a lock that were given up."""

    id: ClassVar[str] = "lock-timeout"
    runbooks: ClassVar[tuple[str, ...]] = ("blocking-chain",)
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)
    signature: ClassVar[Signature] = Signature(
        sqlstates=("55P03",),
        errnos=(1205, 3572),
        texts=(
            r"canceling statement due to lock timeout",
            r"could not obtain lock on",
            r"Lock wait timeout exceeded",
            r"database (?:table )?is locked",
        ),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each place in the app."""
        for group in occurrences(self.id, evidence):
            yield finding(
                self,
                group,
                Meaning(
                    means="Another transaction held the lock for longer than this one was allowed to wait.",
                    remediation="Find who holds the lock while it is held (triage check URL: blocking-chain) and end the transaction at the root; then make it shorter.",
                ),
            )
