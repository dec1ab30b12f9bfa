"""A row looked up by its key, in a loop.

``Session.get`` or a select of one's own for each item of a list: as many round trips as there are items. It is told
from an N+1 by the bind, which people write on the right, and by the missing list; across transactions it counts
only where a list came just before or the keys walk, because many requests that look one thing up each look alike.

Source: https://docs.sqlalchemy.org/en/21/orm/session_basics.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.repetitions.findings import repeated
from triage.evidence import Evidence
from triage.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopLookup:
    """A statement that looks one row up, many times in one episode."""

    at_least: int = 10
    """Repetitions in one episode."""

    id: ClassVar[str] = "loop-lookup"
    runbooks: ClassVar[tuple[str, ...]] = ("n-plus-one",)
    needs: ClassVar[tuple[str, ...]] = ("query_logs",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each statement."""
        yield from repeated(evidence, self.id, with_parent=self.at_least, without_parent=self.at_least)
