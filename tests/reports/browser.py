"""A headless Chromium, the system's own, driven by Playwright."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.servers import places


@contextmanager
def opened() -> Iterator[Browser]:
    """The browser, for as long as the block lasts.

    Raises:
        MissingError: there is none.
    """
    program = places.find("chromium").path
    with sync_playwright() as playwright:
        # no sandbox: it needs rights that a container does not give, and the pages are ours
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()
