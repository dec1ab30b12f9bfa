"""Repetitions as they leave an episode: small, without literals, and added up over the whole log.

Two episodes that show the same statement repeated behind the same statements add up to one record. What decides
about a repetition later, which statements came before and which of the parameters vary, is part of its key.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from triage.querylogs.groups import Episode, Event, Group
from triage.querylogs.instant import microseconds_between
from triage.querylogs.parameters import values_of, varying
from triage.querylogs.statement import Control
from triage.sql.comments import tags
from triage.sql.lexer import Dialect
from triage.sql.shape import Verb

FEWEST = 5
"""What runs fewer times in one episode is no repetition."""
MOST_BEFORE = 8


class Scope(StrEnum):
    """What the repetition happened in."""

    TRANSACTION = "transaction"
    BURST = "burst"
    """Statements outside of a transaction, each within a second of the one before."""
    CHAIN = "chain"
    """Transactions of one session, each of the same statements, in close sequence."""


class Before(NamedTuple):
    """A statement that came before the repetition, in the same episode."""

    statement: str
    limit: int
    """-1 where it has none, or the log does not tell."""


class RepetitionKey(NamedTuple):
    """What makes two repetitions the same."""

    statement: str
    dialect: Dialect
    scope: Scope
    before: tuple[Before, ...]
    """In the order in which they first ran."""
    previous: tuple[str, ...]
    """What the session's transaction before ran, if that ended by COMMIT."""
    beside: tuple[str, ...]
    """What else each transaction of a chain ran."""
    varying: tuple[int, ...]
    named: bool
    """Whether the first execution had a prepared name already: psycopg 3 does so for an executemany."""
    blind: bool
    """Whether the log has no values: how many of the executions were different, nobody knows."""


@dataclass(slots=True)
class Repetition:
    """How often, over all episodes."""

    episodes: int = 0
    executions: int = 0
    distinct: int = 0
    worst: int = 0
    worst_distinct: int = 0
    timed: int = 0
    microseconds: int = 0
    """What the statements took; whole numbers add up the same in any order."""
    lasted: int = 0
    """Microseconds from the first execution to the last, all episodes together."""
    pauses: int = 0
    """Episodes of a chain or burst whose rhythm is uneven or slow."""
    walks: int = 0
    """Episodes whose keys go steadily up, or steadily down."""
    tags: dict[str, str] = field(default_factory=dict)
    """What the application's comments say of the first execution."""

    def add(self, other: "Repetition") -> None:
        """Count another's episodes as well."""
        self.episodes += other.episodes
        self.executions += other.executions
        self.distinct += other.distinct
        self.worst = max(self.worst, other.worst)
        self.worst_distinct = max(self.worst_distinct, other.worst_distinct)
        self.timed += other.timed
        self.microseconds += other.microseconds
        self.lasted += other.lasted
        self.pauses += other.pauses
        self.walks += other.walks
        self.tags = self.tags or other.tags


def of_episode(
    episode: Episode, scope: Scope, previous: tuple[str, ...] = ()
) -> Iterator[tuple[RepetitionKey, Repetition]]:
    """What repeats in one transaction or burst."""
    for group in list(episode.groups.values()):
        if group.count >= FEWEST and group.first.statement.control is Control.NONE:
            key = RepetitionKey(
                statement=group.first.statement.fingerprint,
                dialect=group.first.statement.dialect,
                scope=scope,
                before=_before(episode, group),
                previous=previous,
                beside=(),
                varying=varying(group.samples),
                named=group.first.named,
                blind=is_blind(group.first),
            )
            yield key, _counted(group)


def tags_of(event: Event) -> dict[str, str]:
    """The tags in the statement's comments."""
    return tags(event.sql.decode(errors="replace"), event.statement.dialect) if b"/*" in event.sql else {}


def is_blind(event: Event) -> bool:
    """Say whether the statement has parameters that the log does not show."""
    if event.parameters is not None or not any(mark in event.sql for mark in (b"$", b"?", b"%", b":")):
        return False
    return any(value[:1] in {"$", "%", ":"} or value == "?" for value in values_of(event))


def _counted(group: Group) -> Repetition:
    return Repetition(
        episodes=1,
        executions=group.count,
        distinct=group.distinct,
        worst=group.count,
        worst_distinct=group.distinct,
        timed=group.timed,
        microseconds=group.microseconds,
        lasted=microseconds_between(group.first.time, group.last.time),
        tags=tags_of(group.first),
    )


def _before(episode: Episode, group: Group) -> tuple[Before, ...]:
    """The statements that may have led to the repetition: those that first ran before it, pings aside."""
    earlier = [
        other
        for other in episode.groups.values()
        if other.first_index < group.first_index and other.first.statement.control is Control.NONE
    ]
    return tuple(before_of(other.first) for other in earlier[-MOST_BEFORE:])


def before_of(event: Event) -> Before:
    """A statement that came before, with the number that its LIMIT has."""
    statement = event.statement
    limit = -1
    if statement.shape.limit is not None and statement.shape.verb is Verb.SELECT:
        limit = _limit(event)
    return Before(statement.fingerprint, limit)


def _limit(event: Event) -> int:
    """The value of LIMIT: the last of the statement's values, before that of OFFSET."""
    given = values_of(event)
    at = len(given) - (2 if event.statement.shape.offset is not None else 1)
    digits = given[at].strip("'") if 0 <= at < len(given) else ""
    return int(digits) if digits.isdecimal() and len(digits) < 10 else -1
