"""Adds up failures that are the same: how often, since when, at which times, after which other one.

What is kept is bounded, however long the log and however many kinds of errors are in it.
"""

from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from triage.applogs.failures import Failure
from triage.applogs.records import Seen
from triage.evidence import AppFrame, AppLogs, ErrorClue, FailureStats, Preceding

_MOST_GROUPS = 1000
_MOST_WORKERS = 2000
_SHOWN_WORKERS = 20
_MOST_BUCKETS = 100
_WIDTHS = (60, 300, 900, 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600, 28 * 24 * 3600)
"""Seconds; the next is taken where one makes too many buckets."""
_SAME_RECORD = timedelta(seconds=1)

_Identity = tuple[ErrorClue, str | None, str | None]


@dataclass(slots=True)
class _Group:
    clue: ErrorClue
    frame: AppFrame | None
    count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    width: int = 0
    counts: "Counter[int]" = field(default_factory=Counter)
    workers: dict[str, None] = field(default_factory=dict)
    statement: str | None = None
    original: ErrorClue | None = None
    is_autoflush: bool = False
    after: "Counter[int]" = field(default_factory=Counter)

    def take(self, seen: Seen) -> None:
        """Count one more."""
        failure = seen.failure
        self.count += 1
        self.frame = failure.frame or self.frame
        self.statement = failure.statement or self.statement
        self.original = failure.original or self.original
        self.is_autoflush |= failure.is_autoflush
        if seen.worker and len(self.workers) < _SHOWN_WORKERS:
            self.workers[seen.worker] = None
        if seen.time:
            self._timed(seen.time)

    def _timed(self, time: datetime) -> None:
        self.first = min(self.first or time, time)
        self.last = max(self.last or time, time)
        at = int(time.timestamp())
        self.counts[at - at % _WIDTHS[self.width]] += 1
        while len(self.counts) > _MOST_BUCKETS and self.width < len(_WIDTHS) - 1:
            self.width += 1
            wider: Counter[int] = Counter()
            for start, number in self.counts.items():
                wider[start - start % _WIDTHS[self.width]] += number
            self.counts = wider


class Groups:
    """The failures of all logs."""

    def __init__(self) -> None:
        self._groups: list[_Group] = []
        self._order: dict[_Identity, int] = {}
        self._before: OrderedDict[str | None, list[tuple[int, str]]] = OrderedDict()
        """By worker, the last two failures of different classes: the group and the class."""
        self._held: Seen | None = None
        """An error without a traceback, which may follow."""
        self._last: Seen | None = None
        self._more = 0
        self.counted = 0
        """How many failures there were, each once, however often it was told."""

    def add(self, seen: Seen) -> None:
        """Count a failure, unless it is one that was counted already."""
        if self._held and not (seen.failure.is_traced and _is_told_again(self._held, seen)):
            self._count(self._held)
        self._held = None
        if self._last and (_is_warned_of(self._last, seen) or _is_retold(self._last, seen)):
            return
        self._last = seen
        if seen.failure.is_traced:
            self._count(seen)
        else:
            self._held = seen

    def end_log(self) -> None:
        """What was last in one log is not told again in the next."""
        if self._held:
            self._count(self._held)
        self._held = self._last = None

    def forget(self) -> None:
        """What comes next is another log's, and nothing so far came before it."""
        self._before.clear()

    def concluded(self) -> AppLogs:
        """All that was added up."""
        return AppLogs(failures=tuple(_stats(group) for group in self._groups), more=self._more)

    def _count(self, seen: Seen) -> None:
        self.counted += 1
        identity = _identity(seen.failure)
        index = self._order.get(identity)
        if index is None:
            if len(self._groups) >= _MOST_GROUPS:
                self._more += 1
                return
            index = self._order[identity] = len(self._groups)
            self._groups.append(_Group(seen.failure.clue, seen.failure.frame))
        self._groups[index].take(seen)
        self._follow(index, seen)

    def _follow(self, index: int, seen: Seen) -> None:
        """Note which other failure came before it in the same worker, or in the log where none is named."""
        name = seen.failure.clue.classes[0] if seen.failure.clue.classes else ""
        history = self._before.setdefault(seen.worker, [])
        self._before.move_to_end(seen.worker)
        before = next((known for known, other in reversed(history) if other != name), None)
        if before is not None:
            self._groups[index].after[before] += 1
        history[:] = [*(item for item in history if item[1] != name), (index, name)][-2:]
        if len(self._before) > _MOST_WORKERS:
            self._before.popitem(last=False)


def _is_warned_of(before: Seen, seen: Seen) -> bool:
    """The pool logs a connection that was garbage-collected, and then warns of it in the same words."""
    words = "garbage collector is trying to clean up"
    return (
        "SAWarning" in seen.failure.said
        and words in seen.failure.said
        and words in before.failure.said
        and "SAWarning" not in before.failure.said
    )


def _is_retold(before: Seen, seen: Seen) -> bool:
    return before.failure.is_traced and not seen.failure.is_traced and _is_told_again(before, seen)


def _is_told_again(one: Seen, other: Seen) -> bool:
    """An error that is logged by its message, and next to that with its traceback, is one."""
    near = not (one.time and other.time) or abs(other.time - one.time) <= _SAME_RECORD
    return one.failure.clue.message == other.failure.clue.message and one.worker == other.worker and near


def _identity(failure: Failure) -> _Identity:
    frame = failure.frame
    return failure.clue, frame.file if frame else None, frame.function if frame else None


def _stats(group: _Group) -> FailureStats:
    return FailureStats(
        clue=group.clue,
        frame=group.frame,
        count=group.count,
        first=group.first,
        last=group.last,
        bucket=timedelta(seconds=_WIDTHS[group.width]) if group.counts else None,
        counts=tuple((datetime.fromtimestamp(start, UTC), number) for start, number in sorted(group.counts.items())),
        workers=tuple(group.workers),
        statement=group.statement,
        original=group.original,
        after=tuple(Preceding(index=index, count=number) for index, number in group.after.most_common()),
        is_autoflush=group.is_autoflush,
    )
