"""The donor's way over HTTP: forms with every bad input, the gift's page, coming back, posters."""

import html
import io
import itertools
import re
from collections.abc import Iterator
from datetime import timedelta

import brotli
import pytest
from PIL import Image
from sqlmodel import func, select

from fund import clock
from fund.db import Database
from fund.donations import queries, service
from fund.donations.models import PledgeRow
from fund.donors import queries as donors
from fund.donors.models import ContactRow
from fund.profile import PromptPay
from receipts import qr
from tests.fund.browsing import Browser, browser
from tests.fund.donations.builders import BILLER, STAFF, VALID_TAX_ID, an_arrival, chum_phae, found

FORM = "/give/chum-phae"


@pytest.fixture
def client(database: Database, database_url: str) -> Iterator[Browser]:
    found(database)
    with browser(database_url) as opened:
        yield opened


def form_key(client: Browser) -> str:
    match = re.search(r'name="form_key" value="([^"]+)"', client.get(FORM).text)
    assert match is not None
    return match[1]


def send(client: Browser, **fields: str) -> tuple[int, str, str]:
    """Status, location and text of what the give form answers."""
    filled = {"form_key": form_key(client), "choice": "other", **fields}
    answer = client.post(FORM, data=filled)
    return answer.status_code, answer.headers.get("location", ""), answer.text


def a_gift(client: Browser, amount: str = "10", **fields: str) -> str:
    status, link, _ = send(client, amount=amount, **fields)
    assert status == 303
    return link


def settle(database: Database, link: str, **money: int) -> None:
    reference, token = link.split("/")[2:]
    with database.write() as session:
        pledge = queries.pledge_by_link(session, reference, token)
        pledged = service.Pledged(pledge, token, False)
        service.receive(session, an_arrival(session, pledged, **money), by=STAFF)


def pledges(database: Database) -> int:
    with database.read() as session:
        return session.exec(select(func.count()).select_from(PledgeRow)).one()


def test_the_list_shows_every_open_campaign_and_no_closed_one(client: Browser, database: Database) -> None:
    with database.write() as session:
        service.close_campaign(session, chum_phae(session).id, by=STAFF)
    page = client.get("/give").text
    assert "อำเภอเมืองขอนแก่น" in page
    assert "/give/general" in page
    assert FORM not in page


def test_a_fund_without_campaigns_says_so(database_url: str) -> None:
    with browser(database_url) as client:
        assert "ยังไม่มีโครงการ" in client.get("/give").text


def test_ten_baht_is_chosen_and_what_becomes_public_is_said(client: Browser) -> None:
    page = client.get(FORM).text
    assert re.search(r'value="10" checked', page)
    assert "สิ่งที่เปิดเผย" in page
    assert "คนอื่นเห็นเพียงยอดเงิน วันที่ และโครงการ" in page
    assert "ช่วยเด็กในอำเภอชุมแพ" in page


def test_the_give_page_weighs_less_than_sixty_kilobytes_without_the_font(client: Browser) -> None:
    page = client.get(FORM, headers={"accept-encoding": "br"})
    linked = set(re.findall(r'"(/static/[^"]+)"', page.text)) - {"/static/vendor/sarabun-400.woff2"}
    assert any(address.startswith("/static/give.js") for address in linked)
    sizes = [len(brotli.compress(client.get(address).content, quality=5)) for address in linked]
    assert len(brotli.compress(page.content, quality=5)) + sum(sizes) < 60_000


BAD_AMOUNTS = [
    ("0", "มากกว่า 0 บาท"),
    ("-5", "มากกว่า 0 บาท"),
    ("-10", "มากกว่า 0 บาท"),
    ("10.005", "ไม่เกิน 2 ตำแหน่ง"),
    ("1e9", "เป็นตัวเลข"),
    ("", "เป็นตัวเลข"),
    ("1234567890123", "2,000,000"),
    ("2000000.01", "043-000-000"),
    ("NaN", "เป็นตัวเลข"),
    ("Infinity", "เป็นตัวเลข"),
    ("1_000", "เป็นตัวเลข"),
    ("0x10", "เป็นตัวเลข"),
    ("' OR 1=1--", "เป็นตัวเลข"),
    ("{{7*7}}", "เป็นตัวเลข"),
]


