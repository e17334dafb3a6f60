"""Staff's home by hand: keys that rest while somebody types, and text twice as large on the smallest phone."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Route

from fund import assets
from tests.browser.house import House
from tests.browser.test_every_page import ADMINISTRATOR, EVERY, cookie, sideways, violations
from tests.browser.windows import LAPTOP, PHONE, Window, window

GUARD = "event.target.closest(TYPING)"
"""What lets the keys rest while somebody types."""


@contextmanager
def desk(chromium: Browser, service: House, *, keys: str = "on", width: int = LAPTOP, **more: Any) -> Iterator[Window]:
    """The home page of somebody who may do nearly everything."""
    with window(chromium, service, width=width, cookie=service.staff_cookie, **more) as opened:
        opened.page.context.add_cookies([{"name": "keys", "value": keys, "url": service.address}])
        opened.open("/staff")
        yield opened


def press(opened: Window, *keys: str) -> None:
    for key in keys:
        opened.page.keyboard.press(key)


def focused(opened: Window) -> str:
    return str(opened.page.evaluate("document.activeElement.id"))


def goes(opened: Window, *keys: str) -> str:
    """Where these keys lead."""
    with opened.page.expect_navigation():
        press(opened, *keys)
    return opened.page.url.removeprefix(opened.house.address)


def test_keys_search_go_and_show_themselves(chromium: Browser, service: House) -> None:
    with desk(chromium, service) as opened:
        press(opened, "/")
        assert focused(opened) == "q"
        opened.open("/staff")
        press(opened, "?")
        assert opened.page.locator("dialog").is_visible()
        press(opened, "Escape")
        assert not opened.page.locator("dialog").is_visible()
        assert goes(opened, "g", "l") == "/staff/lines"
        assert goes(opened, "/") == "/staff/search"
        opened.require_calm()


def test_every_key_of_the_list_leads_where_it_says(chromium: Browser, service: House) -> None:
    with desk(chromium, service) as opened:
        places = opened.page.eval_on_selector_all(
            "dialog a[data-key]", "all => all.map(one => [one.dataset.key, one.getAttribute('href')])"
        )
        assert len({key for key, _ in places}) == len(places) >= 10
        for key, href in places:
            assert goes(opened, "g", key).split("?")[0] in (href, "/staff/confirm"), key


def test_on_a_thai_keyboard_the_same_keys_serve(chromium: Browser, service: House) -> None:
    thai = "(one) => document.body.dispatchEvent(new KeyboardEvent('keydown', {...one, bubbles: true}))"
    with desk(chromium, service) as opened:
        opened.page.evaluate(thai, {"key": "ฝ", "code": "Slash"})
        assert focused(opened) == "q"
        opened.page.evaluate(thai, {"key": "เ", "code": "KeyG"})
        with opened.page.expect_navigation():
            opened.page.evaluate(thai, {"key": "แ", "code": "KeyC"})
        assert opened.page.url.endswith("/staff/campaigns")


def test_a_key_that_leads_nowhere_does_nothing(chromium: Browser, service: House) -> None:
    with desk(chromium, service) as opened:
        press(opened, "g", "?", "x", "g", "Escape", "Control+/", "Alt+g", "l")
        assert opened.page.url.endswith("/staff")
        assert not opened.page.locator("dialog").is_visible()
        opened.require_calm()


def written(opened: Window, text: str) -> str:
    """What stands in the field after somebody typed this into it."""
    opened.page.locator("#q").press_sequentially(text)
    return opened.page.locator("#q").input_value()


def test_keys_rest_while_somebody_types(chromium: Browser, service: House) -> None:
    with desk(chromium, service) as opened:
        assert written(opened, "a/b?gl") == "a/b?gl"
        assert opened.page.url.endswith("/staff")


def test_keys_that_do_not_rest_are_caught(chromium: Browser, service: House) -> None:
    script = (assets.STATIC / "keys.js").read_text(encoding="utf-8")
    assert GUARD in script

    def broken(route: Route) -> None:
        route.fulfill(body=script.replace(GUARD, "false"), content_type="text/javascript")

    with desk(chromium, service) as opened:
        opened.page.route("**/keys.js*", broken)
        opened.open("/staff")
        assert written(opened, "a/b?c") != "a/b?c"


def test_keys_that_were_turned_off_do_nothing(chromium: Browser, service: House) -> None:
    with desk(chromium, service) as opened:
        opened.open("/staff/settings")
        opened.page.locator("#keys").uncheck()
        opened.press('form[action="/staff/settings"] button[type=submit]')
        press(opened, "/", "?", "g", "l")
        assert opened.page.url.endswith("/staff/settings?saved=true")
        assert opened.page.locator("kbd, dialog").count() == 0


def test_the_skip_link_comes_first_and_leads_to_the_content(chromium: Browser, service: House) -> None:
    with desk(chromium, service) as opened:
        press(opened, "Tab")
        link = opened.page.locator("a.skip:focus")
        assert link.is_visible()
        box = link.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        press(opened, "Enter")
        assert focused(opened) == "main"


def unseen(opened: Window) -> list[str]:
    """What takes the focus by Tab and shows none."""
    missing, seen = [], "getComputedStyle(document.activeElement)"
    for _ in range(opened.page.locator("a, button, input").count()):
        press(opened, "Tab")
        if opened.page.evaluate(f"{seen}.outlineStyle === 'none' || parseFloat({seen}.outlineWidth) < 2"):
            missing.append(str(opened.page.evaluate("document.activeElement.outerHTML"))[:80])
    return missing


def test_the_focus_is_always_seen(chromium: Browser, service: House) -> None:
    with desk(chromium, service) as opened:
        assert [one for one in unseen(opened) if "<body" not in one] == []
        opened.page.evaluate("document.styleSheets[0].insertRule('a:focus-visible {outline: none !important}')")
        assert len(unseen(opened)) > 5


def test_search_and_settings_need_no_script(chromium: Browser, service: House) -> None:
    with desk(chromium, service, java_script_enabled=False) as opened:
        assert not opened.page.locator("dialog").is_visible()
        opened.page.fill("#q", service.gifts["settled"].reference.lower())
        opened.press(".search button")
        assert opened.page.url.endswith("/staff/search")
        assert opened.page.locator("tbody tr").count() >= 3
        opened.open("/staff/settings")
        opened.page.locator('label.chip:has(input[value="larger"])').click()
        opened.press('form[action="/staff/settings"] button[type=submit]')
        assert text_height(opened) == 34


def text_height(opened: Window) -> float:
    """Of the page's words, in pixels."""
    return float(opened.page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)"))


