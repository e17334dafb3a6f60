"""What a finance officer does on a laptop: sign in, hand in the bank's file, say what a waiting line is."""

from datetime import time

import pytest
from playwright.sync_api import Browser, FilePayload

from fund import clock
from fund.bank.sample_files import SampleLine
from fund.people import demo_people
from tests.browser.house import House
from tests.browser.windows import LAPTOP, Window, window


def sign_in(opened: Window) -> None:
    """Come to a staff page, be led to the door, and from there to the page."""
    opened.open("/staff/statements")
    opened.page.fill("#name", demo_people.NAME)
    opened.page.fill("#password", demo_people.PASSWORD)
    opened.press()
    assert opened.page.url.endswith("/staff/statements")


def hand_in(opened: Window, content: bytes) -> None:
    opened.page.set_input_files("#file", FilePayload(name="november.csv", mimeType="text/csv", buffer=content))
    opened.press()


@pytest.mark.parametrize("has_script", [True, False], ids=["with-script", "without-script"])
def test_an_officer_signs_in_hands_in_a_file_and_names_a_line(
    chromium: Browser, service: House, has_script: bool
) -> None:
    words = f"โอนเงิน {'ในหน้า' if has_script else 'ทีละหน้า'}"
    with window(chromium, service, width=LAPTOP, java_script_enabled=has_script) as opened:
        sign_in(opened)
        hand_in(opened, service.next_file(SampleLine(clock.today(), 12_300, words, time(14, has_script))))
        assert opened.page.locator(".notice-good[role=status]").is_visible()
        opened.open("/staff/lines")
        waited = opened.page.locator("#remainder").inner_text()
        card = opened.page.locator("main [id^=line-].card", has_text=words)
        line = f"#{card.get_attribute('id')}"
        card.locator("details > summary").first.click()
        card.locator("input[name=reason]").first.fill("ผู้โอนแจ้งทางโทรศัพท์")
        card.locator("button[type=submit]").first.click()
        opened.page.locator(f"{line} .badge-good" if has_script else "body:not(:has(" + line + "))").wait_for()
        assert opened.page.locator("#remainder").inner_text() != waited
        opened.require_calm()