def test_a_bad_amount_is_refused_at_its_field_and_stays(client: Browser, database: Database) -> None:
    for typed, said in BAD_AMOUNTS:
        status, _, page = send(client, amount=typed, public_name="ร้านป้าสม")
        assert status == 400, typed
        assert said in re.findall(r'id="amount-error">([^<]*)', page)[0], typed
        assert html.unescape("".join(re.findall(r'id="amount"[^>]*? value="([^"]*)"', page))) == typed
        assert 'value="ร้านป้าสม"' in page
    assert pledges(database) == 0


def test_an_error_is_said_in_the_readers_language(client: Browser) -> None:
    client.cookies.set("language", "en")
    assert "Baht have two decimals at most." in send(client, amount="10.005")[2]


def test_a_number_and_a_letter_get_the_same_message(client: Browser) -> None:
    said = {re.findall(r'id="amount-error">([^<]*)', send(client, amount=typed)[2])[0] for typed in ("NaN", "สิบ", "")}
    assert len(said) == 1


def test_thai_digits_and_commas_are_understood_and_shown_back(client: Browser) -> None:
    understood = {"๑๐": "10", "1,000": "1,000", " 100 ": "100", "๑,๐๐๐.๕๐": "1,000.50", "1": "1"}
    for typed, shown in understood.items():
        assert f'<span class="amount">{shown}</span>' in client.get(a_gift(client, typed)).text


@pytest.mark.parametrize(("choice", "also"), [("10", ""), ("20", " ๒๐.00 "), ("100", "100")])
def test_a_chip_is_its_amount(client: Browser, choice: str, also: str) -> None:
    assert f'<span class="amount">{choice}</span>' in client.get(a_gift(client, also, choice=choice)).text


@pytest.mark.parametrize("typed", ["77", "1,000", "NaN", "0"])
def test_a_chip_and_another_amount_beside_it_are_refused_at_the_field(
    client: Browser, database: Database, typed: str
) -> None:
    status, _, page = send(client, choice="10", amount=typed)
    assert status == 400
    assert "เลือก “อื่น ๆ”" in re.findall(r'id="amount-error">([^<]*)', page)[0]
    assert f'value="{typed}"' in page
    assert pledges(database) == 0


def test_the_gift_page_asks_for_exactly_this_amount_with_both_references(client: Browser, database: Database) -> None:
    link = a_gift(client, "25.50")
    with database.read() as session:
        code = chum_phae(session).code
        pledge = queries.pledge_by_amount(session, link.split("/")[2], 2550)
        shown = qr.bill_payment(BILLER, pledge.reference, code, amount_satang=2550)
    assert qr.picture_svg(shown, label=pledge.reference) in client.get(link).text
    saved = client.get(f"{link}/qr.png")
    assert saved.headers["content-type"] == "image/png"
    assert f'filename="{pledge.reference}.png"' in saved.headers["content-disposition"]
    assert Image.open(io.BytesIO(saved.content)).width >= 600


@pytest.mark.parametrize(
    "address",
    [PromptPay(tax_id="0994000000006"), PromptPay(phone="0812345678"), PromptPay(ewallet="123456789012345")],
)
def test_without_a_biller_the_page_says_to_keep_the_slip(
    database: Database, database_url: str, address: PromptPay
) -> None:
    found(database, promptpay=address)
    with browser(database_url) as client:
        page = client.get(a_gift(client)).text
        assert "เก็บสลิป" in page
        assert "หน้านี้จะเปลี่ยนเอง" not in page
        assert client.get(f"{FORM}/poster.svg").status_code == 200


def test_a_fund_without_any_address_says_so(database: Database, database_url: str) -> None:
    found(database, promptpay=PromptPay())
    with browser(database_url) as client:
        assert client.get(a_gift(client)).status_code == 409


def test_the_form_sent_twice_makes_one_pledge(client: Browser, database: Database) -> None:
    key = form_key(client)
    answers = [client.post(FORM, data={"form_key": key, "choice": "10", "name": "สมชาย"}) for _ in range(3)]
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert [answer.headers["idempotency-replayed"] for answer in answers] == ["false", "true", "true"]
    assert pledges(database) == 1


def test_the_same_form_with_another_amount_is_shown_again_with_a_key_of_its_own(
    client: Browser, database: Database
) -> None:
    key = form_key(client)
    a_gift(client, "10", form_key=key)
    status, _, page = send(client, amount="30", form_key=key)
    assert status == 422
    assert "กดปุ่มอีกครั้ง" in page
    assert key not in page
    assert 'value="30"' in page
    assert pledges(database) == 1


