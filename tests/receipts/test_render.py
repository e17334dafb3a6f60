"""Papers say what their facts say, to eyes, scanners and screen readers alike."""

import logging
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from receipts import codes, qr, render, words
from receipts.errors import FactsError
from receipts.facts import TaxFacts
from receipts.queries import Receipt
from receipts.render import PosterFacts
from tests.receipts import papers
from tests.receipts.builders import ISSUER, a_receipt
from tests.receipts.papers import fold

ADDRESS = "https://10baht.khonkaen.example"
GOLDEN = Path(__file__).parents[1] / "golden" / "receipt.html"
LONG_NAME = ("บริษัท ขอนแก่นทอไหมมัดหมี่เพื่อการศึกษา จำกัด (มหาชน) " * 4)[:200]

OWN_NAME = "กองทุน 10 บาทสร้างโอกาสให้น้อง จังหวัดขอนแก่น"

RECEIPTS = {
    "plain": a_receipt(),
    "unnamed": a_receipt(donor_name=""),
    "erased": a_receipt(is_donor_erased=True),
    "void": a_receipt(is_void=True),
    "long": a_receipt(donor_name=LONG_NAME, donor_tax_id="0994000158378", permit_number="12/2569"),
    "of the fund itself": a_receipt(fund_name_th=OWN_NAME, issuer=replace(ISSUER, name_th=OWN_NAME)),
    "largest": a_receipt(amount_satang=99_999_999_999_999, donor_name="ป้าน้อย ผู้ใหญ่บ้านกุดน้ำใส ซ้ำแล้วซ้ำเล่า"),
}


@pytest.fixture(autouse=True)
def _no_warnings(caplog: pytest.LogCaptureFixture) -> Any:
    """WeasyPrint had nothing to complain of in any paper of this file."""
    caplog.set_level(logging.WARNING)
    yield
    assert caplog.messages == []


def printed(receipt: Receipt, **options: Any) -> bytes:
    return render.receipt_pdf(receipt, address=ADDRESS, **{"is_demo": False, **options})


@pytest.mark.parametrize("name", RECEIPTS)
def test_every_fact_can_be_copied_and_searched_as_it_was_written(name: str, tmp_path: Path) -> None:
    receipt = RECEIPTS[name]
    facts = receipt.facts
    written = [value for value in [*asdict(facts).values(), *asdict(facts.issuer).values()] if isinstance(value, str)]
    if facts.issuer.name_th == facts.fund_name_th:
        written.remove(facts.issuer.name_en)  # one name says it
    written.remove(facts.book)
    written.remove(facts.kind)
    written += [words.baht_words(facts.amount_satang), words.thai_date(facts.issued_on), "ใบเสร็จรับเงินบริจาค"]
    written += [words.thai_date(facts.given_on), "ตรวจสอบใบเสร็จนี้", "Check this receipt", receipt.number]
    for text in papers.texts(printed(receipt), tmp_path).values():
        assert [value for value in written if fold(value) not in text] == []
        assert fold(codes.grouped(receipt.check_code)) in text


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("unnamed", {}, "ผู้ไม่ประสงค์ออกนาม"),
        ("erased", {}, "ลบข้อมูลผู้บริจาคแล้ว"),
        ("void", {}, "ยกเลิก / VOID"),
        ("plain", {"is_copy": True}, "สำเนา / COPY"),
        ("plain", {"is_demo": True}, "ตัวอย่าง ไม่ใช่ใบเสร็จจริง / DEMONSTRATION"),
    ],
)
def test_marks_are_printed_when_they_are_due_and_only_then(
    name: str, options: dict[str, bool], said: str, tmp_path: Path
) -> None:
    assert all(fold(said) in text for text in papers.texts(printed(RECEIPTS[name], **options), tmp_path).values())
    assert all(fold(said) not in text for text in papers.texts(printed(RECEIPTS["long"]), tmp_path).values())


@pytest.mark.parametrize("name", RECEIPTS)
def test_a_receipt_is_one_page_of_a5_in_thai_with_nothing_personal_about_it(name: str, tmp_path: Path) -> None:
    pdf = printed(RECEIPTS[name], is_demo=True, is_copy=True)
    about = papers.facts_of(pdf, tmp_path)
    assert (about["Pages"], about["Page size"], about["Tagged"]) == ("1", "419.528 x 595.276 pts", "yes")
    assert about["Title"] == "ใบเสร็จรับเงินบริจาค KK-2570-000123"
    assert set(about) & {"Author", "Subject", "Keywords"} == set()
    assert b"/Lang (th)" in papers.unpacked(pdf)
    assert {embedded for _, embedded in papers.fonts_of(pdf, tmp_path)} == {"yes"}
    assert all("+Sarabun" in font for font, _ in papers.fonts_of(pdf, tmp_path))


@pytest.mark.parametrize("is_grey", [False, True])
def test_a_scanner_finds_the_check_page_on_paper(is_grey: bool, tmp_path: Path) -> None:
    receipt = RECEIPTS["plain"]
    seen = papers.scanned(papers.picture(printed(receipt, is_demo=True), tmp_path, dpi=110, is_grey=is_grey))
    assert seen == [f"{ADDRESS}/v/{receipt.number}/{receipt.check_code}"]


