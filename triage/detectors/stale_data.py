"""Objects in a session whose rows were changed or deleted by somebody else.

SQLAlchemy raises StaleDataError when an UPDATE or DELETE by primary key, or with a version counter, matches no row,
and ObjectDeletedError when a refresh finds none.

Source: https://docs.sqlalchemy.org/en/21/orm/exceptions.html
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
class StaleData:
    """Objects whose rows have changed or gone."""

    id: ClassVar[str] = "stale-data"
    runbooks: ClassVar[tuple[str, ...]] = ("identity-map-stale",)
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)
    signature: ClassVar[Signature] = Signature(
        classes=("StaleDataError", "ObjectDeletedError", "ConcurrentModificationError"),
        texts=(
            r"statement on table .* expected to (?:update|delete) .* were matched",
            r"has been deleted, or its row is otherwise not present",
        ),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each place in the app."""
        for group in occurrences(self.id, evidence):
            yield finding(
                self,
                group,
                Meaning(
                    means="A row that the session holds as an object was changed or deleted by another transaction meanwhile.",
                    remediation="Keep sessions as short as the request, read again before writing (refresh, populate_existing, with_for_update), and answer a lost race with a conflict instead of an error.",
                ),
            )
