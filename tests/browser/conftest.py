"""One service and one Chromium for all tests of this folder; a machine without Chromium fails them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import house
from tests.browser.house import House

CHROMIUM = "/usr/bin/chromium"
QUIETLY = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A lived-in demonstration behind a real server."""
    with house.running(tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture(scope="package")
def chromium(service: House) -> Iterator[Browser]:
    """A real Chromium. Of the package, not the session: its loop must not run under other tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIETLY))
        yield browser
        browser.close()
