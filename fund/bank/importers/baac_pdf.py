"""BAAC's statement as a PDF: Buddhist years, the time glued to the day, a minus before what goes out.

It says neither what it began with, nor its totals, nor how many pages it has: its end is not proven.
"""

import re
from typing import Final

from fund.bank.importers import printed
from fund.bank.importers.layout import Layout, as_printed, headings, loose
from fund.bank.importers.protocol import Lines

NAME: Final = "baac-pdf"
BANK: Final = "BAAC"
EXTENSIONS: Final = (".pdf",)
IDS_ARE_UNIQUE: Final = False

_COLUMNS: Final = headings(
    "วันที่", "เวลา", "รายการ", "คำอธิบาย", "ถอน", "ฝาก", "ยอดคงเหลือ",
    "Date", "Time", "Transaction", "Description", "Withdrawal", "Deposit", "Balance", "/",
)  # fmt: skip
_DAY = r"\d{2}[-/]\d{2}[-/]\d{4}"


LAYOUT: Final = Layout(
    marks=(
        re.compile(loose("ชื่อเจ้าของบัญชี", "Account Owner")),
        re.compile(loose("คำอธิบาย", "Description")),
        re.compile(loose("ยอดคงเหลือ", "Balance")),
    ),
    headings=_COLUMNS,
    account=re.compile(loose("เลขที่บัญชี", "Account Number", "Account No.") + r" ?:? ?([\dxX][\dxX-]{9,18})"),
    period=re.compile(rf"{_DAY} ?(?:-|{loose('ถึงวันที่', 'ถึง')}|to) ?{_DAY}"),
    day=re.compile(r"(?P<day>\d{2})-(?P<month>\d{2})-(?P<year>\d{4})(?P<clock>\d{2}:\d{2}:\d{2})?", re.ASCII),
    is_buddhist=True,
    is_signed=True,
    tell=as_printed,
)


def identify(content: bytes) -> bool:
    """Whether an open PDF is a statement of BAAC's."""
    return printed.identify(content, LAYOUT)


def read(content: bytes) -> Lines:
    """The lines, proved by their balances."""
    return printed.read(content, LAYOUT)
