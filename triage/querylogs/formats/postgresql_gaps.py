"""Whether a log lacks lines: PostgreSQL numbers those of each session, and something on the way dropped some.

What the server itself does not log, below a threshold or sampled, gets no number, so a gap is always a loss. Each
destination counts for itself: of a log on stderr, csvlog and jsonlog at once none has gaps (tried on 15 and 18).

A sample is made of pieces of a log, so that a few gaps say nothing: all sessions jump where one piece ends and the
next begins. Therefore the gaps are counted by the places that explain them all.

https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LINE-PREFIX
"""

from collections.abc import Iterable

_SEAMS = 2
"""A sample has a head, a middle and a tail."""


def has_gaps(lines: Iterable[tuple[bytes, int]]) -> bool:
    """Say whether numbers are missing in more places than a sample's seams; the lines are (session, number)."""
    last: dict[bytes, tuple[int, int]] = {}
    steps: list[tuple[int, int, int]] = []
    for at, (session, number) in enumerate(lines):
        if session in last:
            before, number_before = last[session]
            steps.append((before, at, number - number_before))
        last[session] = at, number
    if sum(1 for *_, step in steps if step == 0) * 20 > len(steps):
        return False  # a detected prefix took another number for the line's, such as the transaction's
    ascending = sum(1 for *_, step in steps if step == 1)
    descending = sum(1 for *_, step in steps if step == -1)
    forward = -1 if descending > ascending else 1  # some exports have the newest record first
    places, covered = 0, -1
    # the fewest places that lie in every gap: always at the end of the gap that ends first
    for before, at, step in steps:
        if step * forward > 1 and before >= covered:
            places, covered = places + 1, at
    return places > _SEAMS
