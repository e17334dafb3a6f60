"""A case manager on a phone: what was written without a network arrives when it is back; a guardian signs.

The control: without the script that keeps drafts, what was written is lost.
"""

import re

import httpx
import pytest
from playwright.sync_api import Browser, Route

from fund.audit import Actor
from fund.cases import histories, queries
from fund.people import demo_people
from tests.browser.house import House
from tests.browser.test_every_page import sideways, violations
from tests.browser.windows import LAPTOP, PHONE, Window, window
from tests.stories import people
from tests.stories.pages import Visitor

NOTE = "แม่ขอให้มาตอนเย็น"
BY = Actor("test")


@pytest.fixture(scope="module")
def malee(service: House) -> str:
    """The cookie of the demonstration's case manager."""
    with httpx.Client(base_url=service.address) as client:
        people.sign_in(Visitor(client), demo_people.name_of("case_manager"))
        return str(client.cookies["staff"])


def open_case(opened: Window) -> str:
    """A case opened by its form; its code."""
    opened.open("/staff/cases/new")
    opened.page.fill("#name", "เด็กหญิงเมฆ ตัวอย่าง")
    opened.press("form[data-draft] button[type=submit]")
    return str(re.findall(r"/cases/(C\w{9})", opened.page.url)[0])


def write_offline(opened: Window) -> None:
    """Write a note, lose the network, and press the button."""
    opened.unfold()
    opened.page.fill("#note", NOTE)
    opened.page.context.set_offline(True)
    opened.page.click('form[action$="/notes"] button[type=submit]')


def test_a_note_written_without_a_network_arrives_once_when_it_is_back(
    chromium: Browser, service: House, malee: str
) -> None:
    with window(chromium, service, cookie=malee) as opened:
        code = open_case(opened)
        write_offline(opened)
        opened.page.wait_for_selector('form [data-says="waiting"]')
        kept = opened.page.evaluate("JSON.stringify(localStorage)")
        assert f"draft:note-{code}" in kept and NOTE not in kept
        with opened.page.expect_navigation():
            opened.page.context.set_offline(False)
        assert NOTE in opened.page.content()
        assert opened.page.evaluate("localStorage.length") == 0
        opened.require_calm(but="ERR_INTERNET_DISCONNECTED")
    with service.database.write() as session:
        assert len(histories.opened(session, code, purpose="audit", by=BY).notes) == 1


def test_what_was_not_sent_is_there_after_the_page_was_closed(chromium: Browser, service: House, malee: str) -> None:
    with window(chromium, service, cookie=malee) as opened:
        code = open_case(opened)
        opened.unfold()
        opened.page.fill("#note", NOTE)
        opened.page.wait_for_function("localStorage.length === 1")
        opened.open(f"/staff/cases/{code}?why=case_work")
        opened.page.wait_for_selector('form [data-says="kept"]')
        assert opened.page.input_value("#note") == NOTE


def test_without_the_script_what_was_written_is_lost(chromium: Browser, service: House, malee: str) -> None:
    def nothing(route: Route) -> None:
        route.fulfill(body="", content_type="text/javascript")

    with window(chromium, service, cookie=malee) as opened:
        opened.page.route("**/drafts*.js*", nothing)
        code = open_case(opened)
        write_offline(opened)
        opened.page.context.set_offline(False)
        opened.open(f"/staff/cases/{code}?why=case_work")
        opened.unfold()
        assert opened.page.input_value("#note") == ""


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_pages_of_a_case_are_whole_calm_and_open_to_everyone(
    chromium: Browser, service: House, malee: str, language: str
) -> None:
    with window(chromium, service, language=language, cookie=malee) as opened:
        case = f"/staff/cases/{open_case(opened)}"
        for path in (f"{case}?why=case_work", case, f"{case}/child?why=case_work", "/staff/cases?why=case_work"):
            opened.open(path)
            opened.unfold()
            assert [sideways(opened, width) for width in (LAPTOP, PHONE)] == [0, 0], path
            assert violations(opened) == [], path
        opened.require_calm()


def test_a_guardian_signs_with_a_finger(chromium: Browser, service: House, malee: str) -> None:
    with window(chromium, service, cookie=malee) as opened:
        code = open_case(opened)
        opened.unfold()
        opened.page.fill("#who", "นางจันทร์ ตัวอย่าง")
        opened.page.select_option("#consent_relation", "grandparent")
        opened.page.check("input[name=help]")
        box = opened.page.locator("canvas.signature").bounding_box()
        assert box is not None
        opened.page.mouse.move(box["x"] + 20, box["y"] + 20)
        opened.page.mouse.down()
        for step in range(30):
            opened.page.mouse.move(box["x"] + 20 + 6 * step, box["y"] + 30 + 20 * (step % 2))
        opened.page.mouse.up()
        opened.press('form[action$="/consents"] button[type=submit]')
        opened.require_calm()
    with service.database.write() as session:
        (consent,) = histories.opened(session, code, purpose="audit", by=BY).consents
        assert (consent.way, consent.scopes) == ("screen", ("help",))
        assert queries.has_consent(session, code, "help")
