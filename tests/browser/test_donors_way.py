"""What a donor does with a thumb at 360 pixels, with script and without."""

import threading
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from receipts import qr
from tests.browser.house import House
from tests.browser.windows import Window, window
from tests.stories import people
from tests.stories.people import DISTRICT, Gift


def go(opened: Window, folder: Path) -> Gift:
    """Open the form, choose 20 baht and a receipt, send it, and scan the QR off the screen."""
    page = opened.page
    opened.open(f"/give/{DISTRICT}")
    page.locator('label.chip:has(input[value="20"])').tap()
    page.locator("details:has(#name) > summary").click()  # a second tap so soon could be taken for a double tap
    page.fill("#name", "นางสาวขวัญใจ ใจดี")
    opened.press()
    link = page.url.removeprefix(opened.house.address)
    page.locator(".qr").screenshot(path=folder / "screen.png")
    payment = qr.decode(people.zbarimg(folder / "screen.png"))
    return Gift(opened.house.donor.open(link), link, link.split("/")[2], payment)


def pay_beside(house: House, gift: Gift) -> threading.Thread:
    """The money arrives while the donor looks at the page."""
    paying = threading.Thread(target=house.pay, args=(gift,))
    paying.start()
    return paying


@pytest.mark.parametrize("has_script", [True, False], ids=["with-script", "without-script"])
def test_the_way_from_the_form_to_the_qr(chromium: Browser, service: House, tmp_path: Path, has_script: bool) -> None:
    with window(chromium, service, java_script_enabled=has_script, device_scale_factor=2) as opened:
        gift = go(opened, tmp_path)
        assert (gift.payment.ref1, gift.payment.amount_satang) == (gift.reference, 2_000)
        assert gift.payment.ref2 == people.poster(service.donor).ref1
        assert gift.reference in opened.page.locator(".qr").inner_text()
        with opened.page.expect_download() as saving:
            opened.page.locator('a[href$="/qr.png"]').tap()
        saving.value.save_as(tmp_path / "saved.png")
        assert qr.decode(people.zbarimg(tmp_path / "saved.png")) == gift.payment
        opened.require_calm()


@pytest.mark.parametrize("blocked", ["state", "events"], ids=["by-its-stream", "by-asking"])
def test_the_page_says_thank_you_by_itself(chromium: Browser, service: House, tmp_path: Path, blocked: str) -> None:
    with window(chromium, service) as opened:
        opened.page.route(f"**/gift/*/*/{blocked}", lambda route: route.abort())
        gift = go(opened, tmp_path)
        paying = pay_beside(service, gift)
        opened.page.locator(".thanks").wait_for()
        paying.join()
        assert opened.page.locator('a[href^="/r/"]').count() == 1
        opened.require_calm(but=f"/{blocked}")


def test_without_script_the_page_says_thank_you_when_it_is_loaded_again(
    chromium: Browser, service: House, tmp_path: Path
) -> None:
    with window(chromium, service, java_script_enabled=False) as opened:
        gift = go(opened, tmp_path)
        service.pay(gift)
        opened.page.reload()
        assert opened.page.locator(".thanks").is_visible()
        opened.require_calm()


def test_the_qr_can_be_scanned_in_the_dark_scheme(chromium: Browser, service: House, tmp_path: Path) -> None:
    with window(chromium, service, color_scheme="dark") as opened:
        opened.open(service.gift("open"))
        opened.page.screenshot(path=tmp_path / "dark.png", full_page=True)
        assert qr.decode(people.zbarimg(tmp_path / "dark.png")) == service.gifts["open"].payment


def test_a_wrong_amount_is_told_at_the_field_and_nothing_typed_is_lost(chromium: Browser, service: House) -> None:
    with window(chromium, service, language="en") as opened:
        opened.open(f"/give/{DISTRICT}")
        opened.page.locator("label.chip:has(#other)").tap()
        opened.page.fill("#amount", "10.005")
        opened.unfold()
        opened.page.fill("#public_name", "ผู้ใจดี")
        opened.press()
        assert opened.page.locator("#amount-error").is_visible()
        assert opened.page.input_value("#amount") == "10.005"
        assert opened.page.input_value("#public_name") == "ผู้ใจดี"
        opened.require_calm()
