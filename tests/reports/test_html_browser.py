"""The HTML report in a real browser: it opens, sorts, filters and obeys the keyboard, and nothing in it comes alive."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.reports.attacks import ATTACKS, SCRIPT, attacked, book
from tests.reports.runs import long, n_plus_one, realistic
from triage import runbooks
from triage.findings import Report
from triage.health import HealthReport, TargetHealth
from triage.reports import html

BOOKS = runbooks.load()
NOW = realistic().collected_at
WIDE, PHONE = {"width": 1400, "height": 900}, {"width": 400, "height": 800}

CONTRAST = """() => {
  const rgb = (said) => said.match(/[\\d.]+/g).map(Number);
  const light = (said) => {
    const [r, g, b] = rgb(said).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const said = getComputedStyle(at).backgroundColor;
      if (rgb(said)[3] !== 0) return said;
    }
    return "rgb(255, 255, 255)";
  };
  const low = new Map();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest("script, title, desc") || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(element.closest("svg") ? style.fill : style.color), light(ground(element))].sort((x, y) => y - x);
    seen += 1;
    if ((a + 0.05) / (b + 0.05) < 4.5) low.set(element.className + ": " + node.data.trim().slice(0, 40), (a + 0.05) / (b + 0.05));
  }
  return [seen, [...low]];
}"""


@dataclass
class Opened:
    """A page in the browser, and what it asked for and complained of."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def rows(self, selector: str) -> list[str]:
        return self.page.locator(f"{selector} tbody tr:not([hidden])").all_inner_texts()

    def shown(self) -> int:
        return self.page.locator("article.finding:not([hidden])").count()

    def filter(self, said: str, result: str) -> None:
        self.page.fill("#filter", said)
        expect(self.page.locator("output")).to_have_text(result)


