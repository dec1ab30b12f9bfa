"""N+1: one list, and then one more query for each of its rows.

It is inferred from a query log: in one transaction the same statement ran many times with different keys, and the
side of the bind, the columns and an earlier statement tell why. It must not be mistaken for batches (``IN (…)``),
pages, polling or requests: those have no verdict in :mod:`triage.detectors.repetitions.judging`. Where there is no
log, the server's counts of its statements show suspects, no more.

Source: https://docs.sqlalchemy.org/en/21/orm/queryguide/relationships.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.repetitions.findings import repeated
from triage.detectors.repetitions.suspects import suspected
from triage.evidence import Evidence
from triage.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class NPlusOne:
    """A statement that ran once for each row of another."""

    with_parent: int = 5
    """Repetitions in one episode where a statement before explains them."""
    without_parent: int = 10
    critical: int = 500
    """Repetitions in one transaction that nobody fails to notice."""
    calls_each: float = 5.0
    """Calls for each call of the parent, in the server's counts."""
    least_calls: int = 100
    """What was called less often tells nothing."""

    id: ClassVar[str] = "n-plus-one"
    runbooks: ClassVar[tuple[str, ...]] = ("n-plus-one",)
    needs: ClassVar[tuple[str, ...]] = ("query_logs|statements",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each relationship, or statement where it has none."""
        found = list(
            repeated(
                evidence,
                self.id,
                with_parent=self.with_parent,
                without_parent=self.without_parent,
                critical=self.critical,
            )
        )
        yield from found
        seen = {finding.details["child_statement"] for finding in found}
        for suspect in suspected(evidence, self.id, calls_each=self.calls_each, least_calls=self.least_calls):
            if suspect.details["child_statement"] not in seen:
                yield suspect
