"""The give page is light on the wire and large under a thumb."""

import httpx
import pytest
from playwright.sync_api import Browser

from tests.browser.house import House
from tests.browser.windows import LAPTOP, Window, window
from tests.stories.people import DISTRICT

MOST_BYTES, SMALLEST_PIXELS = 60_000, 44
FOCUS = """selector => {
  const at = document.activeElement, shown = at.closest(".chip") ?? at;
  const styles = [getComputedStyle(at), getComputedStyle(shown)];
  const isSeen = styles.some(one => one.outlineStyle !== "none" || one.boxShadow !== "none");
  return [isSeen, at.matches(selector)];
}"""
THUMBED = (
    "main button, main input:not([type=hidden], [type=radio]), main .chip, main summary, main select, main a.button"
)


def test_the_give_page_is_under_sixty_kilobytes_without_the_font(chromium: Browser, service: House) -> None:
    with window(chromium, service) as opened:
        asked: list[str] = []
        opened.page.on("request", lambda request: asked.append(request.url))
        opened.open(f"/give/{DISTRICT}")
        sizes = {url: on_the_wire(url) for url in asked if not url.endswith(".woff2")}
    assert len(sizes) >= 3
    assert sum(sizes.values()) <= MOST_BYTES, sizes


def on_the_wire(url: str) -> int:
    """Bytes of an answer as a phone asks for it: headers and compressed body."""
    with httpx.stream("GET", url, headers={"accept-encoding": "br, gzip"}) as answer:
        body = sum(len(chunk) for chunk in answer.iter_raw())
        return body + sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)


@pytest.mark.parametrize("language", ["th", "en"])
def test_everything_to_touch_on_the_give_page_is_large_enough(chromium: Browser, service: House, language: str) -> None:
    with window(chromium, service, language=language) as opened:
        opened.open(f"/give/{DISTRICT}")
        opened.unfold()
        boxes = [
            (one.inner_text(), one.bounding_box()) for one in opened.page.locator(THUMBED).all() if one.is_visible()
        ]
    assert len(boxes) >= 10
    small = [(words, box) for words, box in boxes if box and min(box["width"], box["height"]) < SMALLEST_PIXELS]
    assert small == []


def test_the_form_goes_by_keyboard_alone_and_focus_is_always_seen(chromium: Browser, service: House) -> None:
    with window(chromium, service, width=LAPTOP) as opened:
        opened.open(f"/give/{DISTRICT}")
        tab_to(opened, "input[name=choice]")
        opened.page.keyboard.press("ArrowRight")
        tab_to(opened, "form.card button[type=submit]")
        with opened.page.expect_navigation():
            opened.page.keyboard.press("Enter")
        assert opened.page.locator(".qr-amount").inner_text().startswith("20")


def tab_to(opened: Window, selector: str) -> None:
    """Press Tab until the focus is there; wherever it stops on the way, it shows."""
    for _ in range(30):
        opened.page.keyboard.press("Tab")
        shows, is_there = opened.page.evaluate(FOCUS, selector)
        assert shows, opened.page.evaluate("document.activeElement.outerHTML")
        if is_there:
            return
    raise AssertionError(f"the keyboard does not reach {selector}")
