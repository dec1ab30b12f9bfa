"""Statements and transactions that the server ended because they took longer than they may.

The server says so: 57014 with its sentence, because a person who cancels a statement gives the same code; 25P04; 3024
on MySQL, 1969 on MariaDB.

Sources: https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT, https://dev.mysql.com/doc/refman/9.7/en/server-system-variables.html#sysvar_max_execution_time
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
class StatementTimeout:
    """Statements that took too long."""

    id: ClassVar[str] = "statement-timeout"
    runbooks: ClassVar[tuple[str, ...]] = ("long-transaction",)
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)
    signature: ClassVar[Signature] = Signature(
        sqlstates=("25P04",),
        errnos=(3024, 1969),
        texts=(
            r"canceling statement due to statement timeout",
            r"terminating connection due to transaction timeout",
            r"maximum statement execution time exceeded",
            r"max_statement_time exceeded",
        ),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each place in the app."""
        for group in occurrences(self.id, evidence):
            yield finding(
                self,
                group,
                Meaning(
                    means="The server ended a statement, or a transaction, that took longer than its timeout allows.",
                    remediation="See what it waited for or read (triage check URL: blocking-chain, long-query; EXPLAIN of the statement) before the timeout is raised.",
                ),
            )
