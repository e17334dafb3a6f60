"""Plain receipts for tests: a ten-baht gift to Khon Kaen unless told otherwise."""

from datetime import date
from typing import Any

from receipts.facts import IssuerFacts, ReceiptFacts

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
