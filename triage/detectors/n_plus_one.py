"""N+1: one list, and then one more query for each of its rows.

It is inferred from a query log: in one transaction the same statement ran many times with different keys, and an
earlier statement explains the keys. It must not be mistaken for batches (``IN (…)``), pages, polling, or a cache that
is filled: those have no verdict in :mod:`triage.querylogs.verdict`.

https://docs.sqlalchemy.org/en/21/orm/queryguide/relationships.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.evidence import Evidence
from triage.findings import Finding
from triage.querylogs.repeated import repeated


@dataclass(frozen=True, slots=True, kw_only=True)
class NPlusOne:
    """A statement that ran once for each row of another."""

    with_parent: int = 5
    """Repetitions in one episode where a statement before explains them."""
    without_parent: int = 10

    id: ClassVar[str] = "n-plus-one"
    runbooks: ClassVar[tuple[str, ...]] = ("n-plus-one",)
    needs: ClassVar[tuple[str, ...]] = ("query_logs",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each relationship, or statement where it has none."""
        yield from repeated(evidence, self.id, self.runbooks[0], self.with_parent, self.without_parent)