def test_the_receipt_is_the_one_we_agreed_on(pytestconfig: pytest.Config) -> None:
    html = render.receipt_html(RECEIPTS["plain"], ADDRESS, is_demo=True, is_copy=True)
    if pytestconfig.getoption("--update-golden"):
        GOLDEN.write_text(html, encoding="utf-8")
    assert html == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("claim", ["เท่า", "ลดหย่อน", "หักภาษี", "deduct", "×"])
def test_a_receipt_claims_nothing_about_tax(claim: str) -> None:
    for receipt in RECEIPTS.values():
        assert claim not in render.receipt_html(receipt, ADDRESS, is_demo=False)


def test_a_receipt_of_a_donee_unit_names_it_and_its_law_and_no_number_of_times(tmp_path: Path) -> None:
    unit = TaxFacts("โรงเรียนสมมุติวิทยา", "Sommut School", "0994000000006", "มาตรา 47 (7)", "section 47 (7)", 2, 1)
    pdf = printed(a_receipt(tax=unit))
    for text in papers.texts(pdf, tmp_path).values():
        for said in ("เงินบริจาคให้โรงเรียนสมมุติวิทยา", "0994000000006", "หักเป็นค่าลดหย่อน", "ตามมาตรา47(7)", "section47(7)"):
            assert said in text
        assert "เท่า" not in text
    assert papers.facts_of(pdf, tmp_path)["Pages"] == "1"


def a_poster(**changes: Any) -> PosterFacts:
    known: dict[str, Any] = {
        "payload": qr.bill_payment("099400015837801", "KK4007X", "KK"),
        "fund_name_th": "กองทุน 10 บาทสร้างโอกาสให้น้อง",
        "fund_name_en": "Ten Baht Fund for Children's Opportunity",
        "purpose_th": "ช่วยเด็กที่เสี่ยงหลุดจากระบบการศึกษาให้ได้เรียนต่อ",
        "purpose_en": "Keeping children who would drop out in school",
        "biller_name_th": "กองทุนเพื่อความเสมอภาคจังหวัดขอนแก่น",
        "biller_name_en": "Khon Kaen Equity Fund",
        "biller_id": "099400015837801",
        "campaign": "KK4007X",
        "place_th": "อำเภอน้ำพอง",
        "place_en": "Nam Phong district",
        "permit_number": "12/2569",
        "address": ADDRESS,
    }
    return PosterFacts(**{**known, **changes})


@pytest.mark.parametrize(("size", "points"), [("A4", "595.276 x 841.89 pts (A4)"), ("A3", "841.89 x 1190.55 pts (A3)")])
@pytest.mark.parametrize("is_demo", [False, True])
def test_a_poster_is_scanned_and_read_in_black_and_white(size: str, points: str, is_demo: bool, tmp_path: Path) -> None:
    facts = a_poster(is_demo=is_demo)
    pdf = render.poster_pdf(facts, size)
    about = papers.facts_of(pdf, tmp_path)
    assert (about["Pages"], about["Page size"]) == ("1", points)
    assert papers.scanned(papers.picture(pdf, tmp_path, dpi=60, is_grey=True)) == [facts.payload]
    written = [value for name, value in asdict(facts).items() if isinstance(value, str) and name != "payload"]
    for text in papers.texts(pdf, tmp_path).values():
        assert [value for value in written if fold(value.removeprefix("https://")) not in text] == []
        assert fold("คนละ 10 บาท") in text and (fold("ตัวอย่าง ห้ามโอนเงิน") in text) == is_demo


def test_the_posters_qr_is_three_fifths_of_its_width() -> None:
    assert papers.dark_width(render.poster_pdf(a_poster()), (75, 300, 520, 690)) >= 0.6


def test_a_poster_without_a_place_or_permit_stands_too(tmp_path: Path) -> None:
    bare = {"place_th": "", "place_en": "", "permit_number": "", "address": "", "purpose_th": "ช่วยเด็ก" * 12}
    for name in ("กองทุน", "กองทุน" * 8, "กองทุน" * 20):
        pdf = render.poster_pdf(a_poster(**bare, fund_name_th=name))
        assert papers.facts_of(pdf, tmp_path)["Pages"] == "1"


def test_a_poster_whose_qr_names_no_campaign_says_so(tmp_path: Path) -> None:
    facts = a_poster(biller_id="", payload=qr.credit_transfer("phone", "0812345678"))
    pdf = render.poster_pdf(facts)
    assert papers.scanned(papers.picture(pdf, tmp_path, dpi=60)) == [facts.payload]
    for text in papers.texts(pdf, tmp_path).values():
        assert fold("QR นี้ระบุโครงการไม่ได้") in text and "BillerID" not in text


def test_posters_come_in_two_sizes() -> None:
    with pytest.raises(FactsError):
        render.poster_pdf(a_poster(), "A5")
