"""An officer's way without a mouse: from the file to no line left, by keys alone."""

from collections.abc import Iterator
from datetime import time

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from fund import clock
from fund.bank.sample_files import SampleLine, bill_payment_detail
from tests.browser import house
from tests.browser.house import House
from tests.browser.test_every_page import sideways, violations
from tests.browser.windows import LAPTOP, PHONE, Window, window
from tests.stories import people


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of its own: at the end nothing may wait in it."""
    with house.running(tmp_path_factory.mktemp("desk")) as running:
        yield running


def press(opened: Window, *keys: str) -> None:
    for key in keys:
        opened.page.keyboard.press(key)


def leads(opened: Window, *keys: str) -> None:
    with opened.page.expect_navigation():
        press(opened, *keys)


def waiting(opened: Window) -> int:
    return opened.page.locator(".line").count()


def hand_in(opened: Window, content: bytes) -> None:
    """Only the file's dialog is the system's own; the button is pressed by its key."""
    opened.open("/staff/statements")
    opened.page.set_input_files("#file", FilePayload(name="today.csv", mimeType="text/csv", buffer=content))
    opened.page.locator("form[enctype] button[type=submit]").focus()
    leads(opened, "Enter")


def say(opened: Window, *words: str) -> None:
    """Type into the field at hand and the ones behind it, and send the form."""
    for place, one in enumerate(words):
        if place:
            press(opened, "Tab")
        opened.page.keyboard.type(one)


def settle_the_next(opened: Window) -> None:
    """Take what is offered for sure, else say what the line is."""
    before = waiting(opened)
    press(opened, "j")
    offered = opened.page.evaluate("document.activeElement.hasAttribute('data-offer')")
    if offered:
        press(opened, "Enter")
    else:
        press(opened, "e")
        while opened.page.evaluate("document.activeElement.name") != "reason":
            press(opened, "Tab")
        say(opened, "ผู้โอนโทรมาบอก")
        press(opened, "Enter")
    expect(opened.page.locator(".line")).to_have_count(before - 1)


def come_to(opened: Window, form: str) -> None:
    """Go on with Tab to the reason's field of this form."""
    field = f"document.activeElement.matches('form[action$=\"/{form}\"] [name=reason]')"
    for _ in range(80):
        if opened.page.evaluate(field):
            return
        press(opened, "Tab")
    raise AssertionError(form)


def ask_hold_and_release(opened: Window) -> None:
    """A question is written, the line set aside and let go on: it waits again as before."""
    press(opened, "q")
    say(opened, "ใครโอนมา")
    leads(opened, "Enter")
    for form, words in (("hold", "รอคำตอบ"), ("release", "ได้คำตอบแล้ว")):
        press(opened, "q")
        come_to(opened, form)
        say(opened, words)
        leads(opened, "Enter")
        assert opened.page.locator("#ask").get_by_text(words).is_visible()


def find(opened: Window, term: str) -> None:
    """Look for a line by its amount, from anywhere."""
    if not opened.page.locator("#q").count():
        leads(opened, "/")
    opened.page.locator("#q").focus()
    opened.page.keyboard.type(term)
    leads(opened, "Enter")
    assert opened.page.locator("main a[href^='/staff/lines/']").count() > 0


def test_a_file_is_dropped_onto_the_page_and_its_form_sent_by_a_key(chromium: Browser, desk: House) -> None:
    with window(chromium, desk, width=LAPTOP, cookie=desk.staff_cookie) as opened:
        opened.open("/staff/statements")
        dropped = opened.page.evaluate_handle(
            "() => { const told = new DataTransfer();"
            " for (const name of ['a.csv', 'b.csv']) told.items.add(new File(['x'], name, { type: 'text/csv' }));"
            " return told; }"
        )
        for happens in ("dragover", "drop"):
            opened.page.dispatch_event("[data-drop]", happens, {"dataTransfer": dropped})
        assert opened.page.locator("[data-dropped]").inner_text() == "a.csv, b.csv"
        leads(opened, "Enter")
        assert opened.page.get_by_text("b.csv").is_visible()
        opened.require_calm()


def test_an_officer_comes_from_the_file_to_no_line_left_by_keys_alone(chromium: Browser, desk: House) -> None:
    today, gifts = clock.today(), [people.give(desk.donor, choice=baht) for baht in ("100", "20", "10")]
    told = [gift.reference for gift in gifts[1:]]
    lines = (
        SampleLine(today, 10_000, "โอนจากเพื่อน", time(23, 50)),
        SampleLine(today, 3_000, bill_payment_detail(*told), time(23, 51)),
    )
    with window(chromium, desk, width=LAPTOP, cookie=desk.staff_cookie) as opened:
        hand_in(opened, desk.next_file(*lines))
        leads(opened, "g", "l")
        divided = opened.page.locator(".line", has_text=told[0])
        while not divided.evaluate("one => one.contains(document.activeElement)"):
            press(opened, "j")
        leads(opened, "s")
        ask_hold_and_release(opened)
        press(opened, "s")
        assert opened.page.locator("#rest-baht").inner_text() == "0.00"
        press(opened, "Tab")
        opened.page.keyboard.type("สองคนโอนรวมกัน")
        leads(opened, "Enter")
        find(opened, "100.00")
        leads(opened, "g", "l")
        for _ in range(waiting(opened)):
            settle_the_next(opened)
        assert opened.page.locator("#remainder .badge-good").is_visible()
        leads(opened, "g", "l")
        assert waiting(opened) == 0
        opened.require_calm()


PAGES = ("/staff/lines", "/staff/rules", "/staff/months", "/staff/statements")


@pytest.mark.parametrize("path", [*PAGES, "line", "statement", "columns"])
def test_the_bank_s_pages_are_open_to_everyone(chromium: Browser, service: House, path: str) -> None:
    with window(chromium, service, cookie=service.staff_cookie) as opened:
        opened.open(address(opened, path))
        opened.unfold()
        assert [sideways(opened, width) for width in (PHONE, LAPTOP)] == [0, 0]
        assert violations(opened) == []
        opened.page.emulate_media(color_scheme="dark")
        assert violations(opened) == []
        opened.require_calm()


def address(opened: Window, path: str) -> str:
    """Where a page lies whose address has an id in it."""
    if path.startswith("/"):
        return path
    if path == "columns":
        opened.open("/staff/statements")
        table = FilePayload(name="any.csv", mimeType="text/csv", buffer="วันที่,ยอด,ข้อความ\n2/11/2569,10.00,ก\n".encode())
        opened.page.set_input_files("#file", table)
        opened.press("form[enctype] button[type=submit]")
        found = "a[href^='/staff/statements/columns/']"
    else:
        opened.open("/staff/statements")
        if path == "line":
            opened.open(str(opened.page.locator(f"{IDS}statements/']").first.get_attribute("href")))
        found = f"{IDS}{path}s/']"
    return str(opened.page.locator(found).first.get_attribute("href")).split("#")[0]


IDS = "main :is(th, td) a[href^='/staff/"
