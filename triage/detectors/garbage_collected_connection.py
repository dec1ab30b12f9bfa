"""Connections under asyncio that were never given back and that the garbage collector found.

The pool logs it and warns of it. A synchronous session that is collected gives its connection back and says nothing.

Source: https://docs.sqlalchemy.org/en/21/orm/extensions/asyncio.html
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
class GarbageCollectedConnection:
    """Connections that the garbage collector found."""

    id: ClassVar[str] = "garbage-collected-connection"
    runbooks: ClassVar[tuple[str, ...]] = ("session-leak",)
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)
    signature: ClassVar[Signature] = Signature(
        texts=(r"garbage collector is trying to clean up",),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each place in the app."""
        for group in occurrences(self.id, evidence):
            yield finding(
                self,
                group,
                Meaning(
                    means="A connection was never given back to the pool: its session was neither closed nor used in async with.",
                    remediation="Use every AsyncSession and AsyncConnection in async with, also where a task is cancelled; each one that leaks takes a place in the pool until the garbage collector comes by.",
                ),
            )
