"""The browser that opens the HTML report, as a fixture."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.reports.browser import opened
from tests.servers.places import MissingError


@pytest.fixture(scope="module")
def chromium(pytestconfig: pytest.Config) -> Iterator[Browser]:
    """A headless Chromium. It must end with its module: while it runs, nothing else in the thread may run an event loop."""
    if "chromium" in pytestconfig.getoption("without"):
        pytest.skip("chromium was left out: --without chromium")
    try:
        with opened() as browser:
            yield browser
    except MissingError as error:
        pytest.fail(str(error), pytrace=False)
