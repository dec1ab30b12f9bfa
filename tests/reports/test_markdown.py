"""Markdown as GitHub has it, read back by a parser: what is a text stays one."""

import html
import re
from itertools import pairwise

from markdown_it import MarkdownIt

from tests.reports.build import HOSTILE, finding, hostile, leak, report, whole
from triage import runbooks
from triage.findings import Location
from triage.health import HealthReport, single
from triage.reports.markdown import render, render_health

BOOKS = runbooks.load()


def page(health: HealthReport) -> str:
    """As HTML, by a parser that takes all that GitHub's takes: raw HTML, tables, strikethrough, links."""
    markdown = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(["table", "strikethrough"])
    return str(markdown.render(render_health(health, BOOKS)))


def texts(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


def test_a_target_without_findings() -> None:
    text = render_health(single(report(), "shop"), BOOKS)
    assert "| shop | nothing wrong | 0 | 0 | 0 | 0 | 0 |" in text
    assert "Nothing wrong was found." in text


def test_a_target_that_could_not_be_looked_at_says_so() -> None:
    text = render_health(whole(), BOOKS)
    assert "| billing | not looked at |" in text
    assert "**It could not be looked at.**" in text
    assert "the server cannot be reached" in text


def test_all_of_a_finding_is_there() -> None:
    shown = texts(page(whole()))
    for part in (
        "critical:",
        "idle-in-transaction",
        "new",
        "Do now:",
        "triage runbook show session-leak",
        "pid",
        "grant",
    ):
        assert part in shown
    assert "There since 2026-01-28 15:00 UTC, 4 looks" in shown
    assert "app/db.py:42" in shown
    assert "<code>triage check" in page(whole())


def test_what_is_gone_waiting_and_ignored_is_told() -> None:
    shown = texts(page(whole()))
    assert re.search(r"Gone\s+long-query\s+shop, there since 2026-01-31 14:00 UTC", shown)
    assert re.search(r"long-transaction\s+engine engine: seen in 1 of 3 looks", shown)
    assert re.search(r"echo-enabled\s+engine engine until 2026-12-31: on purpose", shown)


def test_headings_are_in_order() -> None:
    levels = [int(level) for level in re.findall(r"<h(\d)>", page(whole()))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_long_table_is_cut_and_says_so() -> None:
    text = render_health(single(report(leak(70)), "shop"), BOOKS)
    assert "… and 20 more" in text


def test_code_is_shown_as_it_is() -> None:
    text = render_health(single(report(finding(location=Location(file="a|b.py"))), "shop"), BOOKS)
    assert "`a|b.py`" in text


def test_a_sentence_begins_no_list_and_links_nowhere() -> None:
    shown = page(single(report(finding(summary="1. see www.example.com")), "shop"))
    assert "<ol>" not in shown
    assert "1. see www.example.com" in shown
    assert "www." not in render_health(single(report(finding(summary="see WWW.example.com")), "shop"), BOOKS).lower()


def test_a_hostile_text_stays_a_text() -> None:
    shown = page(hostile())
    assert not re.search(r"<(?:script|img|a|em|strong|del|s|h[1-6]>\s*i)\b(?!>(?:Do now|warning|new))", shown)
    assert shown.count("<h1>") == 1
    plain = " ".join(
        HOSTILE.replace("\0", "\N{REPLACEMENT CHARACTER}").replace("\ud800", "\N{REPLACEMENT CHARACTER}").split()
    )
    plain = plain.replace("\u202e", "\N{REPLACEMENT CHARACTER}")
    assert " ".join(texts(shown).split()).count(plain) >= 6
    assert shown.encode()


def test_a_fence_is_not_closed_by_what_is_in_it() -> None:
    text = render(report(finding(next_steps=("```\n# free",))), BOOKS)
    assert "\n````\n```\n# free\n````\n" in text
