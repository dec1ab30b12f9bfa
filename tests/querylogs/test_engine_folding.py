"""Memory stays bounded, and what is let go of for that changes nothing: long episodes, very many sessions."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.querylogs.build import Log
from tests.querylogs.test_parts import DEEDS, MYSQL_DEEDS, PAUSES, part_of, totals_of
from triage.querylogs import part
from triage.querylogs.rows import Mark, Row


@contextmanager
def cramped() -> Iterator[None]:
    """Read with room for nothing."""
    with (
        patch.object(part, "TIDY_EVERY", 3),
        patch.object(part, "MOST_OPERATIONS", 4),
        patch.object(part, "MOST_SESSIONS", 1),
    ):
        yield


def in_order(deeds: list[tuple[int, str, float]]) -> list[tuple[int, str, float]]:
    """Transactions with both ends: of a long one that lacks an end less is known than of a short one."""
    opened: set[int] = set()
    kept = []
    for pid, what, after in deeds:
        is_end = (
            what.startswith(("COMMIT", "ROLLBACK", "PREPARE")) and "SAVEPOINT" not in what and "PREPARED" not in what
        )
        if ("BEGIN" in what and pid in opened) or (is_end and pid not in opened):
            continue
        if is_end or what in {"connect", "disconnect"}:
            opened.discard(pid)
        if what == "start":
            opened.clear()
        if what in {"BEGIN", "COMMIT AND CHAIN"}:
            opened.add(pid)
        kept.append((pid, what, after))
    return kept


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_log_read_with_little_room_comes_to_the_same(data: st.DataObject) -> None:
    log = Log()
    deeds = st.lists(st.tuples(st.integers(1, 3), st.sampled_from(DEEDS), PAUSES), max_size=80)
    for pid, what, after in in_order(data.draw(deeds)):
        log.deed(pid, what, after)
    content = log.content()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=2)))
    with cramped():
        found = part_of(content, *cuts).totals
    assert found == part_of(content).totals


@settings(max_examples=300, deadline=None)
@given(
    deeds=st.lists(st.tuples(st.integers(1, 2), st.sampled_from(MYSQL_DEEDS), st.sampled_from([0, 2])), max_size=80),
    data=st.data(),
)
def test_a_log_of_mysql_read_with_little_room_comes_to_the_same(
    deeds: list[tuple[int, tuple[Mark | None, str], int]], data: st.DataObject
) -> None:
    rows: list[Row] = [(None, b"%d" % thread, b"", b"SET AUTOCOMMIT = 0", None, None) for thread in (1, 2)]
    second = 0
    for n, (thread, (mark, text), pause) in enumerate(deeds):
        if text in {"BEGIN", "SET AUTOCOMMIT = 0", "SET AUTOCOMMIT = 1"} or mark is not None:
            continue
        second += pause
        time = f"2026-01-31T15:{second // 60:02}:{second % 60:02}.{n:06}Z"
        rows.append((mark, b"%d" % thread, time.encode(), text.format(n=n).encode(), None, None))
    at = data.draw(st.integers(0, len(rows)))
    with cramped():
        found = totals_of(rows[:at], rows[at:])
    assert found == totals_of(rows)
