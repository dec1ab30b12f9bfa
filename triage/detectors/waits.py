"""Who waits behind whom, from what each session waits for."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from triage.evidence import SessionSnapshot


def blocked_by_each(sessions: Sequence[SessionSnapshot]) -> dict[int, list[int]]:
    """By pid, the sessions that wait directly for it."""
    found: dict[int, list[int]] = defaultdict(list)
    for session in sessions:
        for blocker in session.blocked_by:
            found[blocker].append(session.pid)
    return dict(found)


def waiting_behind(pids: Iterable[int], blocked: dict[int, list[int]]) -> set[int]:
    """All sessions that wait for these, directly or behind another waiter."""
    found: set[int] = set()
    level = set(pids)
    while level:
        level = {waiter for pid in level for waiter in blocked.get(pid, ())} - found
        found |= level
    return found


def waits_by_design(session: SessionSnapshot) -> bool:
    """Whether it waits for an advisory lock, as the followers of a leader do for days."""
    return session.waits_on is not None and session.waits_on.type == "advisory"
