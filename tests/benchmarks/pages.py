"""How long the HTML report takes to be made and to be used, and how large it is."""

import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page

from tests.reports.browser import opened
from tests.reports.runs import long
from triage import runbooks
from triage.reports import html

SECONDS, MEGABYTES = 2.0, 5.0
"""What a report of 1,000 findings may take."""
_FILTER = """(words) => new Promise((done) => {
  const field = document.getElementById("filter"), output = document.querySelector("output"), began = performance.now();
  new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => done(performance.now() - began))))
    .observe(output, { childList: true });
  field.value = words;
  field.dispatchEvent(new Event("input"));
})"""
"""From a key that is pressed to the findings that are left being drawn."""


def measure() -> bool:
    """Print the table; whether the target was met."""
    books, met = runbooks.load(), True
    print(f"{'findings':>8} {'made in ms':>11} {'megabytes':>10} {'opened in ms':>13} {'filtered in ms':>15}")
    with tempfile.TemporaryDirectory() as folder, opened() as browser:
        for number in (1_000, 10_000):
            health = long(number)
            began = time.perf_counter()
            page = html.render_health(health, books)
            made = time.perf_counter() - began
            path = Path(folder, f"{number}.html")
            path.write_text(page, encoding="utf-8")
            size = path.stat().st_size / 1e6
            print(f"{number:>8,} {made * 1000:>11,.0f} {size:>10.1f}", end=" ")
            window = browser.new_page(viewport={"width": 1400, "height": 900})
            print("{:>13,.0f} {:>15,.0f}".format(*_used(window, path)))
            window.close()
            if number == 1_000 and (made > SECONDS or size > MEGABYTES):
                print(f"  missed: {SECONDS:g} s and {MEGABYTES:g} MB are the target", file=sys.stderr)
                met = False
    return met


def _used(window: Page, path: Path) -> tuple[float, float]:
    began = time.perf_counter()
    window.goto(path.as_uri())
    took = (time.perf_counter() - began) * 1000
    return took, window.evaluate(_FILTER, "duplicate new")
