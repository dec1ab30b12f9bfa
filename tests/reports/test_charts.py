"""The charts: well-formed markup from any numbers and any text, and marks that are as large as what they stand for."""

from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.reports.attacks import ATTACKS
from triage.reports.charts import Bar, Node, Series, bars, columns, stacked, tree
from triage.reports.drawing import WIDTH, fitted, number

NUMBERS = (0.0, 0.25, 1.0, 7.0, 10.0, 97.0, 12_345.0, 1e12, float("inf"), float("nan"), -3.0)


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def marks(svg: str, side: str) -> list[float]:
    """The sizes of what stands for a number; swatches of a legend are not among them."""
    return [float(rect.attrib[side]) for group in drawn(svg).findall("g") for rect in group.findall("rect")]


def said(svg: str) -> str:
    return drawn(svg).findtext("desc") or ""


def of(looks: int = 3, **series: Any) -> str:
    found = [Series(name=name, look=name, values=values) for name, values in series.items()]
    return stacked("c", "Sessions", [f"look {at}" for at in range(looks)], found)


# Whatever the numbers


@pytest.mark.parametrize("value", NUMBERS)
def test_any_number_can_be_drawn(value: float) -> None:
    for svg in (
        of(active=[value, 1, value]),
        bars("c", "t", [Bar(label="a", value=value), Bar(label="b", value=2)], limit=Bar(label="l", value=value)),
        columns("c", "t", [Bar(label="a", value=value)]),
    ):
        assert "nan" not in svg.replace("unknown", "")
        assert "inf" not in svg
        for rect in drawn(svg).iter("rect"):
            assert float(rect.attrib["width"]) >= 0
            assert float(rect.attrib["x" if "x" in rect.attrib else "width"]) <= WIDTH


def test_nothing_is_drawn_of_nothing() -> None:
    for svg in (stacked("c", "t", [], []), bars("c", "t", []), columns("c", "t", []), tree("c", "t", [])):
        assert drawn(svg).findtext("title") == "t"
        assert marks(svg, "width") == []


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_any_text_stays_text(attack: str) -> None:
    for svg in (
        stacked("c", attack, [attack], [Series(name=attack, look="held", values=[1])]),
        bars("c", attack, [Bar(label=attack, value=1)], limit=Bar(label=attack, value=2)),
        columns("c", attack, [Bar(label=attack, value=1)]),
        tree("c", attack, [Node(label=attack, depth=0), Node(label=attack, depth=1)]),
    ):
        tags = {each.tag for each in drawn(svg).iter()}
        assert tags <= set("svg title desc defs pattern rect path circle g text".split())
        assert not any(name.startswith("on") for each in drawn(svg).iter() for name in each.attrib)


# What is shown


def test_columns_of_a_stack_are_as_high_as_their_numbers() -> None:
    heights = marks(of(active=[10, 20, 40], held=[10, 0, 0]), "height")
    assert heights == [30.0, 30.0, 60.0, 120.0]  # of 120 for 40; what is 0 is not drawn


def test_the_series_lie_upon_each_other_in_their_order() -> None:
    (column,) = drawn(of(1, active=[10], held=[30])).findall("g")
    first, second = column.findall("rect")
    assert float(second.attrib["y"]) + float(second.attrib["height"]) == float(first.attrib["y"])
    assert second.attrib["fill"] == "url(#c-held)"


def test_a_limit_stands_where_its_number_is() -> None:
    svg = bars("c", "t", [Bar(label="demand", value=200)], limit=Bar(label="the server has", value=100))
    (line,) = [path for path in drawn(svg).iter("path") if path.attrib["class"] == "limit"]
    (width,) = marks(svg, "width")
    assert line.attrib["d"].startswith(f"M{width / 2:g} ")


def test_the_description_says_the_numbers() -> None:
    assert said(of(active=[10, 20, 40], held=[1, 0, 3])) == "3 looks: active from 10 to 40; held from 1 to 3"
    demand = bars("c", "t", [Bar(label="demand", value=1240)], limit=Bar(label="the server has", value=97))
    assert said(demand) == "demand 1,240; the server has 97"
    assert said(columns("c", "t", [Bar(label="<10s", value=4)])) == "<10s 4"


def test_a_waiter_hangs_on_the_one_above_it() -> None:
    nodes = [Node(label=name, depth=depth) for name, depth in (("a", 0), ("b", 1), ("c", 2), ("d", 1))]
    svg = tree("c", "t", nodes)
    assert said(svg) == "a; below it b; below it c; below it d"
    centers = [float(circle.attrib["cy"]) for circle in drawn(svg).iter("circle")]
    assert all(after > before for before, after in pairwise(centers))
    lefts = [float(circle.attrib["cx"]) for circle in drawn(svg).iter("circle")]
    assert lefts[0] < lefts[1] == lefts[3] < lefts[2]


def test_no_text_runs_out_of_the_chart() -> None:
    assert fitted("x" * 500, 100) == "x" * 15 + "…"
    assert fitted("日本語の名前がとても長いです", 60) == "日本語の…"
    assert fitted("short", 100) == "short"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1234567, "1,234,567"), (0.25, "0.25"), (1.0, "1"), (1234.56, "1,234.6"), (2.0004, "2"), (1e-9, "0")],
)
def test_numbers_are_written_for_people(value: float, text: str) -> None:
    assert number(value) == text
