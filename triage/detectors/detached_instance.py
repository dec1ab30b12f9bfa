"""Attributes that were to be loaded when the object's session was already closed.

SQLAlchemy says so itself. It must not be mistaken for MissingGreenlet, where the session is still there and may not
be used without await.

Source: https://docs.sqlalchemy.org/en/21/errors.html#error-bhk3
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
class DetachedInstance:
    """Errors of lazy loads and refreshes without a session."""

    id: ClassVar[str] = "detached-instance"
    runbooks: ClassVar[tuple[str, ...]] = ("detached-instance",)
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)
    signature: ClassVar[Signature] = Signature(
        codes=("bhk3",),
        classes=("DetachedInstanceError",),
        texts=(
            r"is not bound to a Session; (?:lazy load|attribute refresh)",
            r"is not bound to a Session, and no contextual session",
        ),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each place in the app."""
        for group in occurrences(self.id, evidence):
            yield finding(
                self,
                group,
                Meaning(
                    means="An attribute was to be loaded after the session of its object was closed or the object was expunged.",
                    remediation="Load what is needed while the session is open (selectinload, joinedload), or keep the session open until the object is no longer used; expire_on_commit=False where it was a commit that expired it.",
                ),
            )
