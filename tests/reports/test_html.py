"""The HTML report without a browser: what is on it, that it needs nothing else, and that every value is only text."""

import itertools
import re
import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest

from tests.detectors.build import NOW, leaked, source
from tests.detectors.build import evidence as look
from tests.reports.attacks import ATTACKS, SCRIPT, attacked, book
from tests.reports.documents import Element, parsed
from tests.reports.runs import bookstore, healthy, long, n_plus_one, realistic, unreachable
from triage import runbooks
from triage.check import judge
from triage.findings import Finding, Measurement, Report, Severity
from triage.health import HealthReport, TargetHealth
from triage.reports import html
from triage.reports.html import index

BOOKS = runbooks.load()


def page(*targets: TargetHealth, books: Any = BOOKS, **fields: Any) -> Element:
    return parsed(html.render_health(HealthReport(collected_at=NOW, targets=targets, **fields), books))


def of(*findings: Finding, books: Any = BOOKS, **fields: Any) -> Element:
    """The page of one target with these findings."""
    report = Report(**{"collected_at": NOW, "findings": findings, "sources": (source(),), **fields})
    return page(TargetHealth(name="shop", report=report), books=books)


def words(element: Element) -> str:
    return element.words


@pytest.fixture(scope="module")
def whole() -> Element:
    return parsed(html.render_health(realistic(), BOOKS))


# One file that needs nothing else


@pytest.mark.parametrize("health", [realistic(), HealthReport(collected_at=NOW, targets=()), long(60)])
def test_nothing_is_fetched(health: HealthReport) -> None:
    document = parsed(html.render_health(health, BOOKS))
    assert not document.all("img") + document.all("iframe") + document.all("object") + document.all("use")
    assert [link.attributes["href"] for link in document.all("link")] == ["data:,"]
    assert all("src" not in script.attributes for script in document.all("script"))
    assert "@import" not in document.one("style").text
    assert "url(" not in document.one("style").text