def test_a_form_from_the_browsers_history_is_recorded_already(client: Browser, database: Database) -> None:
    key = form_key(client)
    link = a_gift(client, form_key=key)
    settle(database, link)
    status, _, page = send(client, amount="10", form_key=key)
    assert status == 409
    assert "รายการนี้บันทึกแล้ว" in page
    assert f'href="{link}"' in page


def test_a_form_without_a_key_or_with_a_made_up_one_is_taken(client: Browser) -> None:
    assert a_gift(client, form_key="") != a_gift(client, form_key="a")


def test_an_unknown_field_is_refused(client: Browser) -> None:
    assert send(client, amount="10", is_admin="1")[0] == 400


def test_a_form_from_another_site_is_refused(client: Browser) -> None:
    headers = {"sec-fetch-site": "cross-site"}
    assert client.post(FORM, data={"choice": "10"}, headers=headers).status_code == 403


BAD_DETAILS = [
    ("public_name", "ก" * 201, "ไม่เกิน 200 ตัวอักษร"),
    ("name", "x" * 20_000, "ไม่เกิน 200 ตัวอักษร"),
    ("name", "a\0b", "อักขระ"),
    ("public_name", "a\r\nSet-Cookie: x", "อักขระ"),
    ("email", "x@", "อีเมลยังไม่ครบ"),
    ("email", "a b@c.d", "อีเมลยังไม่ครบ"),
    ("tax_id", "1234567890123", "เลขประจำตัวไม่ถูกต้อง"),
]


def test_a_bad_detail_is_refused_at_its_field(client: Browser, database: Database) -> None:
    for field, typed, said in BAD_DETAILS:
        status, _, page = send(client, **{"amount": "10", "name": "สมชาย", field: typed})
        assert status == 400, typed
        assert re.search(f'id="{field}-error">[^<]*{said}', page), typed
    assert pledges(database) == 0


def test_a_hundred_thousand_characters_are_too_large(client: Browser) -> None:
    assert send(client, amount="10", name="x" * 100_000)[0] == 413


def test_a_tax_id_never_comes_back(client: Browser) -> None:
    for typed in ("1234567890123", VALID_TAX_ID):
        page = send(client, amount="0", name="สมชาย", tax_id=typed)[2]
        assert typed not in page
        assert 'value="สมชาย"' in page


ODD_NAMES = [
    "<script>alert(1)</script>",
    "=HYPERLINK(1)",
    "\u202egnp.exe",
    "ส\u0e21ชาย 👩👧",
    "' OR 1=1--",
    "{{7*7}}",
    "../../etc/passwd",
]


def test_odd_names_are_kept_and_shown_escaped(client: Browser, database: Database) -> None:
    for name in ODD_NAMES:
        a_gift(client, name=name)
        page = send(client, amount="0", name=name)[2]
        assert "<script>alert" not in page
        assert 'dir="auto"' in page
    with database.read() as session:
        told = donors.contacts(session, list(session.exec(select(ContactRow.id))))
        assert {one.name for one in told.values()} == set(ODD_NAMES)


def test_a_closed_campaign_says_so(client: Browser, database: Database) -> None:
    link = a_gift(client)
    with database.write() as session:
        service.close_campaign(session, chum_phae(session).id, by=STAFF)
        code = chum_phae(session).code
    posters = (client.get(f"{FORM}/poster.svg"), client.get(f"{FORM}/poster.png"))
    for answer in (client.get(FORM), client.post(FORM, data={"choice": "10"}), *posters):
        assert answer.status_code == 410
        assert "โครงการนี้ปิดรับแล้ว" in answer.text
    page = client.get(link).text
    assert "โครงการนี้ปิดรับแล้ว" in page
    assert "<svg xmlns" not in page
    assert client.get(f"/poster/{code}").headers["location"] == FORM


