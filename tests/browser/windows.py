"""A browser window that is watched: no request may leave the origin, nothing may be complained about."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from tests.browser.house import House

PHONE, LAPTOP = 360, 1280
HEIGHTS = {PHONE: 740, LAPTOP: 800}
_A_REFUSAL = "Failed to load resource: the server responded with a status of"


class Window:
    """One page and what was noticed about it."""

    def __init__(self, page: Page, house: House) -> None:
        self.page, self.house = page, house
        self.strangers: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._note_request)
        page.on("console", self._note_words)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> None:
        """Go to a path of the service."""
        self.page.goto(self.house.address + path, wait_until="load")

    def press(self, selector: str = "main button[type=submit]") -> None:
        """Press a button that leads to another page."""
        with self.page.expect_navigation():
            self.page.click(selector)

    def unfold(self) -> None:
        """Open everything that is folded away."""
        self.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")

    def require_calm(self, *, but: str = "\0") -> None:
        """No stranger was asked, and nothing was complained about (but what names `but`)."""
        assert self.strangers == []
        assert [words for words in self.complaints if but not in words] == []

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.house.address + "/", "data:", "blob:")):
            self.strangers.append(request.url)

    def _note_words(self, message: ConsoleMessage) -> None:
        is_refused_page = message.text.startswith(_A_REFUSAL) and message.location.get("url") == self.page.url
        if message.type in ("error", "warning") and not is_refused_page:
            self.complaints.append(f"{message.text} {message.location.get('url')}")


@contextmanager
def window(
    browser: Browser, house: House, *, width: int = PHONE, language: str = "th", cookie: str = "", **more: Any
) -> Iterator[Window]:
    """A new window of its own, on a phone unless told otherwise."""
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHTS[width]},
        has_touch=width == PHONE,
        reduced_motion="reduce",
        **more,
    )
    context.set_default_timeout(20_000)
    _bring_cookies(context, house, language, cookie)
    try:
        yield Window(context.new_page(), house)
    finally:
        context.close()


def _bring_cookies(context: BrowserContext, house: House, language: str, cookie: str) -> None:
    cookies = {"language": language} | ({"staff": cookie} if cookie else {})
    context.add_cookies([{"name": name, "value": value, "url": house.address} for name, value in cookies.items()])
