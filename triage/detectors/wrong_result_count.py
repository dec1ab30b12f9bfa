"""Queries that were to find exactly one row and found none, or several.

SQLAlchemy raises NoResultFound and MultipleResultsFound of one(), scalar_one() and one_or_none(). They must not be
mistaken for an app's own exceptions of such a name.

Source: https://docs.sqlalchemy.org/en/21/core/connections.html#sqlalchemy.engine.Result.one
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
class WrongResultCount:
    """Errors of one() that found none or many."""

    id: ClassVar[str] = "wrong-result-count"
    runbooks: ClassVar[tuple[str, ...]] = ("wrong-result-count",)
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)
    signature: ClassVar[Signature] = Signature(
        classes=("NoResultFound", "MultipleResultsFound"),
        texts=(r"No row was found (?:when one was required|for one\(\))", r"Multiple rows were found (?:when|for) "),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each place in the app."""
        for group in occurrences(self.id, evidence):
            yield finding(
                self,
                group,
                Meaning(
                    means="A query that must find exactly one row found none, or more than one.",
                    remediation="Use one_or_none or scalar_one_or_none where none is an answer and turn it into a 404; where many were found, add the unique constraint that the code relies on.",
                ),
            )
