"""The same query with the same parameters, again and again in one transaction.

Nothing but the transaction's own writes can change the answer much. It must not be mistaken for polling, which runs
in transactions of its own, nor for a retry, which follows an error.

Source: https://docs.sqlalchemy.org/en/21/orm/session_basics.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.repetitions.findings import repeated
from triage.evidence import Evidence
from triage.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateQuery:
    """A statement that ran with the same parameters many times in one transaction."""

    at_least: int = 5
    """Repetitions in one episode."""

    id: ClassVar[str] = "duplicate-query"
    runbooks: ClassVar[tuple[str, ...]] = ("n-plus-one",)
    needs: ClassVar[tuple[str, ...]] = ("query_logs",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each statement."""
        yield from repeated(evidence, self.id, with_parent=self.at_least, without_parent=self.at_least)
