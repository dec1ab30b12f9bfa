"""What a detector is.

A detector judges and never looks: no database, no file, no clock. It is a frozen dataclass whose
fields are its thresholds, so that ``triage.toml`` can set them and a test can state them.
"""

from collections.abc import Iterator
from typing import ClassVar, Protocol

from triage.evidence import Evidence
from triage.findings import Finding


class Detector(Protocol):
    """One problem that can be found."""

    id: ClassVar[str]
    """The id of its findings."""
    runbooks: ClassVar[tuple[str, ...]]
    """The runbooks its findings may name."""
    needs: ClassVar[tuple[str, ...]]
    """The fields of :class:`Evidence` it cannot do without; where one is None it is skipped. ``a|b``: either will do."""

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield what the evidence shows."""
        ...


def missing(kind: type[Detector], evidence: Evidence) -> tuple[str, ...]:
    """The fields of which one would have to be there for the detector to judge; empty where it can."""
    alternatives = [tuple(need.split("|")) for need in kind.needs]
    return next((names for names in alternatives if all(getattr(evidence, name) is None for name in names)), ())
