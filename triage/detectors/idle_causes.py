"""Why sessions sit idle in transaction, where one look can tell; where it cannot, nothing is said.

Three patterns show in a single look. A whole pool that went idle in one burst with nobody active is
either one burst of leaks or requests that need a second connection while they hold the first.
Transactions that began at even intervals come from a scheduled job. A transaction that had already
worked for a good while before it went idle is not forgotten after its first query: the app does
something slow in the middle of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from statistics import mean, pstdev

from triage.detectors.scope import of_app, pool_room
from triage.detectors.wording import duration
from triage.evidence import Evidence, SessionSnapshot, SessionState

BURST = timedelta(seconds=1)
MIN_INTERVAL = 5.0
"""Seconds: transactions that begin closer together than this are traffic, not a schedule."""
EVENNESS = 0.1
"""The largest standard deviation of a schedule's intervals, as a part of their mean."""
MIN_WORK = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Cause:
    """What it looks like, and what tells it apart."""

    sentence: str
    runbook: str | None = None
    """Where it ends another way than a leak does."""


def explain(evidence: Evidence, sessions: Sequence[SessionSnapshot]) -> Cause | None:
    """The cause that the evidence shows, if it shows one."""
    return _schedule(sessions) or _work_in_transaction(sessions) or _burst(evidence, sessions)


def _schedule(sessions: Sequence[SessionSnapshot]) -> Cause | None:
    ages = sorted(s.transaction_for.total_seconds() for s in sessions if s.transaction_for)
    if len(ages) < 4:
        return None
    intervals = [later - earlier for earlier, later in pairwise(ages)]
    average = mean(intervals)
    if average < MIN_INTERVAL or pstdev(intervals) > EVENNESS * average:
        return None
    every = duration(timedelta(seconds=average))
    return Cause(f"It looks like a scheduled job that never closes its session: one began every {every}.")


def _work_in_transaction(sessions: Sequence[SessionSnapshot]) -> Cause | None:
    def worked(session: SessionSnapshot) -> timedelta:
        return (session.transaction_for or timedelta()) - (session.state_for or timedelta())

    busy = [s for s in sessions if worked(s) >= max(MIN_WORK, (s.state_for or timedelta()) / 2)]
    if len(busy) * 2 <= len(sessions):
        return None
    work = duration(max(map(worked, busy)))
    return Cause(
        f"It looks like slow work inside the transaction: it had been in use for {work} before it went idle.",
        runbook="slow-work-in-transaction",
    )


def _burst(evidence: Evidence, sessions: Sequence[SessionSnapshot]) -> Cause | None:
    room = pool_room(evidence)
    if room is None or len(sessions) < max(room, 2):
        return None
    ages = [s.state_for for s in sessions if s.state_for]
    active = any(s.state is SessionState.ACTIVE for s in of_app(evidence))
    if active or not ages or max(ages) - min(ages) > BURST:
        return None
    return Cause(
        f"The whole pool went idle within {duration(max(ages) - min(ages))} and nothing is active: either one burst "
        "leaked them, or each request needs a second connection while it holds the first."
    )
