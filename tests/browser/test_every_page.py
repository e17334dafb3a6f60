"""Every page on a phone and on a laptop, in both languages and schemes: whole, calm, and open to everyone.

axe finds nothing, nothing scrolls sideways, no request leaves the origin, the console stays empty.
"""

from collections.abc import Callable
from secrets import token_hex
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, FilePayload

from tests.browser.house import CLOSED, House
from tests.browser.windows import HEIGHTS, LAPTOP, PHONE, Window, window
from tests.stories.people import DISTRICT

Reach = Callable[[Window], None]
_axe = Axe()
_CONTRAST = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}


def at(path: str) -> Reach:
    return lambda opened: opened.open(path)


def gift(name: str) -> Reach:
    return lambda opened: opened.open(opened.house.gift(name))


def receipt(name: str) -> Reach:
    return lambda opened: opened.open(opened.house.receipt(name))


def sent(path: str, **typed: str) -> Reach:
    """The page that answers a form."""

    def reach(opened: Window) -> None:
        opened.open(path)
        opened.unfold()
        for field, text in typed.items():
            opened.page.fill(f"main #{field}", text)
        opened.press(f'form:is([action="{path}"], [action="{path}#new"]) button[type=submit]')

    return reach


def refused_statement(opened: Window) -> None:
    opened.open("/staff/statements")
    broken = FilePayload(name="a.csv", mimeType="text/csv", buffer=b"date,amount\r\n2026-11-20,10.00\r\n")
    opened.page.set_input_files("#file", files=[broken])
    opened.press()


def refused_gift(opened: Window) -> None:
    opened.open(f"/give/{DISTRICT}")
    opened.unfold()
    opened.page.locator("label.chip:has(#other)").tap()
    for field, text in (("amount", "1e9"), ("tax_id", "1234567890123"), ("email", "nobody")):
        opened.page.fill(f"#{field}", text)
    opened.press()


def found_gift(opened: Window) -> None:
    sent("/return", reference=opened.house.gifts["open"].reference, amount="20")(opened)


def form_used_again(opened: Window) -> None:
    """The form of a gift that was sent before, with another amount."""
    opened.open(f"/give/{DISTRICT}")
    opened.press()
    opened.page.go_back()
    opened.page.locator('label.chip:has(input[value="100"])').tap()
    opened.press()


def searched(opened: Window) -> None:
    """Everything that a gift's reference leads to."""
    opened.open("/staff/search")
    opened.page.fill("#q", opened.house.gifts["settled"].reference)
    opened.press(".search button")


def wrong_list(opened: Window) -> None:
    """A list with something wrong in it."""
    opened.open("/staff/collections")
    opened.page.fill("#pasted", "ชื่อ\tชั้น\tจำนวนเงิน\nใจดี มีสุข\tป.1\t10.005\n\tป.2\t20\n")
    opened.press('form[action="/staff/collections"] button[type=submit]')


def confirmed_list(opened: Window) -> None:
    """A collection that waits for its money."""
    opened.open("/staff/collections")
    opened.page.fill("#pasted", "ชื่อ\tชั้น\tจำนวนเงิน\nใจดี มีสุข\tป.1\t10\nใจงาม มีสุข\tป.2\t20\n")
    opened.press('form[action="/staff/collections"] button[type=submit]')
    opened.press('form[action$="/confirm"] button[type=submit]')


def invited(opened: Window) -> None:
    """The page of somebody new, with the link."""
    opened.open("/staff/people")
    opened.page.fill("#name", f"สมศรี {token_hex(3)}")
    opened.page.select_option("#role", "valuer")
    opened.press('form[action="/staff/people"] button[type=submit]')


def new_cash_box(opened: Window) -> None:
    """The page of a box that was just added."""
    opened.open("/staff/cash/new")
    opened.page.fill("#name", f"ตลาด {token_hex(3)}")
    opened.page.fill("#place", "ประตูหน้า")
    opened.press('form[action="/staff/cash/new"] button[type=submit]')


