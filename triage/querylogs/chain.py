"""Transactions that repeat: a session for each item, a commit for each row.

A run is a sequence of one session's transactions that ran the same few statements, each begun within a second of the
end of the one before. Whether a run is a loop or merely a busy connection is told by its rhythm, by what came just
before it, and by whether its keys walk.

A part of a log does not know what came before its first run. Until the first break, which needs no knowledge of the
left to be one, transactions are kept as they are, for the part on the left to take in.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from triage.querylogs.groups import Event, Group
from triage.querylogs.instant import microseconds_between, seconds
from triage.querylogs.parameters import values_of, varying
from triage.querylogs.repetition import MOST_BEFORE, Repetition, RepetitionKey, Scope, before_of, is_blind, tags_of
from triage.querylogs.totals import Totals

MOST_STATEMENTS = 4
"""A transaction of more statements of its own is no link of a chain."""
FEWEST_LINKS = 10
LONGEST_PAUSE = 1.0
SLOW = 0.1
"""Seconds between two links of a loop, at the most, for nine in ten of them."""
MOST_LINKS = 10_000
_PAIRS = 200


class Link(NamedTuple):
    """A closed transaction of a few statements."""

    signature: tuple[str, ...]
    events: tuple[Event, ...]
    started: bytes
    ended: bytes


class Chain:
    """The run that a session is in."""

    __slots__ = ("count", "head", "links", "preceding", "synced")

    def __init__(self, *, rooted: bool) -> None:
        self.synced = rooted
        self.head: list[Link] = []
        self.links: list[Link] = []
        self.count = 0
        self.preceding: Link | None = None

    def feed(self, link: Link, totals: Totals) -> None:
        """Take the next closed transaction."""
        if not self.synced:
            self._feed_head(link)
        elif self.links and _follows(self.links[-1], link):
            self.count += 1
            if self.count < MOST_LINKS:
                self.links.append(link)
            else:
                self.links[-1] = link
        else:
            self._begin(link, totals)

    def _feed_head(self, link: Link) -> None:
        if not self.head or _follows(self.head[-1], link):
            self.head.append(link)
        else:
            self.synced, self.preceding = True, self.head[-1]
            self.links, self.count = [link], 1

    def _begin(self, link: Link, totals: Totals) -> None:
        preceding = self.links[-1] if self.links else None
        self.close(totals)
        self.preceding, self.links, self.count = preceding, [link], 1

    def close(self, totals: Totals) -> None:
        """End the run; if it is long enough, it is a repetition."""
        if self.count >= FEWEST_LINKS:
            for key, repetition in _of_run(self):
                totals.repeat(key, repetition)
        self.links, self.count = [], 0

    def then(self, right: "Chain", totals: Totals) -> None:
        """Take in what the same session did in the next part of the log."""
        for link in right.head:
            self.feed(link, totals)
        if right.synced:
            self.close(totals)
            self.preceding, self.links, self.count = right.preceding, right.links, right.count


def _follows(last: Link, link: Link) -> bool:
    if last.signature != link.signature or not link.signature:
        return False
    return not is_pause(last.ended, link.started)


def is_pause(ended: bytes, started: bytes) -> bool:
    """Say whether more than a second passed; within one second of the clock the bytes tell."""
    if ended[:19] == started[:19]:
        return False
    before, after = seconds(ended), seconds(started)
    return before is not None and after is not None and after - before > LONGEST_PAUSE


def _of_run(chain: Chain) -> Iterator[tuple[RepetitionKey, Repetition]]:
    """One repetition for each kind of statement in the run's transactions."""
    links, preceding = chain.links, chain.preceding
    before = tuple(before_of(event) for event in preceding.events if not event.statement.is_write) if preceding else ()
    is_slow = _is_slow(links)
    for at, name in enumerate(links[0].signature):
        if name in links[0].signature[:at]:
            continue
        group = Group(0, links[0].events[at])
        for link in links:
            group.add(link.events[at])
        positions = varying(group.samples)
        key = RepetitionKey(
            statement=name,
            dialect=links[0].events[at].statement.dialect,
            scope=Scope.CHAIN,
            before=before[-MOST_BEFORE:],
            previous=(),
            beside=tuple(other for other in links[0].signature if other != name),
            varying=positions,
            named=group.first.named,
            blind=is_blind(group.first),
        )
        yield (
            key,
            Repetition(
                episodes=1,
                executions=chain.count,
                distinct=min(group.distinct + chain.count - len(links), chain.count),
                worst=chain.count,
                worst_distinct=group.distinct,
                timed=group.timed,
                microseconds=group.microseconds,
                lasted=microseconds_between(links[0].started, links[-1].ended),
                pauses=int(is_slow),
                walks=int(walks([link.events[at] for link in links], positions)),
                tags=tags_of(group.first),
            ),
        )


def _is_slow(links: list[Link]) -> bool:
    """Say whether the pauses between the transactions are those of requests rather than of a loop."""
    gaps: list[float] = []
    for last, link in pairwise(links):
        before, after = seconds(last.ended), seconds(link.started)
        if before is not None and after is not None:
            gaps.append(after - before)
    gaps.sort()
    return not gaps or gaps[int(len(gaps) * 0.9)] > SLOW


def walks(events: list[Event], positions: tuple[int, ...]) -> bool:
    """Say whether one of the values goes steadily up or down, as keys do that a loop takes from a list."""
    step = max(len(events) // _PAIRS, 1)
    rows = [values_of(event) for event in events[::step]]
    for position in positions:
        try:
            numbers = [int(row[position].strip("'")) for row in rows]
        except (ValueError, IndexError):
            continue
        ups = sum(after > before for before, after in pairwise(numbers))
        downs = sum(after < before for before, after in pairwise(numbers))
        if max(ups, downs) >= 0.95 * (len(numbers) - 1):
            return True
    return False
