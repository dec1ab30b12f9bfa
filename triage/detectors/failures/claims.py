"""Which detector a failure belongs to: the one whose signature fits best, and no other."""

from functools import lru_cache
from typing import ClassVar, Protocol, runtime_checkable

from triage.detectors.detector import Detector
from triage.detectors.failures.signature import Signature
from triage.evidence import ErrorClue


@runtime_checkable
class Claimant(Detector, Protocol):
    """A detector of errors in application logs."""

    signature: ClassVar[Signature]


@lru_cache(maxsize=4096)
def claimed_by(clue: ErrorClue) -> type[Claimant] | None:
    """The detector that an error belongs to; None if nobody knows it."""
    ranks = [(rank, kind.id, kind) for kind in claimants() if (rank := kind.signature.rank(clue)) is not None]
    return min(ranks, key=lambda each: each[:2])[2] if ranks else None


@lru_cache(maxsize=1)
def claimants() -> tuple[type[Claimant], ...]:
    """The detectors that have a signature."""
    from triage.detectors import DETECTORS  # noqa: PLC0415 - the registry imports the detectors, and they this module

    return tuple(kind for kind in DETECTORS if hasattr(kind, "signature"))  # type: ignore[misc]
