"""A verdict: what a repetition is, and what speaks for and against it.

Nothing in a log proves what the code does, so every sign is weighed and kept: the sum decides how sure a finding is,
and ``--explain`` prints what it is made of.
"""

from dataclasses import dataclass, field

from triage.findings import Confidence

HIGH = 6
MEDIUM = 4


@dataclass(frozen=True, slots=True)
class Signal:
    """One sign, for a verdict or, with a weight below zero, against it."""

    says: str
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A statement before the repetition, as its parent."""

    statement: str
    signals: tuple[Signal, ...] = ()
    excluded: str | None = None
    """Why it cannot be the parent."""
    tables: tuple[str, ...] = ()
    """Those of its tables whose rows the repetition may have run for."""

    @property
    def score(self) -> int:
        """The sum of its weights."""
        return 0 if self.excluded else sum(signal.weight for signal in self.signals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a repetition is."""

    finding: str
    """The id of the finding: n-plus-one, loop-lookup, duplicate-query or write-loop."""
    kind: str
    parent: str | None = None
    """The statement whose rows it ran for."""
    relationships: tuple[str, ...] = ()
    """Their names; several where the log cannot tell which of them it was."""
    exact: bool = False
    """Whether the names are those of the models."""
    loader: str | None = None
    fix: str | None = None
    signals: tuple[Signal, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    """All statements that were weighed as its parent."""
    ceiling: Confidence = field(default=Confidence.HIGH)
    """What its confidence cannot exceed."""

    @property
    def relationship(self) -> str | None:
        """Their names as one text."""
        return " or ".join(self.relationships) or None

    @property
    def score(self) -> int:
        """The sum of its weights."""
        return sum(signal.weight for signal in self.signals)

    @property
    def confidence(self) -> Confidence:
        """How sure it is."""
        score = self.score
        reached = Confidence.HIGH if score >= HIGH else Confidence.MEDIUM if score >= MEDIUM else Confidence.LOW
        return min(reached, self.ceiling)
