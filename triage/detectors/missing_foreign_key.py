"""Relationships and joins for which SQLAlchemy finds no foreign key, or no table that one points to.

Raised when the mappers are configured, which is at the first query after start, so every request fails with it.

Source: https://docs.sqlalchemy.org/en/21/orm/relationship_api.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.failures.findings import Meaning, finding
from triage.detectors.failures.occurrences import occurrences
from triage.detectors.failures.signature import Signature
from triage.evidence import Evidence
from triage.findings import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingForeignKey:
    """Errors of relationships that no foreign key joins."""

    id: ClassVar[str] = "missing-foreign-key"
    runbooks: ClassVar[tuple[str, ...]] = ("missing-foreign-key",)
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)
    signature: ClassVar[Signature] = Signature(
        classes=(
            "NoForeignKeysError",
            "NoReferencedTableError",
            "NoReferencedColumnError",
            "AmbiguousForeignKeysError",
        ),
        texts=(
            r"Could not determine join condition",
            r"could not locate any relevant foreign key columns",
            r"could not find table '[^']*' with which to generate a foreign key",
            r"there are no foreign keys linking these tables",
            r"One or more mappers failed to initialize",
            r"expression .* failed to locate a name",
            r"Mapper .* has no property",
        ),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each place in the app."""
        for group in occurrences(self.id, evidence):
            yield finding(
                self,
                group,
                Meaning(
                    means="The models do not say how two tables belong together, or name a class, table or relationship that is not there; one wrong relationship makes all mappers unusable.",
                    remediation="Give the child's column a ForeignKey to the parent, or relationship its foreign_keys and primaryjoin; check the names, and import the module of what they point to.",
                    severity=Severity.CRITICAL,
                ),
            )
