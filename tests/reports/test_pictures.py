"""Which charts a target gets, and who stands below whom in a blocking chain."""

from typing import Any

import pytest

from tests.detectors.build import NOW
from tests.reports.documents import parsed
from tests.reports.runs import n_plus_one, samples
from triage.findings import Finding, Gauge, Report
from triage.health import TargetHealth
from triage.reports.html import chain
from triage.reports.html.pictures import pictures


def titles(*findings: Finding, gauges: tuple[Gauge, ...] = (), **fields: Any) -> list[str]:
    report = Report(collected_at=NOW, findings=findings, gauges=gauges)
    return [each.title for each in pictures(TargetHealth(name="shop", report=report, **fields), "c")]


def blocked(root: object, *waiters: object) -> list[str]:
    """The lines of the tree, each with as many dots as it is deep."""
    picture = chain.drawn(n_plus_one(details={"root": root, "waiters": list(waiters)}), "c")
    if picture is None:
        return []
    svg = parsed(str(picture.svg))
    lefts = [float(circle.attributes["cx"] or 0) for circle in svg.all("circle")]
    names = [group.one("title").text.split(" · ")[0] for group in svg.all("g")]
    return [f"{'.' * round((left - 8) / 18)}{name}" for left, name in zip(lefts, names, strict=True)]


def waiter(pid: int, *waits_for: int) -> dict[str, object]:
    return {"pid": pid, "waits_for": list(waits_for), "seconds": 2.5, "lock": "relation"}


def test_there_is_no_chart_without_numbers() -> None:
    assert titles() == []
    assert titles(n_plus_one(details={}), gauges=(Gauge(name="connections_in_use", value=3, unit="connections"),)) == []


def test_one_look_has_no_history() -> None:
    sessions = Gauge(name="sessions", value=3, unit="sessions", labels={"state": "idle"})
    assert titles(n_plus_one(), gauges=(sessions,)) == ["Sessions by state", "Repeated statements by executions"]


def test_several_looks_are_shown_over_time() -> None:
    report = Report(collected_at=NOW, findings=(n_plus_one(),))
    assert titles(n_plus_one(), samples=samples(report, 5)) == [
        "Sessions by state over time",
        "Repeated statements by executions",
        "Findings over time",
    ]


def test_only_the_last_looks_are_drawn_and_all_of_them_are_columns() -> None:
    report = Report(collected_at=NOW)
    target = TargetHealth(name="shop", report=report, samples=samples(report, 200))
    for picture in pictures(target, "c"):
        assert len(picture.rows) <= 60


@pytest.mark.parametrize("idle", [None, "x", float("nan")])
def test_an_idle_age_that_is_none_is_left_out(idle: object) -> None:
    details = {"sessions": [{"pid": 1, "idle_seconds": idle}, "no mapping"]}
    assert titles(n_plus_one(id="idle-in-transaction", details=details)) == []


def test_a_convoy_is_a_tree() -> None:
    assert blocked({"pid": 1}, waiter(2, 1), waiter(3, 2), waiter(4, 2), waiter(5, 3)) == [
        "1",
        ".2",
        "..3",
        "...5",
        "..4",
    ]


def test_who_waits_for_several_stands_below_the_deepest() -> None:
    assert blocked({"pid": 1}, waiter(3, 1, 2), waiter(2, 1)) == ["1", ".2", "..3"]


def test_waiters_that_wait_in_a_circle_or_for_somebody_unknown_are_there_all_the_same() -> None:
    assert sorted(blocked({"pid": 1}, waiter(2, 3), waiter(3, 2), waiter(4, 99))) == [".2", ".3", ".4", "1"]


def test_a_prepared_transaction_can_be_the_root() -> None:
    assert blocked({"pid": 0, "state": "prepared", "prepared_transaction": "gid-7"}, waiter(2, 0)) == ["gid-7", ".2"]


def test_a_long_queue_is_cut_and_says_so() -> None:
    lines = blocked({"pid": 1}, *(waiter(pid, 1) for pid in range(2, 102)))
    assert len(lines) == 27
    assert lines[-1] == ".and 75 more"


def test_details_of_another_shape_are_no_chain() -> None:
    assert blocked({"pid": 1}) == []
    assert blocked("root", waiter(2, 1)) == []