def test_the_dialog_of_keys_is_open_to_everyone_on_a_phone(chromium: Browser, service: House) -> None:
    with desk(chromium, service, width=PHONE) as opened:
        press(opened, "?")
        assert violations(opened) == []
        assert sideways(opened, PHONE) == 0


@pytest.mark.parametrize("name", ["home", "give", "staff", "lines"])  # `test_every_page` looks at all of them
def test_text_twice_as_large_fits_the_smallest_phone(chromium: Browser, service: House, name: str) -> None:
    with window(chromium, service, cookie=cookie(service, name)) as opened:
        opened.page.context.add_cookies([{"name": "text_size", "value": "larger", "url": service.address}])
        EVERY[name](opened)
        opened.unfold()
        assert text_height(opened) == 34
        assert sideways(opened, PHONE) == 0, wide(opened)


def test_a_page_that_does_not_fit_is_caught(chromium: Browser, service: House) -> None:
    with window(chromium, service, cookie=service.administrator_cookie) as opened:
        ADMINISTRATOR["powers"](opened)
        opened.page.evaluate("document.styleSheets[0].insertRule('h1 {min-width: 24em !important}')")
        assert sideways(opened, PHONE) > 0
        assert re.search("h1", wide(opened)[0])


def wide(opened: Window) -> list[str]:
    """What is wider than the phone, for whoever must mend it."""
    return [
        str(one)
        for one in opened.page.evaluate(
            "[...document.querySelectorAll('main *, header *, footer *')]"
            f".filter(one => one.getBoundingClientRect().right > {PHONE} + 1)"
            ".map(one => one.outerHTML.slice(0, 120))"
        )
    ]
