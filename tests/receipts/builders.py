"""Plain receipts for tests: a ten-baht gift to Khon Kaen unless told otherwise."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from ledger import book
from receipts import kinds
from receipts.audits import AuditFacts, EvidenceFile, GiftSpan, Hand, LoggedEntry, StatementLine
from receipts.facts import IssuerFacts, ReceiptFacts
from receipts.in_kind import InKindFacts
from receipts.queries import Receipt
from receipts.vouchers import VoucherFacts
from tests.ledger.builders import a_gift

ISSUER = IssuerFacts(
    name_th="สำนักงานกองทุนเพื่อความเสมอภาคจังหวัดขอนแก่น",
    name_en="Khon Kaen Provincial Office of the Equity Fund",
    address_th="ศาลากลางจังหวัดขอนแก่น ถนนศูนย์ราชการ ตำบลในเมือง อำเภอเมืองขอนแก่น จังหวัดขอนแก่น 40000",
    address_en="Khon Kaen Provincial Hall, Sun Ratchakan Road, Mueang Khon Kaen, Khon Kaen 40000",
    tax_id="0994000158378",
    phone="043-000-000",
    signatory_name_th="นางสาวกาญจนา ศรีสุข",
    signatory_name_en="Kanchana Srisuk",
    signatory_title_th="เหรัญญิกกองทุน",
    signatory_title_en="Treasurer of the fund",
)


def some_facts(**changes: Any) -> ReceiptFacts:
    """The facts of one gift of ten baht from somebody with a name."""
    known: dict[str, Any] = {
        "book": "KK",
        "fiscal_year": 2027,
        "issuer": ISSUER,
        "amount_satang": 1000,
        "given_on": date(2026, 11, 22),
        "issued_on": date(2026, 11, 23),
        "fund_name_th": "กองทุน 10 บาทสร้างโอกาสให้น้อง",
        "fund_name_en": "Ten Baht Fund for Children's Opportunity",
        "purpose_th": "ช่วยเด็กที่เสี่ยงหลุดจากระบบการศึกษาให้ได้เรียนต่อ",
        "purpose_en": "Keeping children who would drop out in school",
        "place_th": "อำเภอน้ำพอง",
        "place_en": "Nam Phong district",
        "donor_name": "คุณสมหญิง ใจดี",
    }
    return ReceiptFacts(**{**known, **changes})


def proof(session: Session) -> UUID:
    """A gift in the books, for a receipt to prove."""
    return book.post(session, a_gift(), by="officer").entry_id


def a_receipt(*, is_void: bool = False, is_donor_erased: bool = False, **changes: Any) -> Receipt:
    """A receipt with codes that never change, for papers."""
    facts = some_facts(**changes)
    return Receipt(
        number=kinds.series_of(facts).number(123),
        running=123,
        token="T" * 28,
        check_code="K7Q2M9XA4CDE8FGHJ0PR3TVWXYN6",
        facts=facts.without_private() if is_donor_erased else facts,
        proves=UUID(int=7),
        issued_at=datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC),
        is_void=is_void,
        is_donor_erased=is_donor_erased,
    )


def a_voucher(**changes: Any) -> VoucherFacts:
    """The facts of one voucher: 3,500 baht handed over for a case."""
    known: dict[str, Any] = {
        "book": "KK",
        "fiscal_year": 2027,
        "issuer": ISSUER,
        "amount_satang": 350_000,
        "given_on": date(2026, 11, 22),
        "issued_on": date(2026, 11, 23),
        "case_code": "C7Q2M9XA",
        "fund": "GEN",
        "fund_name_th": "กองทุน 10 บาทสร้างโอกาสให้น้อง",
        "fund_name_en": "Ten Baht Fund for Children's Opportunity",
        "purpose_th": "ค่าเดินทางไปเรียน",
        "purpose_en": "Travel to school",
    }
    return VoucherFacts(**{**known, **changes})


def in_kind(**changes: Any) -> InKindFacts:
    """The facts of one in-kind receipt: twenty bicycles for a district."""
    known: dict[str, Any] = {
        "book": "KK",
        "fiscal_year": 2027,
        "issuer": ISSUER,
        "amount_satang": 3_000_000,
        "given_on": date(2026, 11, 22),
        "issued_on": date(2026, 11, 23),
        "fund_name_th": "กองทุน 10 บาทสร้างโอกาสให้น้อง",
        "fund_name_en": "Ten Baht Fund for Children's Opportunity",
        "thing_th": "จักรยาน",
        "thing_en": "Bicycle",
        "unit_th": "คัน",
        "unit_en": "bicycles",
        "size": "",
        "condition": "new",
        "quantity": 20,
        "donor_name": "บริษัท ปั่นดี จำกัด",
    }
    return InKindFacts(**{**known, **changes})


def an_audit(**changes: Any) -> AuditFacts:
    """The facts of one audit receipt: 3,500 baht for a case, of which nothing came back."""
    day = date(2026, 11, 22)
    known: dict[str, Any] = {
        "book": "KK",
        "fiscal_year": 2027,
        "issuer": ISSUER,
        "amount_satang": 350_000,
        "given_on": day,
        "issued_on": date(2026, 11, 23),
        "case_code": "C7Q2M9XA",
        "fund": "GEN",
        "fund_name_th": "กองทุนทั่วไป",
        "fund_name_en": "General fund",
        "restriction": "none",
        "purpose": "travel",
        "purpose_th": "ค่าเดินทางไปเรียน",
        "purpose_en": "Travel to school",
        "tranche": "grant:0192f000-0000-7000-8000-000000000001:1",
        "paid_satang": 350_000,
        "entry": LoggedEntry("0192f000-0000-7000-8000-000000000002", 1234, "ab" * 32),
        "hands": (
            Hand("asked", "นก", on=day),
            Hand("approved", "ตอง", on=day),
            Hand("approved", "แก้ว", "ฝน", day),
            Hand("prepared", "ฟ้า", on=day),
            Hand("authorised", "ธีร์", on=day),
            Hand("matched", "ใฝ่", on=day),
            Hand("checked", "ฝน"),
        ),
        "received_by": "guardian",
        "how": "screen",
        "received_on": day,
        "line": StatementLine("0192f000-0000-7000-8000-000000000003", "6789", day, -350_000),
        "evidence": (EvidenceFile("voucher", "cd" * 32), EvidenceFile("photo", "ef" * 32)),
        "voucher": "KKV-2570-000001",
        "gifts": (GiftSpan("GEN", 1_000_000, 1_200_000), GiftSpan("GEN", 1_300_000, 1_450_000)),
    }
    return AuditFacts(**{**known, **changes})
