"""Repetitions of one verdict add up: a problem is a statement and the one that it ran for, in however many episodes."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from triage.detectors.repetitions.context import known, same
from triage.detectors.repetitions.judging import verdict_of
from triage.detectors.repetitions.names import plain
from triage.detectors.repetitions.reading import entities, read
from triage.detectors.repetitions.verdict import Verdict
from triage.evidence import EpisodeScope, Evidence, RepetitionStats
from triage.findings import make_key


class Judged(NamedTuple):
    """One repetition and what it is."""

    verdict: Verdict
    stats: RepetitionStats


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """All repetitions of one problem, the one that says most first."""

    members: tuple[Judged, ...]

    @property
    def verdict(self) -> Verdict:
        """The verdict that is surest."""
        return self.members[0].verdict

    @property
    def statement(self) -> str:
        """The statement that repeats."""
        return self.members[0].stats.statement

    @property
    def stats(self) -> tuple[RepetitionStats, ...]:
        """The numbers of all."""
        return tuple(each.stats for each in self.members)

    @property
    def key(self) -> str:
        """The key of the finding."""
        verdict = self.verdict
        return make_key(verdict.finding, self.statement, verdict.parent, verdict.kind)

    @property
    def executions(self) -> int:
        """All repetitions."""
        return sum(each.executions for each in self.stats)

    @property
    def episodes(self) -> int:
        """Transactions or bursts that it happened in; in a chain each execution has a transaction of its own."""
        return sum(each.executions if each.scope == EpisodeScope.CHAIN else each.episodes for each in self.stats)

    @property
    def worst(self) -> int:
        """Most executions in one episode."""
        return max(each.worst for each in self.stats)

    @property
    def repetitions(self) -> int:
        """What is held against the threshold: different keys in one episode, where the log shows them."""
        if self.verdict.finding == "duplicate-query":
            return self.worst
        return max(each.worst if each.blind else each.worst_distinct for each in self.stats)

    @property
    def total(self) -> timedelta | None:
        """What the statements took."""
        times = [each.total for each in self.stats if each.total is not None]
        return sum(times, timedelta()) if times else None

    @property
    def is_confirmed(self) -> bool:
        """Whether one log at least shows everything, the values as well."""
        return any(each.confirmed and not each.blind for each in self.stats)


def groups(evidence: Evidence) -> list[Group]:
    """All problems among the repetitions, whatever their thresholds say."""
    logs = evidence.query_logs
    schema = known(evidence)
    counted = [each for each in (logs.repetitions if logs else ()) if each.episodes > 0 and each.executions > 0]
    judged = [Judged(verdict, stats) for stats in counted if (verdict := verdict_of(stats, schema))]
    by_key: dict[tuple[str | None, ...], list[Judged]] = defaultdict(list)
    for each in _once(judged):
        verdict = each.verdict
        by_key[verdict.finding, each.stats.statement, verdict.parent, verdict.kind].append(each)
    return [
        Group(members=tuple(sorted(members, key=lambda each: (-each.verdict.confidence, -each.verdict.score))))
        for members in by_key.values()
    ]


def _once(judged: list[Judged]) -> Iterator[Judged]:
    """Leave out the read before each write, or the write after each read: one problem, not two."""
    by_table: dict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        by_table[_table(each)].append(each)
    for each in judged:
        is_write = each.verdict.finding == "write-loop"
        others = (
            other
            for other in by_table[_table(each)]
            if (other.verdict.finding == "write-loop") is not is_write
            and _is_pair(*((each, other) if is_write else (other, each)))
        )
        if not any(_outweighs(other, each) for other in others):
            yield each


def _table(judged: Judged) -> str:
    return plain(read(judged.stats.statement, judged.stats.dialect).table or "")


def _is_pair(write: Judged, lookup: Judged) -> bool:
    """Say whether the two take turns on one table: a merge, or read, change, flush."""
    verdict = lookup.verdict
    if verdict.finding != "loop-lookup" and verdict.kind not in {"refresh", "expired"}:
        return False
    mine, its = write.stats, lookup.stats
    if its.scope == EpisodeScope.TRANSACTION and its.interleaved is False:
        return False  # nothing ran in between: another transaction's loop, of lookups only
    table = read(mine.statement, mine.dialect).table
    if mine.scope != its.scope or not same(entities(read(its.statement, its.dialect)), table):
        return False
    before = {each.statement for each in mine.before}
    after = {each.statement for each in its.before}
    return its.statement in {*mine.beside, *before} or mine.statement in {*its.beside, *after}


def _outweighs(one: Judged, other: Judged) -> bool:
    """Say whether the one is to be reported; a write where both weigh the same."""
    if one.verdict.confidence != other.verdict.confidence:
        return one.verdict.confidence > other.verdict.confidence
    return one.verdict.finding == "write-loop"
