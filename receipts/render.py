"""Papers: numbered ones, as their kind is printed, and the A4/A3 poster, from frozen facts to PDF.

Knows how facts become words on paper. The HTML is made here, with everything escaped; the PDF is made by `press`,
in a child process. Refuses to print a claim about tax, or any character that its typeface lacks.
"""

import json
from dataclasses import asdict, dataclass
from typing import Final

from markupsafe import Markup

from receipts import codes, kinds, pictures, press, sheets, words
from receipts.errors import FactsError
from receipts.facts import Facts, ReceiptFacts
from receipts.in_kind import InKindFacts
from receipts.queries import Receipt
from receipts.vouchers import VoucherFacts

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


@dataclass(frozen=True, slots=True)
class Named:
    """What the version with a child's name says above: the child, who printed it, when, and why."""

    name: str
    printed_by: str
    printed_at_th: str
    printed_at_en: str
    why_th: str
    why_en: str


def receipt_pdf(
    receipt: Receipt,
    *,
    address: str,
    is_demo: bool,
    is_copy: bool = False,
    child: Named | None = None,
    seconds: int = 30,
) -> bytes:
    """A receipt's paper. `address` is where people reach us; the QR leads to its check page. Raises RenderError.

    `child` makes the version of an audit receipt that names the child: for who may see the case, and never kept.
    """
    style = kinds.of(receipt.facts.kind).style
    html = receipt_html(receipt, address, is_demo, is_copy, child)
    return press.pdf(style, html, seconds=seconds, facts=attached_facts(receipt), written_at=receipt.issued_at)


def voucher_pdf(
    voucher: Receipt, receiver: str, complaint_address: str, *, address: str, is_demo: bool, seconds: int = 30
) -> bytes:
    """A voucher to be signed by hand. `receiver` may be empty; who signs complains at `complaint_address`.

    Raises RenderError.
    """
    html = voucher_html(voucher, receiver, complaint_address, address, is_demo)
    return press.pdf(kinds.of(voucher.facts.kind).style, html, seconds=seconds)


def poster_pdf(facts: PosterFacts, size: str = "A4", *, seconds: int = 30) -> bytes:
    """The campaign's poster, `A4` or `A3`. Raises RenderError."""
    if size not in POSTER_SIZES:
        raise FactsError(field="size")
    said = json.dumps(asdict(facts), ensure_ascii=False).encode()
    return press.pdf(f"poster+{size.lower()}", poster_html(facts), seconds=seconds, facts=said)


def attached_facts(receipt: Receipt) -> bytes:
    """What comes with a paper for programs (JSON): its number, its check code, its open facts and its private part."""
    own = receipt.facts.private_part()
    known = {
        "number": receipt.number,
        "check_code": receipt.check_code,
        "facts": json.loads(receipt.facts.canonical()),
        "private": json.loads(own) if own else None,
    }
    return json.dumps(known, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def receipt_html(
    receipt: Receipt, address: str, is_demo: bool, is_copy: bool = False, child: Named | None = None
) -> str:
    """The receipt before it is printed."""
    check_address = f"{address}/v/{receipt.number}/{receipt.check_code}"
    volume, _, running = receipt.number.rpartition("-")
    return sheets.html(
        kinds.of(receipt.facts.kind).template,
        receipt=receipt,
        facts=receipt.facts,
        issuer=receipt.facts.issuer,
        volume=volume,
        running=running,
        check_code=codes.grouped(receipt.check_code),
        check_picture=Markup(pictures.svg(check_address, label="ตรวจสอบใบเสร็จนี้ / Check this receipt")),
        shown_address=address.partition("://")[2],
        is_dense=_is_dense(receipt.facts),
        is_demo=is_demo,
        is_copy=is_copy,
        child=child,
    )


def voucher_html(voucher: Receipt, receiver: str, complaint_address: str, address: str, is_demo: bool) -> str:
    """The voucher before it is printed."""
    return sheets.html(
        "voucher",
        voucher=voucher,
        facts=voucher.facts,
        case_code=voucher.facts.case_code,
        issuer=voucher.facts.issuer,
        receiver=receiver,
        volume=voucher.number.rpartition("-")[0],
        running=voucher.number.rpartition("-")[2],
        complaint_picture=sheets.complaint_picture(complaint_address),
        complaint_address=complaint_address.partition("://")[2],
        check_code=codes.grouped(voucher.check_code),
        shown_address=address.partition("://")[2],
        is_dense=_is_dense(voucher.facts, receiver),
        is_demo=is_demo,
    )


def poster_html(facts: PosterFacts) -> str:
    """The poster before it is printed, the same for both sizes."""
    picture = Markup(pictures.svg(facts.payload, label="QR พร้อมเพย์ / PromptPay QR"))
    return sheets.html("poster", facts=facts, picture=picture)


def _is_dense(facts: Facts, receiver: str = "") -> bool:
    """Whether what a paper says is so long that it must be set smaller to stay clear of the signature."""
    if isinstance(facts, InKindFacts):
        return len(facts.donor_name) > 60 or len(facts.thing_en + facts.place_en) > 60
    if isinstance(facts, VoucherFacts):
        return len(receiver) > 60 or len(words.baht_words(facts.amount_satang)) > 62
    if not isinstance(facts, ReceiptFacts):
        return False
    room = {
        facts.donor_name: 60,
        facts.purpose_th + facts.place_th: 110,
        facts.purpose_en + facts.place_en: 150,
        words.baht_words(facts.amount_satang): 62,
    }
    return facts.tax is not None or any(len(said) > longest for said, longest in room.items())
