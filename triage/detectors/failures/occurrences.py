"""Errors of one kind, raised in one place of the app, added up."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from triage.detectors.failures.claims import claimed_by
from triage.evidence import AppFrame, AppLogs, Evidence, FailureStats
from triage.findings import Location, make_key

Place = tuple[str | None, str | None]
_MOST_BUCKETS = 200


@dataclass(frozen=True)
class Occurrences:
    """All errors of one detector in one function of the app."""

    finding_id: str
    failures: tuple[FailureStats, ...]
    """The most frequent first."""
    logs: AppLogs
    kind: str = ""
    """What tells them from others of this detector in the same place, where it has several kinds."""

    @property
    def count(self) -> int:
        """How many errors."""
        return sum(failure.count for failure in self.failures)

    @cached_property
    def first(self) -> datetime | None:
        """When the first was; None where the log has no times."""
        return min((failure.first for failure in self.failures if failure.first), default=None)

    @cached_property
    def last(self) -> datetime | None:
        """When the last was."""
        return max((failure.last for failure in self.failures if failure.last), default=None)

    @property
    def main(self) -> FailureStats:
        """The most frequent of them."""
        return self.failures[0]

    @property
    def frame(self) -> AppFrame | None:
        """Where in the app."""
        return self.main.frame

    @property
    def location(self) -> Location | None:
        """The same, for the finding."""
        frame = self.frame
        return Location(file=frame.file, line=frame.line, function=frame.function) if frame else None

    @property
    def key(self) -> str:
        """The finding's. A function keeps its name while lines move; a module's own code has only its file."""
        return make_key(self.finding_id, *place_of(self.frame), *filter(None, (self.kind,)))

    @cached_property
    def buckets(self) -> tuple[timedelta, list[tuple[datetime, int]]] | None:
        """How often in each span of time; the widest span of those added up."""
        widths = [failure.bucket for failure in self.failures if failure.bucket]
        if not widths:
            return None
        width = max(widths)
        total: Counter[float] = Counter()
        for failure in self.failures:
            for start, number in failure.counts:
                at = start.timestamp()
                total[at - at % width.total_seconds()] += number
        utc = self.failures[0].first.tzinfo if self.failures[0].first else None
        return width, [
            (datetime.fromtimestamp(at, utc), number) for at, number in sorted(total.items())[:_MOST_BUCKETS]
        ]


def place_of(frame: AppFrame | None) -> Place:
    """The file, by one spelling, and the function, as they make a key."""
    return (frame.file.replace("\\", "/"), frame.function) if frame else (None, None)


def occurrences(finding_id: str, evidence: Evidence) -> list[Occurrences]:
    """The errors that this detector claims, by place."""
    return _grouped(finding_id, evidence, [f for f in _failures(evidence) if _id(f) == finding_id], lambda _: "")


def unclaimed(finding_id: str, evidence: Evidence) -> list[Occurrences]:
    """The errors that no detector claims, by kind and place."""
    rest = [failure for failure in _failures(evidence) if _id(failure) is None and _is_error(failure)]
    return _grouped(finding_id, evidence, rest, _kind)


def _failures(evidence: Evidence) -> tuple[FailureStats, ...]:
    return evidence.app_logs.failures if evidence.app_logs else ()


def _id(failure: FailureStats) -> str | None:
    found = claimed_by(failure.clue)
    return found.id if found else None


def _is_error(failure: FailureStats) -> bool:
    """Whether it is one: not a warning, and not only words that somebody took for an error."""
    clue = failure.clue
    if "SAWarning" in clue.message or any(name.endswith("Warning") for name in clue.classes):
        return False
    return bool(clue.classes or clue.code or clue.sqlstate or clue.errno)


def _kind(failure: FailureStats) -> str:
    clue = failure.clue
    names = [name.rpartition(".")[2] for name in clue.classes]
    return str(clue.sqlstate or clue.errno or (names[-1] if names else clue.code or clue.message))


def _grouped(
    finding_id: str, evidence: Evidence, failures: Sequence[FailureStats], kind_of: Callable[[FailureStats], str]
) -> list[Occurrences]:
    groups: dict[tuple[str, Place], list[FailureStats]] = {}
    for failure in failures:
        groups.setdefault((kind_of(failure), place_of(failure.frame)), []).append(failure)
    logs = evidence.app_logs or AppLogs()
    return [
        Occurrences(finding_id, tuple(sorted(members, key=lambda each: -each.count)), logs, kind)
        for (kind, _), members in groups.items()
    ]
