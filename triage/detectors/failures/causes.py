"""What came before a failure: in its own message, or in the log of the same worker, the most frequent first."""

from collections import Counter
from dataclasses import dataclass

from triage.detectors.failures.claims import claimed_by
from triage.detectors.failures.occurrences import Occurrences, place_of
from triage.detectors.wording import count
from triage.evidence import AppFrame, ErrorClue, FailureStats
from triage.findings import make_key

UNKNOWN = "unknown-database-error"


@dataclass(frozen=True, slots=True)
class Cause:
    """A failure that came before another."""

    id: str
    """The finding it belongs to."""
    count: int
    """How often it came before."""
    message: str
    frame: AppFrame | None = None
    key: str | None = None
    """The finding's, where the log shows it by itself."""

    @property
    def where(self) -> str:
        """The place, for a sentence."""
        return f" in {self.frame.function or self.frame.file}" if self.frame else ""

    @property
    def details(self) -> dict[str, object]:
        """For the finding's details."""
        return {
            "finding": self.id,
            "key": self.key,
            "count": self.count,
            "message": self.message,
            "file": self.frame.file if self.frame else None,
            "function": self.frame.function if self.frame else None,
        }


def causes_of(group: Occurrences) -> list[Cause]:
    """What came before these errors; that their own messages name counts, and otherwise what the log shows."""
    named: Counter[ErrorClue] = Counter()
    before: Counter[int] = Counter()
    for failure in group.failures:
        if failure.original:
            named[failure.original] += failure.count
        for each in failure.after:
            before[each.index] += each.count
    shown = [_shown(group.logs.failures[index], number) for index, number in before.most_common()]
    told = [_told(clue, number, shown) for clue, number in named.most_common()]
    ids = {cause.id for cause in told}
    rest = [cause for cause in shown if cause.id != group.finding_id and cause.id not in ids]
    return told or rest


def finding_id_of(clue: ErrorClue) -> str:
    """The id of the finding that an error belongs to."""
    found = claimed_by(clue)
    return found.id if found else UNKNOWN


def sentence(causes: list[Cause], total: int) -> str:
    """One sentence on the first of them."""
    if not causes:
        return ""
    first = causes[0]
    often = "" if first.count >= total else f" ({count(first.count, 'time')} of {total})"
    return f" It came after {first.id}{first.where}{often}: {first.message.rstrip('.').replace('()', '')}."


def _shown(failure: FailureStats, number: int) -> Cause:
    found = finding_id_of(failure.clue)
    frame = failure.frame
    return Cause(found, number, failure.clue.message, frame, make_key(found, *place_of(frame)))


def _told(clue: ErrorClue, number: int, shown: list[Cause]) -> Cause:
    """An error that a message quotes; where the log shows one of its kind, that is where it was raised."""
    found = finding_id_of(clue)
    same = next((cause for cause in shown if cause.id == found), None)
    return Cause(found, number, clue.message, same.frame if same else None, same.key if same else None)
