"""Sessions and transactions that were used on after an error without a rollback.

SQLAlchemy raises PendingRollbackError, PostgreSQL answers every statement with 25P02. Neither is the problem itself: the
error that came before it in the same session or worker is, and whoever swallowed it. PendingRollbackError quotes that
error; 25P02 does not, so it is taken from the log of the same worker.

Source: https://docs.sqlalchemy.org/en/21/errors.html#error-7s2a
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.failures.causes import causes_of, sentence
from triage.detectors.failures.findings import Meaning, finding
from triage.detectors.failures.occurrences import occurrences
from triage.detectors.failures.signature import Signature
from triage.evidence import Evidence
from triage.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRollback:
    """Errors of a session that waits for its rollback."""

    id: ClassVar[str] = "pending-rollback"
    runbooks: ClassVar[tuple[str, ...]] = ("transaction-rolled-back",)
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)
    signature: ClassVar[Signature] = Signature(
        codes=("7s2a", "8s2b"),
        classes=("PendingRollbackError",),
        sqlstates=("25P02",),
        texts=(
            r"transaction has been rolled back due to a previous exception",
            r"Can't reconnect until invalid (?:savepoint )?transaction is rolled back",
            r"current transaction is aborted, commands ignored",
            r"This transaction is inactive",
        ),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each place that went on."""
        for group in occurrences(self.id, evidence):
            causes = causes_of(group)
            yield finding(
                self,
                group,
                Meaning(
                    means=(
                        "The session was used again after an error, without a rollback."
                        f"{sentence(causes, group.count) or ' What failed before it is not in the log.'}"
                    ),
                    remediation=(
                        "Mend the error that came first, and let no except block go on with the session: roll back, or use "
                        "with Session.begin, which does."
                    ),
                    causes=tuple(causes),
                ),
            )