PUBLIC: dict[str, Reach] = {
    "home": at("/"),
    "privacy": at("/privacy"),
    "for programs": at("/api"),
    "choose": at("/give"),
    "give": at(f"/give/{DISTRICT}"),
    "give, refused": refused_gift,
    "give, used again": form_used_again,
    "closed campaign": at(f"/give/{CLOSED}"),
    "gift, open": gift("open"),
    "gift, settled": gift("settled"),
    "gift, expired": gift("expired"),
    "gift, closed": gift("closed"),
    "find a gift": at("/return"),
    "find a gift, found": found_gift,
    "find a gift, missed": sent("/return", reference="D12", amount="10"),
    "receipt": receipt("settled"),
    "receipt, not printed yet": receipt("unprinted"),
    "check": at("/verify"),
    "check, missed": sent("/verify", number="KK-2570-000001", code="0000"),
    "check, genuine": lambda opened: opened.open(opened.house.check_address("settled")),
    "report a child": at("/report"),
    "report a child, refused": sent("/report", age="eleven"),
    "report a child, sent": at("/report/thanks"),
    "what children need": at("/needs"),
    "offer goods": at("/offer"),
    "a family complains": at("/complaint"),
    "a family complains, sent": at("/complaint/thanks"),
    "nothing here": at("/nowhere"),
    "sign in": at("/staff/sign-in"),
    "sign in, refused": sent("/staff/sign-in", name="nobody", password="a wrong password"),
}
STAFF: dict[str, Reach] = {
    "staff": at("/staff"),
    "search": at("/staff/search"),
    "search, found": searched,
    "tax": at("/staff/tax"),
    "e-Donation": at("/staff/edonation"),
    "settings": at("/staff/settings"),
    "statements": at("/staff/statements"),
    "statements, taken": lambda opened: opened.open(opened.house.taken),
    "statements, taken before": lambda opened: opened.open(f"{opened.house.taken}&again=true"),
    "statements, refused": refused_statement,
    "lines": at("/staff/lines"),
    "campaigns": at("/staff/campaigns"),
    "reports": at("/staff/reports"),
    "referrals": at("/staff/referrals"),
    "follow-ups": at("/staff/follow-ups"),
    "complaints": at("/staff/complaints"),
    "reports, one's own": at("/staff/reports/new"),
    "class lists": at("/staff/class-lists"),
    "schools' links": at("/staff/report-links"),
    "collections": at("/staff/collections"),
    "collections, a list that is wrong": wrong_list,
    "collections, its QR": confirmed_list,
    "months": at("/staff/months"),
    "payment runs": at("/staff/runs"),
    "payments, proven or not": at("/staff/audit-receipts"),
    "payment runs, a new one": at("/staff/runs/new"),
    "advances": at("/staff/advances"),
    "requests": at("/staff/requests"),
    "handing over": at("/staff/handovers"),
    "register": at("/staff/receipts"),
    "overview": at("/staff/overview"),
    "the store": at("/staff/goods"),
    "goods for cases": at("/staff/goods/awards"),
    "offers of goods": at("/staff/offers"),
    "cash boxes": at("/staff/cash"),
    "cash boxes, one to count": new_cash_box,
    "cash boxes, carried to the bank": at("/staff/cash/carry"),
    "refunds": at("/staff/refunds"),
    "trail": at("/staff/trail"),
    "checks": at("/staff/checks"),
    "campaigns, refused": sent("/staff/campaigns", name_th="โรงเรียน"),
    "personal data": at("/staff/rights"),
    "take a request": at("/staff/rights/requests/new"),
    "records": at("/staff/rights/records"),
    "breaches": at("/staff/rights/breaches"),
    "report a breach": at("/staff/rights/breaches/new"),
    "stand-ins": at("/staff/stand-ins"),
    "appoint a stand-in": at("/staff/stand-ins/new"),
}
ADMINISTRATOR: dict[str, Reach] = {
    "people": at("/staff/people"),
    "people, refused": sent("/staff/people", name="a\u200bb"),
    "person, invited": invited,
    "schools and offices": at("/staff/places"),
    "schools and offices, refused": sent("/staff/places", name_th="ก", name_en="A", code="a b"),
    "school": at("/staff/places/school/KK4001001V"),
    "jobs": at("/staff/jobs"),
    "account": at("/staff/account"),
    "powers": at("/staff/powers"),
    "sessions": at("/staff/sessions"),
    "second factor": at("/staff/second-factor"),
    "confirm": at("/staff/confirm"),
}
EVERY = PUBLIC | STAFF | ADMINISTRATOR


def cookie(house: House, name: str) -> str:
    """Of whoever opens this page."""
    return house.staff_cookie if name in STAFF else house.administrator_cookie if name in ADMINISTRATOR else ""


def both(name: str) -> list[Any]:
    """A page in Thai; in English too where strangers read it, by night everywhere."""
    marks = () if name in PUBLIC else (pytest.mark.nightly,)
    return [pytest.param(name, "th"), pytest.param(name, "en", marks=marks)]


@pytest.mark.parametrize(("name", "language"), [one for name in EVERY for one in both(name)])
def test_the_page_is_whole_calm_and_open_to_everyone(
    chromium: Browser, service: House, name: str, language: str
) -> None:
    with window(chromium, service, language=language, cookie=cookie(service, name)) as opened:
        EVERY[name](opened)
        opened.unfold()
        assert opened.page.locator("html").get_attribute("lang") == language
        assert opened.page.locator("h1").count() == 1
        assert [sideways(opened, width) for width in (PHONE, LAPTOP)] == [0, 0]
        assert violations(opened) == []
        if language == "th":
            opened.page.emulate_media(color_scheme="dark")
            assert violations(opened, _CONTRAST) == []
            opened.page.evaluate("document.documentElement.classList.add('text-larger')")
            assert sideways(opened, PHONE) == 0
        opened.require_calm()


def sideways(opened: Window, width: int) -> int:
    """By how many pixels the page is wider than the window."""
    opened.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    return int(opened.page.evaluate("Math.max(0, document.documentElement.scrollWidth - window.innerWidth)"))


def violations(opened: Window, options: dict[str, list[str]] | None = None) -> list[str]:
    """What axe finds, each with the first place where it is."""
    found = _axe.run(opened.page, options=options or {"resultTypes": ["violations"]}).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']} ({len(one['nodes'])} places)" for one in found]
