"""Plain receipts for tests: a ten-baht gift to Khon Kaen unless told otherwise."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from ledger import book
from receipts.facts import IssuerFacts, ReceiptFacts
from receipts.queries import Receipt
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
        number=facts.series().number(123),
        running=123,
        token="T" * 28,
        check_code="K7Q2M9XA4CDE8FGHJ0PR3TVWXYN6",
        facts=facts.without_donor() if is_donor_erased else facts,
        proves=UUID(int=7),
        issued_at=datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC),
        is_void=is_void,
        is_donor_erased=is_donor_erased,
    )
