"""All that is known when one repetition is judged: its numbers, what ran before it, the models, the log's tables."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from triage.detectors.repetitions.names import called, called_by, class_of, plain, words
from triage.detectors.repetitions.reading import is_list, read
from triage.detectors.repetitions.verdict import Signal
from triage.evidence import (
    Backend,
    ClassModel,
    EarlierStatement,
    EpisodeScope,
    Evidence,
    Models,
    RepetitionStats,
    SourceKind,
)
from triage.sql.shape import Equality, Shape, Side, is_same_table

QUICK = timedelta(milliseconds=100)
POLLING = timedelta(milliseconds=500)
_PREFIXES = frozenset({"t", "tb", "tbl"})
"""What some put before the name of every table, and not before that of its class."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the evidence as a whole tells of the schema."""

    models: Models | None = None
    tables: frozenset[str] = frozenset()
    """The names of all tables in the logs, without schemas, in lower case."""
    worst: Mapping[str, int] = field(default_factory=dict)
    """How often each statement that repeats ran in one episode, at the most."""
    has_returning: bool = False
    """Whether the logs are known to be of MariaDB, whose INSERT returns new keys, unlike MySQL's."""

    def is_named(self, key: str) -> bool:
        """Whether a table of the logs is called as a foreign key says."""
        return bool(called_by(key) & self._called)

    @cached_property
    def _called(self) -> frozenset[str]:
        return frozenset(each for table in self.tables for each in called(table))

    def class_model(self, table: str | None) -> ClassModel | None:
        """The class whose own table this is; of several in one table the one that has no base there."""
        classes = self.models.classes if self.models and table else ()
        found = [each for each in classes if each.table and is_same_table(each.table, table or "")]
        names = {each.name for each in found}
        return next((each for each in found if each.base not in names), None)

    def class_name(self, table: str | None) -> str | None:
        """What the class of a table is called; None where only a guess that may be wrong could say it."""
        if model := self.class_model(table):
            return model.name
        if not table or self.models:
            return None
        parts = words(plain(table))
        return class_of(table) if parts and parts[0] not in _PREFIXES else None


def known(evidence: Evidence) -> Known:
    """What the evidence as a whole tells."""
    logs = evidence.query_logs
    backends = {source.backend for source in evidence.sources if source.kind is SourceKind.QUERY_LOG}
    tables: set[str] = set()
    worst: dict[str, int] = {}
    for stats in logs.repetitions if logs else ():
        worst[stats.statement] = max(worst.get(stats.statement, 0), stats.worst)
        for statement in (stats.statement, *(before.statement for before in stats.before), *stats.previous):
            tables.update(plain(table.name).lower() for table in read(statement, stats.dialect).tables)
    return Known(
        models=evidence.models,
        tables=frozenset(tables),
        worst=worst,
        has_returning=Backend.MARIADB in backends and Backend.MYSQL not in backends,
    )


@dataclass(frozen=True, kw_only=True)
class Context:
    """One repetition and all that may tell what it is."""

    stats: RepetitionStats
    known: Known

    @cached_property
    def shape(self) -> Shape:
        """The statement that repeats."""
        return read(self.stats.statement, self.stats.dialect)

    @cached_property
    def keys(self) -> tuple[Equality, ...]:
        """The columns whose values differ from one execution to the next; where the log hides values, all that may."""
        found = self.shape.equality
        if self.stats.blind:
            return tuple(each for each in found if each.side is found[0].side)
        return tuple(each for each in found if each.position in self.stats.varying)

    @cached_property
    def is_filtered(self) -> bool:
        """Whether it asks for more than its keys, as a custom primaryjoin or a filter of the app's own does."""
        keys = {(each.table, each.column) for each in self.keys}
        sides = {each.side for each in self.keys} & {Side.LEFT}  # a composite key may have a part that stays the same
        others = [
            each for each in self.shape.equality if (each.table, each.column) not in keys and each.side not in sides
        ]
        is_list_key = self.shape.in_list  # the discriminator of single-table inheritance, for batches are no repetition
        return bool(others or self.shape.inequality or is_list_key)

    @property
    def is_chain(self) -> bool:
        """Whether each execution was in a transaction of its own."""
        return self.stats.scope == EpisodeScope.CHAIN

    @property
    def keys_in_one(self) -> int:
        """How many different keys one episode had, at the most."""
        return self.stats.worst if self.stats.blind else self.stats.worst_distinct

    @cached_property
    def pace(self) -> timedelta | None:
        """From the end of one execution to the start of the next, in the middle; None where the clock is too coarse."""
        stats = self.stats
        steps = stats.executions - stats.episodes
        if steps <= 0 or stats.lasted <= timedelta():
            return None
        own = stats.total * steps / stats.executions if stats.total is not None else timedelta()
        return max((stats.lasted - own) / steps, timedelta())

    @property
    def brisk_pace(self) -> timedelta | None:
        """The same, but that a stall of the machine is no more than one long step; of writes only."""
        steps = self.stats.executions - self.stats.episodes
        if self.pace is None or self.stats.steps is None:
            return self.pace
        return max(self.stats.steps / steps, timedelta())

    def earlier(self) -> Iterator[tuple[EarlierStatement, Shape]]:
        """The lists that ran before, the latest first."""
        for before in reversed(self.stats.before):
            found = read(before.statement, self.stats.dialect)
            if is_list(found):
                yield before, found

    def excluded(self, before: EarlierStatement, found: Shape) -> str | None:
        """Why a list cannot have given the keys: its LIMIT is too small for them."""
        if before.limit is None or (before.executions is None and found.offset is not None):
            return None
        times = max(before.executions or 1, self.known.worst.get(before.statement, 1))
        if before.limit * times >= self.keys_in_one:
            return None
        return f"its LIMIT of {before.limit} allows fewer rows than the {self.keys_in_one} keys"

    def manner(self) -> Iterator[Signal]:
        """What the numbers say, whatever the statement is."""
        stats = self.stats
        if not stats.blind and stats.distinct >= 0.95 * stats.executions:
            yield Signal("each execution has a key of its own", 1)
        if stats.episodes > 1 and stats.fewest and stats.fewest < stats.worst:
            yield Signal(f"the number differs between transactions, from {stats.fewest} to {stats.worst}", 1)
        if self.pace is not None and self.pace < QUICK:
            yield Signal("the executions follow each other without a pause", 1)
        if self.pace is not None and self.pace >= POLLING:
            yield Signal(f"{self.pace.total_seconds():.1f} s lie between the executions", -2)
        if stats.same_keys:
            yield Signal("every transaction asked for exactly the same keys", -1)
        if stats.blind:
            yield Signal("the log does not show the values", -3)


def same(tables: Iterable[str], table: str | None) -> bool:
    """Say whether the table is one of them, with its schema or without."""
    return table is not None and any(is_same_table(each, table) for each in tables)
