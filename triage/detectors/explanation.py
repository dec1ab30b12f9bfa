"""Why a repetition is what a finding says: every sign for and against it, with its weight.

This is what ``--explain KEY`` prints. It reads the same evidence as the detectors and weighs it the same way, whatever
their thresholds are, so what was too little for a finding can be explained as well.
"""

from collections.abc import Iterator

from triage.detectors.repetitions.groups import Group, groups
from triage.detectors.repetitions.verdict import HIGH, MEDIUM, Candidate, Signal
from triage.detectors.wording import count, shortened
from triage.errors import UsageError
from triage.evidence import Evidence


def explanation(evidence: Evidence, key: str) -> tuple[str, ...]:
    """The lines that explain the finding of this key.

    Raises:
        UsageError: no repetition in the evidence has this key.
    """
    found = {group.key: group for group in groups(evidence)}
    if group := found.get(key):
        return tuple(_lines(group))
    known = ", ".join(sorted(found))
    hint = f"these can be explained: {known}" if known else "nothing repeats in what was read, so nothing can be"
    raise UsageError(f"no finding that can be explained has the key {key}", hint)


def _lines(group: Group) -> Iterator[str]:
    verdict = group.verdict
    yield f"{verdict.finding} ({verdict.kind}){f': {verdict.relationship}' if verdict.relationship else ''}"
    yield f"  statement: {shortened(group.statement, 400)}"
    if verdict.relationships:
        yield f"  named {'by the models' if verdict.exact else 'by convention, as no models were given'}"
    yield (
        f"  {group.executions:,} executions in {count(group.episodes, 'episode')}, up to {group.worst:,} in one, "
        f"{group.repetitions:,} counted"
    )
    yield ""
    yield "Signs:"
    yield from _signs(verdict.signals)
    yield f"  {verdict.score:+d} in all: {_level(verdict.score)}"
    if verdict.confidence < _reached(verdict.score):
        yield f"  no more than {verdict.confidence} all the same: {_why(group)}"
    if verdict.candidates:
        yield ""
        yield "Statements before it, the latest first:"
        for candidate in verdict.candidates:
            yield from _candidate(candidate, is_parent=candidate.statement == verdict.parent)


def _signs(signals: tuple[Signal, ...]) -> Iterator[str]:
    for signal in sorted(signals, key=lambda each: -each.weight):
        yield f"  {signal.weight:+d} {signal.says}"


def _candidate(candidate: Candidate, *, is_parent: bool) -> Iterator[str]:
    role = "the parent" if is_parent else "excluded" if candidate.excluded else "not the parent"
    yield f"  {role}: {shortened(candidate.statement, 400)}"
    if candidate.excluded:
        yield f"    {candidate.excluded}"
    elif not candidate.signals:
        yield "    nothing speaks for it"
    yield from (f"  {line}" for line in _signs(candidate.signals))


def _reached(score: int) -> int:
    return 2 if score >= HIGH else 1 if score >= MEDIUM else 0


def _level(score: int) -> str:
    return ("low confidence", "medium confidence", "high confidence")[_reached(score)]


def _why(group: Group) -> str:
    if group.members[0].stats.blind:
        return "the log does not show the values"
    if not group.is_confirmed:
        return "the log does not show every statement, or not whose it was"
    return "it reaches across transactions"