def test_an_expired_qr_is_not_shown_any_more(
    client: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = a_gift(client)
    later = clock.now() + timedelta(days=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    page = client.get(link).text
    assert "QR นี้หมดอายุแล้ว" in page
    assert "qr.png" not in page
    assert client.get(f"{link}/qr.png").status_code == 409
    settle(database, link)
    assert "ได้รับแล้ว ขอบคุณมาก" in client.get(link).text


def test_the_page_thanks_once_the_money_is_there(client: Browser, database: Database) -> None:
    link = a_gift(client, name="สมชาย")
    waiting = client.get(link)
    assert waiting.headers["cache-control"] == "no-store"
    assert '<meta http-equiv="refresh" content="20">' in waiting.text
    assert client.get(f"{link}/state").json() == {"state": "open"}
    settle(database, link)
    thanked = client.get(link).text
    assert "ได้รับแล้ว ขอบคุณมาก" in thanked
    assert re.search(r'href="/r/KK-\d{4}-000001/[0-9A-Z]+"', thanked)
    assert 'href="/"' in thanked
    assert client.get(f"{link}/state").json() == {"state": "settled"}


def test_a_name_is_thanked_on_the_donors_own_page_and_nowhere_else(client: Browser, database: Database) -> None:
    link = a_gift(client, public_name="ร้าน<ป้าสม>")
    settle(database, link)
    assert "<bdi>ร้าน&lt;ป้าสม&gt;</bdi>" in client.get(link).text
    found_again = client.post("/return", data={"reference": link.split("/")[2], "amount": "10"}).text
    for page in (found_again, client.get("/").text, client.get(FORM).text):
        assert "ป้าสม" not in page


def test_the_thanks_say_what_arrived_and_that_it_came_twice(client: Browser, database: Database) -> None:
    link = a_gift(client)
    settle(database, link, amount_satang=2000)
    settle(database, link)
    page = client.get(link).text
    assert '<span class="amount">30</span>' in page
    assert page.count("จ่ายซ้ำอีกครั้ง") == 1


def test_a_wrong_link_has_one_answer(client: Browser) -> None:
    link = a_gift(client)
    reference, token = link.split("/")[2:]
    wrong = [f"/gift/{reference}/{token[:-1]}x", "/gift/DXXXXXXXXXX/" + token, f"/gift/{reference.lower()}/{token}"]
    bodies = set()
    for address in wrong:
        for part in ("", "/state", "/qr.png", "/events"):
            answer = client.get(address + part)
            assert answer.status_code == 404
            bodies.add(re.sub(r"[0-9a-f]{12}|/language\S+", "", answer.text))
    assert len(bodies) == 1


def test_a_donor_returns_with_reference_and_amount(client: Browser, database: Database) -> None:
    link = a_gift(client, "1000", name="สมชาย")
    reference = link.split("/")[2]
    mistyped = f" {reference[:4].lower()}-{reference[4:]} "
    found_again = client.post("/return", data={"reference": mistyped, "amount": "๑,๐๐๐"})
    assert found_again.status_code == 200
    assert '<span class="amount">1,000</span>' in found_again.text
    assert link not in found_again.text
    settle(database, link)
    thanked = client.post("/return", data={"reference": reference, "amount": "1000"}).text
    assert "ได้รับแล้ว" in thanked
    assert "/r/" not in thanked


def test_every_miss_on_returning_has_one_answer(client: Browser) -> None:
    reference = a_gift(client).split("/")[2]
    misses = [(reference, "11"), ("DXXXXXXXXXX", "10"), ("", ""), (reference, "NaN"), ("\0", "10"), (reference, "0")]
    said = set()
    for typed, amount in misses:
        answer = client.post("/return", data={"reference": typed, "amount": amount})
        assert answer.status_code == 404
        said.add(re.findall(r'class="field-error"[^>]*>([^<]*)', answer.text)[0])
    assert len(said) == 1


def test_a_posters_address_leads_to_its_campaign(client: Browser, database: Database) -> None:
    with database.read() as session:
        code = chum_phae(session).code
    assert client.get(f"/poster/{code.lower()}").headers["location"] == FORM
    assert client.get("/poster/KK9999X").status_code == 404
    assert client.get("/give/nowhere").status_code == 404


def test_a_poster_qr_asks_for_any_amount_under_the_campaigns_code(client: Browser, database: Database) -> None:
    with database.read() as session:
        code = chum_phae(session).code
    assert qr.picture_svg(qr.bill_payment(BILLER, code), label=code) == client.get(f"{FORM}/poster.svg").text
    assert client.get(f"{FORM}/poster.png").headers["content-type"] == "image/png"


HOSTILE = ["%00", "..%2f..%2fetc%2fpasswd", "%0d%0aSet-Cookie:x", "%ff", "'%20OR%201=1--", "{{7*7}}"]
PLACES = ["/give/{}", "/poster/{}", "/gift/{}/AAAA", "/gift/DX/{}", "/r/{}/AAAA", "/v/{}/{}"]


def test_hostile_addresses_are_not_there(client: Browser) -> None:
    for text, place in itertools.product(HOSTILE, PLACES):
        answer = client.get(place.replace("{}", text))
        assert answer.status_code in (400, 404), place
        assert "set-cookie" not in answer.headers
