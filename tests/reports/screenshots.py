"""`python -m tests.reports.screenshots FOLDER`: how the HTML report looks, on a phone and a screen, in light and dark, and on paper.

Writes the page, too. With `--file PAGE` it takes one that is there already.
"""

import argparse
import sys
from pathlib import Path

from tests.reports.browser import opened
from tests.reports.runs import realistic
from triage import runbooks
from triage.reports import html

WIDTHS = (400, 1400)
_ALL = ".finding { content-visibility: visible !important }"
"""What lies below the window is not drawn otherwise."""


def main() -> int:
    """Take them all."""
    parser = argparse.ArgumentParser(prog="python -m tests.reports.screenshots", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--file", type=Path, help="a report that is there already")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    page = options.file or options.folder / "report.html"
    if not options.file:
        page.write_text(html.render_health(realistic(), runbooks.load()), encoding="utf-8")
    with opened() as browser:
        for scheme in ("light", "dark"):
            for width in WIDTHS:
                context = browser.new_context(
                    viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
                )
                shown = context.new_page()
                shown.goto(page.resolve().as_uri())
                shown.add_style_tag(content=_ALL)
                shown.screenshot(path=options.folder / f"{scheme}-{width}.png", full_page=True)
                context.close()
        shown = browser.new_page()
        shown.goto(page.resolve().as_uri())
        shown.pdf(path=options.folder / "paper.pdf", format="A4")
    print(*sorted(options.folder.iterdir()), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