def test_the_page_allows_itself_only_its_own_style_and_script(whole: Element) -> None:
    (policy,) = [m.attributes["content"] for m in whole.all("meta") if m.attributes.get("http-equiv")]
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        digest = b64encode(sha256(whole.one(tag).text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_no_element_has_a_style_or_a_script_of_its_own(whole: Element) -> None:
    names = {name for each in whole.all() for name in each.attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}


def test_a_command_that_prints_text_does_not_import_what_the_page_needs() -> None:
    code = "import sys, triage.cli.check, triage.cli.report, triage.reports.html; print([m for m in ('jinja2', 'markdown_it') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"


# Structure


def test_there_is_one_first_heading_and_no_level_is_left_out(whole: Element) -> None:
    levels = [int(each.tag[1]) for each in whole.all() if re.fullmatch("h[1-6]", each.tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_there_are_landmarks_and_a_way_past_the_head(whole: Element) -> None:
    assert [whole.one(tag).tag for tag in ("main", "search")] == ["main", "search"]
    assert len(whole.all("header")) == len(whole.all("footer")) == 1
    assert whole.all("a")[0].attributes["href"] == "#summary"
    assert whole.one("html").attributes["lang"] == "en"


def test_ids_are_there_once_and_every_reference_finds_one(whole: Element) -> None:
    ids = [each.attributes["id"] for each in whole.all() if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    asked = [each.attributes["href"] for each in whole.all("a")]
    wanted = [href.removeprefix("#") for href in asked if href and href.startswith("#")]
    for each in whole.all():
        for name in ("aria-labelledby", "for", "data-book"):
            wanted += (each.attributes.get(name) or "").split()
    assert len(wanted) > 20
    assert set(wanted) <= set(ids)


def test_every_chart_says_its_numbers(whole: Element) -> None:
    charts = whole.all("svg")
    assert len(charts) >= 8
    for chart in charts:
        assert chart.attributes["role"] == "img"
        assert chart.one("desc").text
        names = (chart.attributes["aria-labelledby"] or "").split()
        assert [each.attributes["id"] for each in (*chart.children[:2],) if isinstance(each, Element)] == names
    figures = whole.all("figure")
    assert sum(bool(figure.all("table")) for figure in figures) >= len(charts) - 1


def test_every_field_has_a_label(whole: Element) -> None:
    labels = {each.attributes.get("for") for each in whole.all("label")}
    inside = [each for label in whole.all("label") for each in label.all("input")]
    fields = whole.all("input")
    assert fields
    assert all(each.attributes.get("id") in labels or each in inside for each in fields)


def test_headings_of_tables_are_headings_and_buttons(whole: Element) -> None:
    for table in whole.one("section", id="summary").all("table"):
        assert all(h.attributes["scope"] == "col" and h.one("button") for h in table.one("thead").all("th"))


# What is on it


def test_the_summary_has_every_target_first_with_its_state_in_words(whole: Element) -> None:
    rows = [words(row) for row in whole.one("section", id="summary").one("tbody").all("tr")]
    assert rows == [
        "bookstore ◆ critical 4 7 1 4 1",
        "billing ▲ warning 1",
        "search ✓ nothing wrong",
        "warehouse ? could not be looked at 1",
    ]


def test_the_worst_of_all_is_beside_the_title(whole: Element) -> None:
    assert words(whole.one("h1")) == "Health report ◆ critical"
    assert words(page(healthy()).one("h1")).endswith("nothing wrong")
    assert words(page(healthy(), unreachable()).one("h1")).endswith("could not be looked at")


def test_what_is_new_or_worse_is_in_the_summary_and_marked_in_its_place(whole: Element) -> None:
    summary = words(whole.one("section", id="summary"))
    assert "New or worse ◆ critical new idle-in-transaction, nightly (user app) in shop in bookstore" in summary
    assert "Gone was ▲ warning connection-churn, shop (user app) in shop in bookstore" in summary
    fresh = list(bookstore().new)
    marked = [a for a in whole.all("article") if {words(c) for c in a.all("span", class_="change")} & {"new", "worse"}]
    assert len(marked) == len(fresh) == 4


def test_a_finding_is_told_whole() -> None:
    found = n_plus_one(next_steps=("SELECT 1", "SELECT 2"))
    article = of(found).one("article")
    said = words(article)
    for text in (found.id, found.subject, found.summary, found.remediation, "shop/views.py:40 in list_books"):
        assert text in said
    assert article.one("pre", class_="steps").text == "SELECT 1\nSELECT 2"
    assert "worst 480 executions 5 executions" in said
    codes = {pre.text for pre in article.all("pre")}
    assert {str(found.details[name]) for name in ("child_statement", "parent_statement", "fix")} <= codes
    assert "loader selectinload" in said


def test_all_of_the_details_are_there_whatever_they_are() -> None:
    details = {
        "engines": [{"name": "a", "processes": 8}, {"name": "b", "processes": 9}],
        "one": [{"deep": {"er": ["x1", {"y1": "z1"}]}}],
        "flags": [True, False],
        "refused": False,
        "ratio": 0.5,
        "many": [f"v{n}" for n in range(30)],
        "rows": [{"a": None}, {"b": "b1"}],
        "pid": 123456,
        "nothing": None,
    }
    said = words(of(n_plus_one(details=details)).one("article"))
    for text in ("name processes a 8 b 9", "x1", "y1", "z1", "refused no", "ratio 0.5", "v29", "b1", "pid 123456"):
        assert text in said
    assert "nothing" not in said


def test_what_all_rows_share_is_said_once() -> None:
    (found,) = judge(look(*[leaked(pid) for pid in range(101, 113)]), {}).findings[:1]
    article = of(found).one("article")
    assert [words(h) for h in article.one("div", class_="grid").all("th")] == ["pid", "idle s", "transaction s"]
    assert words(article).count("10.0.0.5") == 1
    assert len(article.one("div", class_="grid").one("tbody").all("tr")) == 12


@pytest.mark.parametrize(
    ("measurement", "said"),
    [
        (Measurement(name="idle", value=423.5, unit="seconds", threshold=300), "idle 7 min 4 s 5 min"),
        (Measurement(name="wait", value=0.25, unit="seconds"), "wait 0.25 s"),
        (Measurement(name="age", value=90_000, unit="seconds"), "age 1 d 1 h"),
        (Measurement(name="pool_held", value=0.857, unit="ratio", threshold=0.8), "pool held 85.7 % 80 %"),
        (Measurement(name="sessions", value=1, unit="sessions"), "sessions 1"),
        (Measurement(name="demand", value=float("inf"), unit="connections"), "demand unlimited connections"),
    ],
)
def test_measurements_are_held_against_their_thresholds(measurement: Measurement, said: str) -> None:
    table = of(n_plus_one(measurements=(measurement,))).one("table", class_="measured")
    assert words(table.one("tbody")) == said


def test_what_went_what_waits_and_what_is_ignored_is_said_with_its_reason(whole: Element) -> None:
    said = words(whole.one("section", id="target-bookstore"))
    assert re.search(
        r"Gone was ▲ warning connection-churn, .* since 2026-01-28 15:00 UTC, last seen 2026-01-31 09:00", said
    )
    assert re.search(r"Not yet raised ● info n-plus-one, Cart.items: .* seen in 1 of 3 looks", said)
    assert re.search(r"Ignored ▲ warning n-plus-one, Report.rows: .* ignored until 2026-06-30: the export reads", said)


def test_what_was_not_looked_at_is_said_by_reason(whole: Element) -> None:
    said = words(whole.one("section", id="target-bookstore"))
    assert re.search(r"Not looked at .*no query log was read: .*n-plus-one", said)
    assert "cannot be reached: connection refused (check the host" in words(whole.one("section", id="target-warehouse"))
    assert "Nothing wrong was found" not in words(whole.one("section", id="target-warehouse"))
    assert "About this run ? could not be read the message" in words(whole.one("section", id="summary"))


def test_a_runbook_is_on_the_page_once_and_every_finding_leads_to_it() -> None:
    document = of(*(n_plus_one(number=n) for n in range(4)))
    assert len(document.all("div", class_="prose")) == 1
    (name,) = {each.attributes["data-book"] for each in document.all("details", class_="runbook")}
    assert name is not None
    prose = document.one("div", id=name)
    assert [words(h) for h in prose.all("h4")] == list(runbooks.SECTIONS)
    assert prose.all("pre")
    assert prose.all("table")


def test_a_finding_whose_runbook_is_not_there_says_how_to_find_it() -> None:
    assert "triage runbook show n-plus-one" in words(of(n_plus_one(), books={}).one("article"))


def test_only_charts_for_which_there_are_numbers_are_drawn() -> None:
    assert not page(unreachable()).all("svg")
    assert not of(n_plus_one(details={})).all("svg")


def test_the_look_of_triage_check_is_a_page_with_one_target() -> None:
    report = judge(look(*[leaked(pid) for pid in range(101, 113)]), {})
    document = parsed(html.render(report, BOOKS))
    assert words(document.one("section", id="summary").one("tbody").one("th")) == source().name
    assert "new or worse" not in words(document.one("section", id="summary"))
    assert parsed(html.render(Report(collected_at=NOW), {}, color=True)).one("h1")


def test_findings_of_one_kind_are_folded_after_the_first_ones() -> None:
    findings = [n_plus_one(number=n) for n in range(60)]
    document = of(*findings)
    fold = document.one("details", class_="more")
    assert words(fold.all("summary")[0]) == "55 more: n-plus-one, warning"
    assert len(document.all("article")) == 60
    assert len(fold.all("article")) == 55


def test_times_are_in_utc_whatever_zone_they_came_in() -> None:
    health = HealthReport(collected_at=NOW.astimezone(timezone(timedelta(hours=9))), targets=())
    document = parsed(html.render_health(health, {}))
    assert document.one("time").attributes["datetime"] == "2026-01-31T15:00:00Z"
    assert words(document.one("time")) == "2026-01-31 15:00 UTC"


# Every value is only text


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_no_value_becomes_markup(attack: str) -> None:
    honest = parsed(html.render_health(realistic(), {}))
    document = parsed(html.render_health(attacked(realistic(), attack), {}))
    tags = {each.tag for each in honest.all()}
    assert {each.tag for each in document.all()} <= tags
    assert len(document.all("script")) == len(document.all("style")) == 1
    names = {name for each in honest.all() for name in each.attributes}
    assert {name for each in document.all() for name in each.attributes} <= names
    assert all((link.attributes["href"] or "").startswith("#") for link in document.all("a"))


@pytest.mark.parametrize("attack", [SCRIPT, ATTACKS["attribute"], ATTACKS["template"], ATTACKS["hebrew"]])
def test_a_value_is_shown_as_it_is(attack: str) -> None:
    article = of(attacked(n_plus_one(), attack)).one("article")
    assert f"SELECT books.id, books.title FROM books WHERE books.author_id = ?{attack}" in article.text
    assert attack in article.one("h3").text


def test_what_cannot_be_seen_is_spelled_out() -> None:
    found = n_plus_one(subject="a\x00b\u202ec\u200bd", next_steps=("one\ntwo\r\nthree\x1b[31m\ud83d",))
    article = of(found).one("article")
    assert "a\\x00b\\u202ec\\u200bd" in article.one("h3").text
    assert article.one("pre", class_="steps").text == "one\ntwo\nthree\\x1b[31m\\ud83d"
    html.render_health(attacked(realistic(), "\ud83d"), {}).encode()


def test_a_runbook_has_no_markup_but_markdown() -> None:
    text = (
        f"## Impact\n\n{SCRIPT} <b>bold</b> **strong**\n\n<div onclick=x>block</div>\n\n"
        "[a](javascript:window.x=1) [b](data:text/html,x) [c](https://example.com/?a=1&b=2) ![d](https://example.com/e.png) "
        "[e](../f.html) [g](//evil.example/h) [i](mailto:dba@example.com)\n\n"
        "```sql <script>\nSELECT '</code><script>'\n```\n\n| a | b |\n|---|---|\n| <i> | `x` |\n"
    )
    document = of(n_plus_one(), books=book("n-plus-one", text, title=SCRIPT))
    prose = document.one("div", class_="prose")
    assert {each.tag for each in prose.all()} <= set("h3 h4 p strong a pre code table thead tbody tr th td".split())
    assert [link.attributes["href"] for link in prose.all("a")] == [
        "https://example.com/?a=1&b=2",
        "https://example.com/e.png",
        "mailto:dba@example.com",
    ]
    for said in (SCRIPT, "<b>bold</b>", "<div onclick=x>", "</code><script>", "(javascript:window.x=1)", "<i>"):
        assert said in prose.text


# The index


def test_the_index_lists_reports_and_links_them() -> None:
    document = parsed(index.render([("2026-01-31", "a%20b/health.html"), (SCRIPT, "x")]))
    assert [(each.text, each.attributes["href"]) for each in document.all("a")] == [
        ("2026-01-31", "a%20b/health.html"),
        (SCRIPT, "x"),
    ]
    assert len(document.all("h1")) == 1
    assert words(parsed(index.render([])).one("main")) == "Health reports There is none yet."


# Names that meet


def test_targets_and_keys_that_are_alike_have_ids_of_their_own() -> None:
    same = n_plus_one()
    targets = [
        replace(healthy("a b"), report=Report(collected_at=NOW, findings=(same, same))),
        healthy("a-b"),
        *map(healthy, ("", "a-b-title", "a-b.title", "a-b-gone", "a-b-chart-sessions-title", "top", "summary")),
    ]
    ids = [each.attributes["id"] for each in page(*targets).all() if "id" in each.attributes]
    assert len(ids) == len(set(ids))


def test_severities_are_words_beside_their_signs() -> None:
    document = of(*(n_plus_one(number=s, severity=s) for s in Severity))
    assert [words(a.one("h3").all("span")[0]) for a in document.all("article")] == ["● info", "▲ warning", "◆ critical"]