class Opener:
    """Opens pages, and sees to it in the end that none of them was in want of anything."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser = browser
        self._folder = folder
        self._opened: list[Opened] = []

    def __call__(self, page: str, **options: Any) -> Opened:
        path = self._folder / f"{len(self._opened)}.html"
        path.write_text(page, encoding="utf-8")
        context = self._browser.new_context(**{"viewport": WIDE, **options})
        opened = Opened(context.new_page())
        opened.page.set_default_timeout(60_000)  # for a machine that does much else
        context.on("request", lambda request: opened.requests.append(request.url))
        opened.page.on("console", lambda message: opened.complaints.append(message.text))
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.on("dialog", lambda dialog: opened.complaints.append(dialog.message))
        opened.page.goto(path.as_uri())
        self._opened.append(opened)
        return opened

    def close(self) -> None:
        for opened in self._opened:
            opened.page.evaluate("1")  # whatever it said before has arrived by then
            opened.page.context.close()
        assert [each.complaints for each in self._opened] == [[]] * len(self._opened)
        for opened in self._opened:
            assert {url.split("#")[0] for url in opened.requests if not url.startswith("data:")} == {opened.requests[0]}
            assert opened.requests[0].startswith("file:")


@pytest.fixture
def opening(chromium: Browser, tmp_path: Path) -> Iterator[Opener]:
    opener = Opener(chromium, tmp_path)
    yield opener
    opener.close()


@pytest.fixture(scope="module")
def realistic_page() -> str:
    return html.render_health(realistic(), BOOKS)


def of(*findings: Any, books: Any = BOOKS) -> str:
    report = Report(collected_at=NOW, findings=findings)
    return html.render_health(
        HealthReport(collected_at=NOW, targets=(TargetHealth(name="shop", report=report),)), books
    )


# How it looks


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["screen", "phone"])
def test_nothing_runs_over_and_all_text_can_be_read(
    opening: Opener, realistic_page: str, scheme: str, size: dict[str, int]
) -> None:
    opened = opening(realistic_page, viewport=size, color_scheme=scheme)
    opened.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    seen, low = opened.page.evaluate(CONTRAST)
    assert seen > 500
    assert low == []


def test_it_follows_the_scheme_of_the_reader(opening: Opener, realistic_page: str) -> None:
    grounds = {
        scheme: opening(realistic_page, color_scheme=scheme).page.evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )
        for scheme in ("light", "dark")
    }
    assert grounds["light"] == "rgb(255, 255, 255)"
    assert grounds["dark"] != grounds["light"]


def test_a_long_word_does_not_widen_the_phone(opening: Opener) -> None:
    opened = opening(html.render_health(attacked(realistic(), ATTACKS["long"]), {}), viewport=PHONE)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_paper_shows_what_is_folded_and_no_controls(opening: Opener, realistic_page: str) -> None:
    opened = opening(realistic_page, color_scheme="dark")
    opened.page.emulate_media(media="print", color_scheme="dark")
    assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    expect(opened.page.locator(".tools")).to_be_hidden()
    opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert opened.page.locator("details.evidence:not([open])").count() == 0
    opened.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert opened.page.locator("details.evidence:not([open])").count() > 0
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= WIDE["width"]


# Tables


def test_a_table_sorts_by_numbers_up_and_down(opening: Opener, realistic_page: str) -> None:
    opened = opening(realistic_page)
    table = "article:has(.filter) .grid"
    heading = opened.page.locator(f"{table} th", has_text="idle s").first
    ages = [float(row.split("\t")[1]) for row in opened.rows(table)]
    assert len(ages) > 12
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert [float(row.split("\t")[1]) for row in opened.rows(table)] == sorted(ages)
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert [float(row.split("\t")[1]) for row in opened.rows(table)] == sorted(ages, reverse=True)
    opened.page.locator(f"{table} th", has_text="pid").get_by_role("button").click()
    assert opened.page.locator(f"{table} th[aria-sort]").all_inner_texts()[0].startswith("pid")


def test_a_table_sorts_words_and_puts_what_is_empty_last(opening: Opener, realistic_page: str) -> None:
    opened = opening(realistic_page)

    def names() -> list[str]:
        return [row.split("\t")[0].split("\n")[0] for row in opened.rows("#summary")]

    opened.page.locator("#summary th button", has_text="target").click()
    assert names() == ["billing", "bookstore", "search", "warehouse"]
    opened.page.locator("#summary th button", has_text="warning").click()
    assert names()[:2] == ["billing", "bookstore"]
    opened.page.locator("#summary th button", has_text="warning").click()
    assert names()[:2] == ["bookstore", "billing"]
    for _ in ("up", "down"):
        opened.page.locator("#summary th button", has_text="not read").click()
        assert names()[0] == "warehouse"


def test_a_thousand_is_more_than_nine_hundred(opening: Opener, realistic_page: str) -> None:
    opened = opening(realistic_page)
    figure = opened.page.locator("figure", has_text="Repeated statements by executions")
    figure.locator("summary").click()
    figure.locator("th button", has_text="executions").click()
    executions = [row.split("\t")[1] for row in figure.locator("tbody tr").all_inner_texts()]
    assert executions == ["701", "842", "1,052", "1,403", "2,105", "4,210"]


def test_a_table_has_a_filter_of_its_own(opening: Opener, realistic_page: str) -> None:
    opened = opening(realistic_page)
    table = opened.page.locator(".grid", has=opened.page.locator(".filter"))
    table.get_by_label("Filter these rows").fill("4105")
    expect(table.locator("tbody tr:visible")).to_have_count(1)
    table.get_by_label("Filter these rows").fill("")
    expect(table.locator("tbody tr:visible")).to_have_count(13)


# The filter of the page


def test_findings_are_filtered_by_all_words_anywhere_in_them(opening: Opener, realistic_page: str) -> None:
    opened = opening(realistic_page)
    assert opened.shown() == 13
    opened.filter("N-Plus-One bookstore", "6 of 13 findings")
    assert opened.shown() == 6
    assert opened.page.locator("section.target:visible").count() == 1
    opened.filter("critical new", "1 of 13 findings")
    opened.filter("billing idle-in-transaction", "1 of 13 findings")
    opened.filter("there is no such thing", "0 of 13 findings")
    opened.filter("", "13 findings")
    assert opened.page.locator("section.target:visible").count() == 4


def test_what_is_folded_away_is_found_and_folded_again(opening: Opener) -> None:
    opened = opening(html.render_health(long(1500), BOOKS))
    folded = opened.page.locator("details.more article").last
    assert not folded.is_visible()
    name = folded.locator(".subject").text_content()
    opened.filter(f"{name}", "1 of 1,500 findings")
    assert folded.is_visible()
    opened.filter("", "1,500 findings")
    assert not folded.is_visible()
    assert opened.page.locator("article:visible").count() < 100


# Keyboard


def test_everything_is_reached_by_keyboard_and_shows_that_it_is(opening: Opener, realistic_page: str) -> None:
    opened = opening(realistic_page)
    reached = []
    for _ in range(60):
        opened.page.keyboard.press("Tab")
        tag, width, style = opened.page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e);"
            " return [e.tagName + (e.className ? '.' + e.className : ''), parseFloat(s.outlineWidth), s.outlineStyle]; })()"
        )
        assert width >= 2, tag
        assert style != "none", tag
        reached.append(tag)
    assert reached[0] == "A.skip"
    assert {"INPUT", "BUTTON", "SUMMARY", "A", "BUTTON.copy"} <= set(reached)


def test_the_keyboard_skips_sorts_and_opens(opening: Opener, realistic_page: str) -> None:
    opened = opening(realistic_page)
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Enter")
    assert opened.page.url.endswith("#summary")
    opened.page.locator("#summary th button").first.focus()
    opened.page.keyboard.press("Enter")
    assert opened.page.locator("#summary th").first.get_attribute("aria-sort") == "ascending"
    runbook = opened.page.locator("details.runbook summary").first
    runbook.focus()
    opened.page.keyboard.press("Space")
    expect(opened.page.locator("details.runbook .prose").first).to_be_visible()


# Runbooks and links


def test_a_runbook_opens_in_its_place(opening: Opener, realistic_page: str) -> None:
    opened = opening(realistic_page)
    article = opened.page.locator("article").first
    article.locator("details.runbook summary").click()
    expect(article.locator(".prose h4").first).to_have_text("Symptoms")
    ids = opened.page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))
    levels = opened.page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((h) => Number(h.tagName[1]))"
    )
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_a_link_leads_to_a_runbook_that_is_folded(opening: Opener, realistic_page: str) -> None:
    opened = opening(realistic_page, java_script_enabled=False)
    opened.page.locator("details.runbook summary").first.click()
    opened.page.locator("details.runbook a").first.click()
    expect(opened.page.locator("details.book .prose:target")).to_be_visible()


def test_without_scripts_all_is_there(opening: Opener, realistic_page: str) -> None:
    opened = opening(realistic_page, java_script_enabled=False)
    assert opened.shown() == 13
    assert not opened.page.locator(".tools").is_visible()
    assert opened.page.locator(".copy").count() == 0


def test_a_step_is_copied(opening: Opener) -> None:
    opened = opening(of(n_plus_one(next_steps=("SELECT 1", "SELECT '<b>'"))))
    opened.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened.page.locator("button.copy").click()
    expect(opened.page.locator("button.copy")).to_have_text("Copied")
    assert opened.page.evaluate("navigator.clipboard.readText()") == "SELECT 1\nSELECT '<b>'"


# Attacks


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_what_a_client_sent_stays_text(opening: Opener, attack: str) -> None:
    overlay = book(
        "n-plus-one" + attack, f"## Impact\n\n{attack}\n\n[x]({attack})\n\n```\n{attack}\n```\n", title=attack
    )
    opened = opening(html.render_health(attacked(realistic(), attack), overlay))
    opened.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    for element in opened.page.locator("article a, article summary").all()[:20]:
        for event in ("click", "mouseover", "focus"):
            element.dispatch_event(event)
    assert opened.page.evaluate("window.x") is None
    assert opened.page.locator("img, svg use, svg svg, [onmouseover], [onload], [onerror]").count() == 0
    assert opened.page.locator("script").count() == 1
    assert opened.page.locator("a[href^='javascript']").count() == 0
    opened.filter("n-plus-one", "6 of 13 findings")


def test_a_statement_with_a_script_reads_as_it_was_sent(opening: Opener) -> None:
    opened = opening(of(attacked(n_plus_one(), SCRIPT), books={}))
    expect(opened.page.locator("article pre").first).to_contain_text(f"author_id = ?{SCRIPT}")
    expect(opened.page.locator("article h3")).to_contain_text(f"Author.books{SCRIPT}")


def test_right_to_left_text_does_not_turn_the_line_around(opening: Opener) -> None:
    opened = opening(of(n_plus_one(subject="שלום", id="n-plus-one")))
    left, right = (opened.page.locator(f"article h3 {each}").bounding_box() for each in (".id", ".subject"))
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] <= right["x"]
    assert re.fullmatch(r".*n-plus-one\s+שלום", opened.page.locator("article h3").inner_text(), re.DOTALL)
