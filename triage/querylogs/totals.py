"""What a part of a log adds up to. Two parts' totals, in the order of the log, add up to those of the whole.

Everything in here is small, without literals and independent of where the log was cut.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from triage.evidence import EpisodeScope
from triage.sql.lexer import Dialect

MOST_UNFINISHED = 1000
MOST_DEADLOCKS = 1000
DIFFERENT = -1

Tagged = tuple[bytes, dict[str, str]]
"""What the application's comments say of an execution, and when it ran: of several the first is kept."""


def first_of(one: Tagged | None, other: Tagged | None) -> Tagged | None:
    """The earlier one, whatever order they are found in."""
    if one is None or other is None:
        return one or other
    return one if one[0] <= other[0] else other


class Before(NamedTuple):
    """A statement that came before a repetition."""

    statement: str
    limit: int
    """-1 where it has none, or the log does not tell."""


class RepetitionKey(NamedTuple):
    """What makes two repetitions the same; the fields are those of ``RepetitionStats``."""

    statement: str
    dialect: Dialect
    scope: EpisodeScope
    before: tuple[Before, ...]
    previous: tuple[str, ...]
    beside: tuple[str, ...]
    varying: tuple[int, ...]
    named: bool
    blind: bool
    interleaved: bool


@dataclass(slots=True)
class Repetition:
    """How often, over all episodes."""

    episodes: int
    executions: int
    distinct: int
    fewest: int
    worst: int
    worst_distinct: int
    timed: int
    microseconds: int
    """What the statements took; whole numbers add up the same in any order."""
    lasted: int
    """Microseconds from the first execution to the last, all episodes together."""
    steps: int
    """Microseconds from the end of each execution to the start of the next, long ones cut (writes)."""
    walks: int
    """Episodes whose keys go steadily up, or steadily down."""
    key_set: int
    """A checksum of the distinct values of each episode, or DIFFERENT."""
    tagged: Tagged | None

    def add(self, other: "Repetition") -> None:
        """Count another's episodes as well."""
        self.episodes += other.episodes
        self.executions += other.executions
        self.distinct += other.distinct
        self.fewest = min(self.fewest, other.fewest)
        self.worst = max(self.worst, other.worst)
        self.worst_distinct = max(self.worst_distinct, other.worst_distinct)
        self.timed += other.timed
        self.microseconds += other.microseconds
        self.lasted += other.lasted
        self.steps += other.steps
        self.walks += other.walks
        if self.key_set != other.key_set:
            self.key_set = DIFFERENT
        self.tagged = first_of(self.tagged, other.tagged)


@dataclass(slots=True)
class Writes:
    """How often a kind of write was committed, and how often it was not; in transactions."""

    committed: int = 0
    rolled_back: int = 0
    """By a ROLLBACK that nothing had gone wrong before."""
    lost: int = 0
    """By a COMMIT after an error, which rolls back."""
    guessed: int = 0
    """Those of the ones rolled back that no BEGIN had opened: with autocommit on they were committed before."""
    tagged: Tagged | None = None

    def add(self, other: "Writes") -> None:
        """Count another's as well."""
        self.committed += other.committed
        self.rolled_back += other.rolled_back
        self.lost += other.lost
        self.guessed += other.guessed
        self.tagged = first_of(self.tagged, other.tagged)


class PauseKey(NamedTuple):
    """Between which statements a transaction stood still."""

    before: str
    after: str


@dataclass(slots=True)
class Pauses:
    """How often a transaction stood still there, and for how long."""

    count: int = 0
    longest: int = 0
    """In microseconds, as is the total."""
    total: int = 0
    estimated: int = 0
    """Those in which the log does not tell the statement's own time from the pause."""
    tagged: Tagged | None = None

    def add(self, other: "Pauses") -> None:
        """Count another's as well."""
        self.count += other.count
        self.longest = max(self.longest, other.longest)
        self.total += other.total
        self.estimated += other.estimated
        self.tagged = first_of(self.tagged, other.tagged)


