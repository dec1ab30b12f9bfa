"""Pending objects that a query flushed before they were complete.

SQLAlchemy says that autoflush raised it. Where the error has a finding of its own, such as duplicate-key or deadlock,
that is the finding, and it says that autoflush was at work.

Source: https://docs.sqlalchemy.org/en/21/orm/session_basics.html#flushing
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
class AutoflushError:
    """Errors that a query's flush raised."""

    id: ClassVar[str] = "autoflush-error"
    runbooks: ClassVar[tuple[str, ...]] = ("autoflush-surprise",)
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)
    signature: ClassVar[Signature] = Signature(
        texts=(r"raised as a result of Query-invoked autoflush",),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each place in the app."""
        for group in occurrences(self.id, evidence):
            yield finding(
                self,
                group,
                Meaning(
                    means="A query flushed an object that was in the session and not complete yet.",
                    remediation="Add objects to the session when they are complete, or run the query in with session.no_autoflush; a relationship that is set on a persistent object adds the new one by itself.",
                ),
            )
