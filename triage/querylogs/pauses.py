"""Where a transaction stood still: the application was busy with something else while it held its locks.

A log prints a statement's time either when it begins or, with its duration, when it has ended; where durations are
missing a pause may be the statement itself.
"""

from collections.abc import Iterator

from triage.querylogs.groups import Event
from triage.querylogs.instant import seconds
from triage.querylogs.repetition import tags_of
from triage.querylogs.totals import PauseKey, Pauses
from triage.sql.lexer import Dialect

SHORTEST = 1.0


def pauses_in(
    opened_at: bytes, events: list[Event], closed_at: bytes, dialect: Dialect
) -> Iterator[tuple[PauseKey, Pauses]]:
    """The pauses of at least a second between a transaction's statements, its end included."""
    last_end, last_name, is_estimated = seconds(opened_at), "BEGIN", False
    tags: dict[str, str] = {}
    for event in [*events, None]:
        time = seconds(closed_at if event is None else event.time)
        if time is None:
            continue
        took = (event.duration or 0.0) / 1000 if event else 0.0
        start = time - took if event and event.ended else time
        name = event.statement.fingerprint if event else "COMMIT or ROLLBACK"
        if last_end is not None and start - last_end >= SHORTEST:
            pause = round((start - last_end) * 1_000_000)
            found = Pauses(count=1, longest=pause, total=pause, estimated=int(is_estimated), tags=tags)
            yield PauseKey(last_name, name, dialect), found
        if event:
            last_end = time if event.ended else time + took
            last_name, is_estimated, tags = name, event.duration is None, tags_of(event)
