"""Krungthai's statement as a PDF: Buddhist years of two digits, the time below the day, totals behind the last entry.

No opening balance is printed: the first entry's words say which way its money went, and the totals prove it.
Interest stands in one row with the tax that was taken off it.
"""

import re
from typing import Final

from fund.bank.importers import printed
from fund.bank.importers.layout import MONEY, Figures, Layout, as_printed, headings, loose
from fund.bank.importers.protocol import Lines

NAME: Final = "krungthai-pdf"
BANK: Final = "KTB"
EXTENSIONS: Final = (".pdf",)
IDS_ARE_UNIQUE: Final = False

_COLUMNS: Final = headings(
    "วันที่/เวลา", "วันที่", "เวลา", "รายการ", "รายละเอียด", "หมายเลขเช็ค", "เลขที่เช็ค", "ถอนเงิน", "ฝากเงิน", "ถอน", "ฝาก",
    "จำนวนเงิน", "ยอดคงเหลือ", "ยอดเงินคงเหลือ", "(บาท)", "สาขา", "Date/Time", "Date", "Time", "Transaction", "Description",
    "Details", "Cheque No.", "Withdrawal", "Deposit", "Amount", "Balance", "(Baht)", "(THB)", "Branch", "/",
)  # fmt: skip
_DAY = r"\d{2}/\d{2}/\d{2}(?:\d{2})?"


def _out_in(out: int, came: int, balance: int) -> Figures:
    """Money out and money in on one row: interest with tax, or one of the two is nothing."""
    return Figures(came, -out, balance) if came else Figures(-out, 0, balance)


LAYOUT: Final = Layout(
    marks=(
        re.compile(loose("กรุงไทย") + "|(?i:krungthai)"),
        re.compile(loose("รายการเดินบัญชี", "รายการบัญชีระหว่างวันที่", "Statement")),
        re.compile(loose("คงเหลือ", "Balance")),
    ),
    headings=_COLUMNS,
    account=re.compile(loose("เลขที่บัญชี", "Account No.", "Account Number") + r" ?:? ?([\dxX-]{10,15})"),
    period=re.compile(rf"(?:{loose('ระหว่างวันที่')}|(?i:period)) ?:? ?{_DAY} ?(?:{loose('ถึง')}|(?i:to)|-) ?{_DAY}"),
    day=re.compile(r"(?P<day>\d{2})/(?P<month>\d{2})/(?P<year>\d{2})", re.ASCII),
    is_buddhist=True,
    brought=re.compile(rf"^(?:B/F )?{loose('ยอดยกมา', 'Brought Forward')} ({MONEY})$"),
    totals=re.compile(
        rf"{loose('รายการถอนทั้งหมด', 'Total Withdrawal')} (?P<out_count>[\d,]+) (?P<out_sum>{MONEY})"
        rf"|{loose('รายการฝากทั้งหมด', 'Total Deposit')} (?P<in_count>[\d,]+) (?P<in_sum>{MONEY})"
    ),
    sizes=(3, 2),
    reckon=_out_in,
    came=re.compile(loose("เข้า", "รับ", "ฝาก", "ดอกเบี้ย") + "|(?i:deposit|interest|receive)"),
    tell=as_printed,
)


def identify(content: bytes) -> bool:
    """Whether an open PDF is a statement of Krungthai's."""
    return printed.identify(content, LAYOUT)


def read(content: bytes) -> Lines:
    """The lines, proved by their balances and by the counts and sums behind the last entry."""
    return printed.read(content, LAYOUT)
