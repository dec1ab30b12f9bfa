"""Transactions that failed because others changed what they had read.

The server says so: 40001, or 1020 on MariaDB. Nobody waited in a circle, as in a deadlock; the transaction can be run
again.

Sources: https://www.postgresql.org/docs/current/transaction-iso.html, https://mariadb.com/docs/server/reference/system-variables
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
class SerializationFailure:
    """Transactions that could not be put in order."""

    id: ClassVar[str] = "serialization-failure"
    runbooks: ClassVar[tuple[str, ...]] = ("deadlock",)
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)
    signature: ClassVar[Signature] = Signature(
        sqlstates=("40001",),
        errnos=(1020,),
        texts=(
            r"could not serialize access due to",
            r"Record has changed since last read",
            r"canceling statement due to conflict with recovery",
        ),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each place in the app."""
        for group in occurrences(self.id, evidence):
            yield finding(
                self,
                group,
                Meaning(
                    means="Another transaction changed what this one had read, and the server rolled it back.",
                    remediation="Run the whole transaction again in a new one, a few times, with a pause that grows; keep it short, and lock what is to be changed with with_for_update.",
                ),
            )
