"""A mother says on a phone that help arrived: from the link to the signature that is kept.

The control: without the script that takes the signature, nothing is taken as signed.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from fund.audit import Actor
from fund.cases.handing import links, states
from fund.people.powers import Grant
from tests.browser.house import House
from tests.browser.test_every_page import sideways, violations
from tests.browser.windows import PHONE, Window, window
from tests.fund.browsing import a_person
from tests.fund.cases.handing.builders import Handed, handed
from tests.fund.grants.office import PEOPLE, Office


@pytest.fixture(scope="module")
def office(service: House) -> Office:
    """People who ask, approve, pay and look, in the demonstration that is there."""
    with service.database.write() as session:
        scopes = {"case_manager": "district:4001"}
        named = [a_person(session, name, Grant(role, scopes.get(role, ""))) for name, role in PEOPLE.items()]
    return Office(service.database, {one.name: Actor(one.name, one.id) for one in named})


def a_link(office: Office, service: House) -> tuple[Handed, str]:
    help_out = handed(office, Path(service.settings.files_dir), 50_000)
    return help_out, f"/handover/{help_out.act(links.make, help_out.chain, 1)}"


def sign(opened: Window) -> None:
    """Say that it arrived, and draw a signature with a finger."""
    opened.page.check("input[name=answer][value=receive]", force=True)
    opened.page.fill("#who", "นางจันทร์ ตัวอย่าง")
    opened.page.select_option("#relation", "mother")
    canvas = opened.page.locator("canvas.signature")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    if box is None:
        return
    opened.page.mouse.move(box["x"] + 20, box["y"] + 20)
    opened.page.mouse.down()
    for step in range(30):
        opened.page.mouse.move(box["x"] + 20 + 6 * step, box["y"] + 30 + 20 * (step % 2))
    opened.page.mouse.up()


def test_a_mother_signs_on_a_phone(chromium: Browser, service: House, office: Office) -> None:
    help_out, link = a_link(office, service)
    with window(chromium, service) as opened:
        opened.open(link)
        assert (sideways(opened, PHONE), violations(opened)) == (0, [])
        sign(opened)
        opened.press()
        assert opened.page.url.endswith("/handover/thanks")
        opened.open(link)
        assert violations(opened) == []
        opened.require_calm()
    row = help_out.row()
    assert (row.state, row.pending) == (states.RECEIVED, 1)


def test_without_the_script_nothing_is_taken_as_signed(chromium: Browser, service: House, office: Office) -> None:
    def nothing(route: Route) -> None:
        route.fulfill(body="", content_type="text/javascript")

    help_out, link = a_link(office, service)
    with window(chromium, service) as opened:
        opened.page.route("**/signature*.js*", nothing)
        opened.open(link)
        opened.page.check("input[name=answer][value=receive]", force=True)
        opened.page.fill("#who", "นางจันทร์ ตัวอย่าง")
        opened.page.select_option("#relation", "mother")
        opened.press()
        assert opened.page.locator(".has-error").count() == 1
    assert help_out.row().state == states.WAITING