class Unfinished(NamedTuple):
    """A transaction that neither committed nor rolled back."""

    session: str
    opened_at: bytes
    last_at: bytes
    statement: str | None
    """The fingerprint of the last one."""
    statements: int
    writes: int
    ended: str
    """``open-at-end`` or ``disconnected``."""
    tags: dict[str, str]
    is_untimed: bool = False
    """Whether its last record is a statement of which the log does not say when it ended."""
    is_guessed: bool = False
    """Whether no BEGIN had opened it: with autocommit on there was no transaction."""


class Deadlock(NamedTuple):
    """A deadlock the server resolved."""

    time: bytes
    statements: tuple[str, ...]
    """Fingerprints, the victim's first."""


@dataclass(slots=True)
class Totals:
    """All that was counted."""

    executions: int = 0
    sessions: int = 0
    begun: int = 0
    committed: int = 0
    rolled_back: int = 0
    open_at_end: int = 0
    errors: int = 0
    timed: int = 0
    """Executions with a duration."""
    fast: bool = False
    """Whether one of them, in the file that is read now, took less than a millisecond: no threshold keeps such out."""
    switches_off: bool = False
    """Whether a session of MySQL switched autocommit off, as drivers do that send no BEGIN."""
    connected: int = 0
    """Sessions that began in the log."""
    brief: int = 0
    """Those of them that ended after at most three transactions."""
    repetitions: dict[RepetitionKey, Repetition] = field(default_factory=dict)
    writes: dict[str, Writes] = field(default_factory=dict)
    pauses: dict[PauseKey, Pauses] = field(default_factory=dict)
    unfinished: list[Unfinished] = field(default_factory=list)
    unfinished_more: int = 0
    deadlocks: list[Deadlock] = field(default_factory=list)
    prepared: list[tuple[bytes, str, Unfinished]] = field(default_factory=list)
    """The first phases of prepared transactions, and below the second ones, by time and name."""
    finished: list[tuple[bytes, str]] = field(default_factory=list)

    def add(self, other: "Totals") -> None:
        """Add what comes after."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.fast = self.fast or other.fast
        self.switches_off = self.switches_off or other.switches_off
        for key, repetition in other.repetitions.items():
            self.repeat(key, repetition)
        for statement, writes in other.writes.items():
            self.writes.setdefault(statement, Writes()).add(writes)
        for pause, pauses in other.pauses.items():
            self.pauses.setdefault(pause, Pauses()).add(pauses)
        self.unfinished += other.unfinished
        self._keep_the_oldest()
        self.deadlocks += other.deadlocks[: MOST_DEADLOCKS - len(self.deadlocks)]
        self.prepared += other.prepared
        self.finished += other.finished

    def repeat(self, key: RepetitionKey, repetition: Repetition) -> None:
        """Add a repetition."""
        known = self.repetitions.get(key)
        if known is None:
            self.repetitions[key] = repetition
        else:
            known.add(repetition)

    def leave(self, unfinished: Unfinished) -> None:
        """Add a transaction that was left open; of very many the oldest are kept."""
        self.unfinished.append(unfinished)
        if len(self.unfinished) >= 2 * MOST_UNFINISHED:
            self._keep_the_oldest()

    def _keep_the_oldest(self) -> None:
        if len(self.unfinished) > MOST_UNFINISHED:
            self.unfinished.sort(key=lambda each: (each.opened_at, each.session))
            self.unfinished_more += len(self.unfinished) - MOST_UNFINISHED
            del self.unfinished[MOST_UNFINISHED:]

    def settle(self) -> None:
        """Match the two phases of prepared transactions; what is left waits for its second one."""
        waiting: dict[str, tuple[bytes, str, Unfinished]] = {}
        phases = [(time, 0, name, each) for time, name, each in self.prepared]
        for _, is_second, name, each in sorted(
            [*phases, *((time, 1, name, None) for time, name in self.finished)], key=lambda phase: phase[:3]
        ):
            if is_second or each is None:
                waiting.pop(name, None)
            else:
                waiting[name] = (each.last_at, name, each)
        self.prepared, self.finished = list(waiting.values()), []


_SUMS = (
    "executions",
    "sessions",
    "begun",
    "committed",
    "rolled_back",
    "open_at_end",
    "errors",
    "timed",
    "connected",
    "brief",
    "unfinished_more",
)
