"""The Government Savings Bank's statement as a PDF: Buddhist years, unsigned amounts, tax beside them.

Each page has its own totals, the last one the whole's and the balance carried forward.
"""

import re
from typing import Final

from fund.bank.importers import printed
from fund.bank.importers.layout import MONEY, Figures, Layout, as_printed, headings, loose
from fund.bank.importers.protocol import Lines

NAME: Final = "gsb-pdf"
BANK: Final = "GSB"
EXTENSIONS: Final = (".pdf",)
IDS_ARE_UNIQUE: Final = False

_COLUMNS: Final = headings(
    "วันที่", "รายการ", "คำอธิบาย", "จำนวนเงิน", "ภาษี", "คงเหลือ", "สาขา", "ผู้ทำรายการ",
    "Date", "Transaction", "Description", "Amount", "Tax", "Balance", "Branch", "Teller", "/",
)  # fmt: skip
_DAY = r"\d{2}/\d{2}/\d{4}"
_DEBITS = rf"Dr\. ?= ?(?P<out_count>[\d,]+) (?P<out_sum>{MONEY})"
_CREDITS = rf"Cr\. ?= ?(?P<in_count>[\d,]+) (?P<in_sum>{MONEY})"


def _amount_tax(amount: int, tax: int, balance: int) -> Figures:
    return Figures(amount, -tax, balance)


LAYOUT: Final = Layout(
    marks=(
        re.compile(loose("ผู้ทำรายการ", "Teller")),
        re.compile(loose("ภาษี", "Tax")),
        re.compile(rf"B/F {loose('ยอดยกมา')}|B/F"),
    ),
    headings=_COLUMNS,
    account=re.compile(loose("เลขที่บัญชี", "Account No.", "Account Number") + r" ?:? ?([\dxX][\dxX-]{9,15})"),
    period=re.compile(rf"{_DAY} ?(?:-|{loose('ถึงวันที่', 'ถึง')}|to) ?{_DAY}"),
    day=re.compile(r"(?P<day>\d{2})/(?P<month>\d{2})/(?P<year>\d{4})", re.ASCII),
    is_buddhist=True,
    brought=re.compile(rf"^B/F(?: {loose('ยอดยกมา')})? ({MONEY})$"),
    carried=re.compile(rf"^C/F(?: {loose('ยอดยกไป')})? ({MONEY})$"),
    totals=re.compile(rf"^Total {_DEBITS} {_CREDITS}$"),
    page_totals=re.compile(rf"^Page {_DEBITS} {_CREDITS}$"),
    sizes=(3,),
    reckon=_amount_tax,
    tell=as_printed,
)


def identify(content: bytes) -> bool:
    """Whether an open PDF is a statement of the Government Savings Bank's."""
    return printed.identify(content, LAYOUT)


def read(content: bytes) -> Lines:
    """The lines, proved by their balances, by each page's totals and by the whole's."""
    return printed.read(content, LAYOUT)
