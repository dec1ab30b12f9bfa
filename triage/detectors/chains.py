"""Sessions that wait for each other, grouped into chains with their roots."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from triage.detectors.waits import blocked_by_each
from triage.evidence import SessionSnapshot

PREPARED_PID = 0
"""What servers name a prepared transaction, which has no session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Waiters that hang together, and the blockers among them that wait for nobody."""

    roots: tuple[int, ...]
    """The one whose transaction is the oldest first; empty where the server names no blocker."""
    waiters: tuple[SessionSnapshot, ...]
    """Who has waited longest first."""
    depth: int
    """How many waits lie between a root and the last in the queue."""

    @property
    def longest(self) -> timedelta | None:
        """The longest wait; None where no wait's length is visible."""
        return max((s.waiting_for for s in self.waiters if s.waiting_for is not None), default=None)

    def is_older_than(self, age: timedelta) -> bool:
        """Whether somebody has waited for so long, or for nobody knows how long: unknown is not zero."""
        return any(s.waiting_for is None or s.waiting_for >= age for s in self.waiters)

    @property
    def inferred(self) -> bool:
        """Whether the server did not name the blockers."""
        return any(s.blockers_inferred for s in self.waiters)

    def joined(self, other: "Chain") -> "Chain":
        """Two chains of one cause as one."""
        return Chain(
            roots=self.roots + other.roots,
            waiters=_by_wait([*self.waiters, *other.waiters]),
            depth=max(self.depth, other.depth),
        )


def chains(sessions: Sequence[SessionSnapshot]) -> Iterator[Chain]:
    """Group the sessions that wait for a lock."""
    by_pid = {s.pid: s for s in sessions}
    blocked = blocked_by_each(sessions)
    waiting = {s.pid for s in sessions if s.blocked_by or s.waits_on}
    seen: set[int] = set()
    for start in sorted(waiting):
        if start in seen:
            continue
        together = _connected(start, by_pid, blocked)
        seen |= together
        roots = _roots(together, waiting, by_pid)
        yield Chain(
            roots=roots,
            waiters=_by_wait([by_pid[pid] for pid in together if pid in waiting and pid not in roots]),
            depth=_depth(roots, blocked) if roots else 1 + _depth(_behind_nobody(together, by_pid), blocked),
        )


def _by_wait(waiters: Sequence[SessionSnapshot]) -> tuple[SessionSnapshot, ...]:
    return tuple(sorted(waiters, key=lambda s: (-(s.waiting_for or timedelta()), s.pid)))


def _roots(together: set[int], waiting: set[int], by_pid: dict[int, SessionSnapshot]) -> tuple[int, ...]:
    def age(pid: int) -> timedelta:
        if pid == PREPARED_PID:
            return timedelta.max
        session = by_pid.get(pid)
        return (session.transaction_for or session.state_for or timedelta()) if session else timedelta.min

    free = [pid for pid in together if pid not in waiting]
    if free:
        return tuple(sorted(free, key=lambda pid: (age(pid), -pid), reverse=True))
    if _behind_nobody(together, by_pid):
        return ()
    # A ring, in which everybody waits for another: whoever is ended frees the rest, and the oldest stands for the root.
    return (max(together, key=lambda pid: (age(pid), -pid)),)


def _behind_nobody(together: set[int], by_pid: dict[int, SessionSnapshot]) -> list[int]:
    """Those that wait, and the server does not say for whom."""
    return [pid for pid in together if pid in by_pid and not by_pid[pid].blocked_by]


def _connected(start: int, by_pid: dict[int, SessionSnapshot], blocked: dict[int, list[int]]) -> set[int]:
    found: set[int] = set()
    ahead = [start]
    while ahead:
        pid = ahead.pop()
        if pid not in found:
            found.add(pid)
            ahead.extend(blocked.get(pid, ()))
            ahead.extend(by_pid[pid].blocked_by if pid in by_pid else ())
    return found


def _depth(roots: Sequence[int], blocked: dict[int, list[int]]) -> int:
    depth = 0
    level, seen = set(roots), set(roots)
    while level:
        level = {waiter for pid in level for waiter in blocked.get(pid, ())} - seen
        seen |= level
        depth += bool(level)
    return depth
