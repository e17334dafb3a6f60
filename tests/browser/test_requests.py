"""A case manager on a phone asks for help without a network: when it is back, exactly one request is made.

The pages of requests and limits are whole, calm and open to everyone.
"""

import re

import httpx
from playwright.sync_api import Browser

from fund.audit import Actor
from fund.cases import queries as cases
from fund.grants import queries
from fund.people import demo_people
from tests.browser.house import House
from tests.browser.test_cases import open_case
from tests.browser.test_every_page import sideways, violations
from tests.browser.windows import LAPTOP, PHONE, window
from tests.fund.cases.following.builders import agree
from tests.stories import people
from tests.stories.pages import Visitor

WORDS = "ค่ารถไปโรงเรียน เดือนละ 20 วัน"


def cookie_of(service: House, role: str) -> str:
    with httpx.Client(base_url=service.address) as client:
        people.sign_in(Visitor(client), demo_people.name_of(role))
        return str(client.cookies["staff"])


def test_a_request_made_without_a_network_is_made_once_when_it_is_back(chromium: Browser, service: House) -> None:
    cookie, core = cookie_of(service, "case_manager"), cookie_of(service, "core_team")
    with window(chromium, service, cookie=cookie) as opened:
        code = open_case(opened)
        agree(service.database, code, "help", by=Actor("test"))
        opened.open(f"/staff/cases/{code}/requests")
        opened.unfold()
        assert [sideways(opened, width) for width in (LAPTOP, PHONE)] == [0, 0]
        assert violations(opened) == []
        opened.open(f"/staff/cases/{code}/requests")
        opened.page.locator("label.chip:has(input[value=travel])").tap()
        opened.page.fill("#amount_1", "๑,๒๐๐")
        opened.page.fill("#payee_name", "นางจันทร์ ตัวอย่าง")
        opened.page.fill("#account", "0812345678")
        opened.page.fill("#words", WORDS)
        opened.page.context.set_offline(True)
        for _ in range(2):
            opened.page.click("form[data-draft] button[type=submit]")
            opened.page.wait_for_selector('form [data-says="waiting"]')
        kept = opened.page.evaluate("JSON.stringify(localStorage)")
        assert f"draft:request-{code}" in kept and WORDS not in kept
        with opened.page.expect_navigation():
            opened.page.context.set_offline(False)
        opened.page.wait_for_url(re.compile(r"/staff/requests/[0-9a-f-]{36}$"))
        assert WORDS in opened.page.content() and opened.page.evaluate("localStorage.length") == 0
        opened.require_calm(but="ERR_INTERNET_DISCONNECTED")
        here = opened.page.url.removeprefix(service.address)
    with service.database.read() as session:
        (made,) = queries.requests_of_case(session, code)
        assert (made.amount_satang, cases.case(session, code).at.district) == (120_000, made.district)
    with window(chromium, service, cookie=core) as opened:
        for path in (here, "/staff/requests", "/staff/limits"):
            opened.open(path)
            opened.unfold()
            assert [sideways(opened, width) for width in (LAPTOP, PHONE)] == [0, 0], path
            assert violations(opened) == [], path
        opened.require_calm()
