"""What is new, worse, the same or gone; and what nobody looked for, which is none of them."""

from collections.abc import Sequence

from tests.history.build import CRITICAL, INFO, WARNING, at, finding, report
from triage.evidence import Gap
from triage.findings import Report, Skipped
from triage.health import Change
from triage.history import Compared, Past, compared


def after(*reports: Report, needed: int = 1, ignored: Sequence[str] = ()) -> Compared:
    """What the last of some reports comes to."""
    past = Past()
    for each in reports:
        result = compared(past, each, needed=needed, ignored=ignored)
        past = Past(at=each.collected_at, findings={before.key: before for before in result.kept})
    return result


def test_nothing_is_nothing() -> None:
    assert after(report()) == Compared(raised=(), trends={}, pending=(), gone=(), kept=())


def test_what_was_not_there_before_is_new() -> None:
    result = after(report(), report(finding(), hour=1))
    assert [each.key for each in result.raised] == ["leak"]
    trend = result.trends["leak"]
    assert (trend.change, trend.since, trend.looks) == (Change.NEW, at(1), 1)


def test_what_is_still_there_has_been_since_it_came() -> None:
    trend = after(*(report(finding(), hour=hour) for hour in range(4))).trends["leak"]
    assert (trend.change, trend.since, trend.looks) == (Change.SAME, at(0), 4)


def test_it_can_become_worse_and_better() -> None:
    mild, bad = report(finding(severity=WARNING)), report(finding(severity=CRITICAL))
    assert after(mild, bad).trends["leak"].change is Change.WORSE
    assert after(bad, mild).trends["leak"].change is Change.BETTER
    assert after(mild, bad, bad).trends["leak"].change is Change.SAME


def test_what_is_no_longer_there_is_gone_once() -> None:
    (gone,) = after(report(finding()), report(hour=1)).gone
    assert (gone.key, gone.since, gone.last_seen) == ("leak", at(0), at(0))
    assert after(report(finding()), report(), report()).gone == ()


def test_what_comes_back_is_new() -> None:
    trend = after(report(finding()), report(hour=1), report(finding(), hour=2)).trends["leak"]
    assert (trend.change, trend.since, trend.looks) == (Change.NEW, at(2), 1)


# Nobody looked


def test_a_target_that_could_not_be_read_has_lost_nothing() -> None:
    unread = Gap(source="db", reason="unreachable", hint="see", unread=True)
    blind = report(hour=1, sources=(), gaps=(unread,))
    result = after(report(finding()), blind)
    assert (result.gone, result.raised) == ((), ())
    trend = after(report(finding()), blind, report(finding(), hour=2)).trends["leak"]
    assert (trend.change, trend.since, trend.looks) == (Change.SAME, at(0), 2)


def test_what_could_be_read_only_in_part_has_lost_nothing() -> None:
    unread = Gap(source="one.log", reason="gone", hint="see", unread=True)
    assert after(report(finding()), report(finding("other"), gaps=(unread,))).gone == ()


def test_a_detector_that_was_skipped_has_lost_nothing() -> None:
    skipped = (Skipped(detector="idle-in-transaction", reason="no rights"),)
    other = finding("other", id="long-query")
    (gone,) = after(report(finding(), other), report(skipped=skipped)).gone
    assert gone.key == "other"


def test_a_gap_of_what_was_read_hides_nothing() -> None:
    gap = Gap(source="db", reason="statements are hidden", hint="grant")
    assert [gone.key for gone in after(report(finding()), report(gaps=(gap,))).gone] == ["leak"]


# More than one look


def test_it_is_raised_after_as_many_looks_as_it_needs() -> None:
    looks = [report(finding(), hour=hour) for hour in range(4)]
    for number in (1, 2):
        early = after(*looks[:number], needed=3)
        assert (early.raised, early.trends) == ((), {})
        assert [(each.looks, each.needed) for each in early.pending] == [(number, 3)]
    third = after(*looks[:3], needed=3)
    assert third.trends["leak"].change is Change.NEW
    assert third.trends["leak"].since == at(0)
    assert third.pending == ()
    assert after(*looks, needed=3).trends["leak"].change is Change.SAME


def test_a_look_that_does_not_see_it_begins_anew() -> None:
    result = after(*[report(finding())] * 2, report(), *[report(finding())] * 2, needed=3)
    assert [each.looks for each in result.pending] == [2]


def test_what_was_never_raised_is_not_gone() -> None:
    assert after(report(finding()), report(), needed=2).gone == ()


def test_what_is_ignored_is_followed_and_not_told() -> None:
    result = after(report(finding()), report(finding()), ignored=["leak"])
    assert (result.raised, result.pending, result.trends) == ((), (), {})
    assert [each.looks for each in result.kept] == [2]
    assert after(report(finding()), report(), ignored=["leak"]).gone == ()


def test_what_is_no_longer_ignored_is_new() -> None:
    kept = after(report(finding()), ignored=["leak"]).kept
    past = Past(at=at(0), findings={before.key: before for before in kept})
    trend = compared(past, report(finding(), hour=1)).trends["leak"]
    assert (trend.change, trend.since) == (Change.NEW, at(0))


def test_an_info_counts_as_any_other() -> None:
    assert after(report(finding(severity=INFO))).trends["leak"].change is Change.NEW
