"""Papers: the donor's A5 receipt and the A4/A3 poster, from frozen facts to PDF.

Knows how facts become words on paper. The HTML is made here, with everything escaped; the PDF is made by `press`,
in a child process. Refuses to print a claim about tax, or any character that its typeface lacks.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ledger.money import format_baht
from receipts import codes, fonts, pictures, press, words
from receipts.errors import FactsError
from receipts.facts import ReceiptFacts
from receipts.queries import Receipt

TEMPLATES: Final = Path(__file__).parents[1] / "templates" / "receipts"
POSTER_SIZES: Final = ("A4", "A3")


@dataclass(frozen=True, slots=True)
class PosterFacts:
    """What a campaign's poster says. `payload` is its reusable QR; `place` is empty for the whole province.

    Without a `biller_id` the QR is a credit transfer, which cannot carry a campaign, and the poster says so.
    """

    payload: str
    fund_name_th: str
    fund_name_en: str
    purpose_th: str
    purpose_en: str
    biller_name_th: str
    biller_name_en: str
    biller_id: str
    campaign: str
    place_th: str = ""
    place_en: str = ""
    permit_number: str = ""
    address: str = ""  # where anyone sees what the fund does with the money
    amount_satang: int = 1000
    is_demo: bool = False


def receipt_pdf(receipt: Receipt, *, address: str, is_demo: bool, is_copy: bool = False, seconds: int = 30) -> bytes:
    """The donor's receipt. `address` is where donors reach us; the QR leads to its check page. Raises RenderError."""
    return press.pdf("receipt", receipt_html(receipt, address, is_demo, is_copy), seconds=seconds)


def poster_pdf(facts: PosterFacts, size: str = "A4", *, seconds: int = 30) -> bytes:
    """The campaign's poster, `A4` or `A3`. Raises RenderError."""
    if size not in POSTER_SIZES:
        raise FactsError(field="size")
    return press.pdf(f"poster+{size.lower()}", poster_html(facts), seconds=seconds)


def receipt_html(receipt: Receipt, address: str, is_demo: bool, is_copy: bool = False) -> str:
    """The receipt before it is printed."""
    check_address = f"{address}/v/{receipt.number}/{receipt.check_code}"
    return _pages.get_template("donation.html").render(
        receipt=receipt,
        facts=receipt.facts,
        issuer=receipt.facts.issuer,
        running=receipt.number.rpartition("-")[2],
        check_code=codes.grouped(receipt.check_code),
        check_picture=Markup(pictures.svg(check_address, label="ตรวจสอบใบเสร็จนี้ / Check this receipt")),
        shown_address=address.partition("://")[2],
        is_dense=_is_dense(receipt.facts),
        is_demo=is_demo,
        is_copy=is_copy,
    )


def poster_html(facts: PosterFacts) -> str:
    """The poster before it is printed, the same for both sizes."""
    picture = Markup(pictures.svg(facts.payload, label="QR พร้อมเพย์ / PromptPay QR"))
    return _pages.get_template("poster.html").render(facts=facts, picture=picture)


def _is_dense(facts: ReceiptFacts) -> bool:
    """Whether what is said is so long that it must be set smaller to stay clear of the signature."""
    room = {
        facts.donor_name: 60,
        facts.purpose_th + facts.place_th: 110,
        facts.purpose_en + facts.place_en: 150,
        words.baht_words(facts.amount_satang): 62,
    }
    return any(len(said) > longest for said, longest in room.items())


_pages = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=lambda value: value if isinstance(value, Markup) else fonts.printable(str(value)),
)
_pages.filters.update(
    baht=format_baht,
    short_baht=lambda satang: format_baht(satang, short=True),
    thai_words=words.baht_words,
    english_words=words.english_baht_words,
    thai_day=words.thai_date,
    english_day=words.english_date,
)
