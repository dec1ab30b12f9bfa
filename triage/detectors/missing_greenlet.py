"""IO that an attribute access or a lazy load would have done under asyncio, where only awaited calls may.

SQLAlchemy says so itself, before anything is sent to the database.

Source: https://docs.sqlalchemy.org/en/21/errors.html#error-xd2s
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
class MissingGreenlet:
    """Errors of implicit IO under asyncio."""

    id: ClassVar[str] = "missing-greenlet"
    runbooks: ClassVar[tuple[str, ...]] = ("missing-greenlet",)
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)
    signature: ClassVar[Signature] = Signature(
        codes=("xd2s",),
        classes=("MissingGreenlet",),
        texts=(r"greenlet_spawn has not been called",),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each place in the app."""
        for group in occurrences(self.id, evidence):
            yield finding(
                self,
                group,
                Meaning(
                    means="An attribute or a relationship would have been loaded outside of an awaited call of the AsyncSession.",
                    remediation="Load what is needed in the query (selectinload, joinedload), set expire_on_commit=False, or await obj.awaitable_attrs.name; the engine's URL has to name an asynchronous driver.",
                ),
            )
