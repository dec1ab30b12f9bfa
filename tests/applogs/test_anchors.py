"""What is looked for in a log against what the detectors know: an error that nobody looks for is never found."""

import pytest

from triage.applogs.anchors import ANCHORS, Hits, is_anchored


@pytest.mark.parametrize("anchor", ANCHORS)
def test_each_anchor_is_found_where_it_is(anchor: bytes) -> None:
    block = b"2026 INFO ok\n" * 40 + anchor + b"\n" + b"2026 INFO ok\n" * 40 + anchor
    hits = Hits(block)
    first = hits.after(0)
    assert first == block.index(anchor)
    assert hits.after(first + len(anchor)) == block.rindex(anchor)
    assert hits.after(len(block)) is None


def test_a_block_without_any_has_no_hit() -> None:
    assert Hits(b"2026 INFO ok\n" * 40).after(0) is None


@pytest.mark.parametrize(
    "line",
    [
        b"TimeoutError: QueuePool limit of size 5 overflow 10 reached",
        b"Parent instance <Author at 0x7f> is not bound to a Session; lazy load operation",
        b"greenlet_spawn has not been called; can't call await_only() here",
        b"(pymysql.err.OperationalError) (1213, 'Deadlock found when trying to get lock')",
        b"sqlalchemy.orm.exc.StaleDataError: UPDATE statement on table",
        b"(Background on this error at: http://sqlalche.me/e/14/7s2a)",
        b"(Background on this error at: https://sqlalche.me/e/e3q8)",
        b"asyncpg.exceptions._base.InterfaceError: cannot perform operation: another operation is in progress",
        b"ERROR sqlalchemy.pool.impl.AsyncAdaptedQueuePool The garbage collector is trying to clean up non-checked-in",
        b"/srv/shop/orders.py:12: SAWarning: New instance <Author> with identity key conflicts with persistent instance",
    ],
)
def test_lines_without_a_traceback_are_anchored(line: bytes) -> None:
    assert is_anchored(line)
