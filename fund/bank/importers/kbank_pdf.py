"""KBank's statement as a PDF (K PLUS, K BIZ): Christian years of two digits, one amount, totals above the table.

What the last column has no room for goes on in the next row, cut off in the middle of a word: it is put together
without a space. `++` is where the bank itself cuts a name off.
"""

import re
from collections.abc import Sequence
from typing import Final

from fund.bank.importers import printed
from fund.bank.importers.layout import MONEY, Layout, Told, headings, loose
from fund.bank.importers.protocol import Lines

NAME: Final = "kbank-pdf"
BANK: Final = "KBANK"
EXTENSIONS: Final = (".pdf",)
IDS_ARE_UNIQUE: Final = False

_COLUMNS: Final = headings(
    "เวลา/", "วันที่มีผล", "วันที่", "รายการ", "ถอนเงิน", "ฝากเงิน", "ยอดคงเหลือ", "(บาท)", "ช่องทาง", "รายละเอียด",
    "Date", "Time/", "Eff.Date", "Descriptions", "Withdrawal", "Deposit", "Outstanding Balance",
    "Outstanding", "Balance", "(THB)", "Channel", "Details", "/",
)  # fmt: skip
_ITEMS = loose("รายการ", "Items")
_DETAIL = re.compile(r"(?:^| )(?=(?:จาก|โอนไป|ไปยัง|เพื่อชำระ|รหัสอ้างอิง|From|To|Paid|Ref)\b)")
_PAYER = re.compile(r"^(?:จาก|โอนไป|ไปยัง|From|To) (?:พร้อมเพย์ |PromptPay )?(?:[A-Z]{2,6} )?(?:X\w{3,} )?(.+)$")
_REFERENCES = re.compile(r"(?:รหัสอ้างอิง|Ref\.?)\s*:?\s*([A-Za-z0-9][A-Za-z0-9, ]*)")


def _tell(before: Sequence[str], behind: Sequence[str], more: Sequence[Sequence[str]]) -> Told:
    whole = "".join([" ".join(behind), *(" ".join(row) for row in more)])
    channel, *rest = _DETAIL.split(whole, maxsplit=1)
    detail = rest[0] if rest else ""
    payer = _PAYER.match(detail)
    found = _REFERENCES.search(detail)
    return Told(
        text=" ".join(filter(None, [*before, detail or channel])),
        channel=channel if rest else "",
        payer=payer[1].rstrip("+ ") if payer else "",
        references=tuple(part for part in re.split(r"[, ]+", found[1]) if re.search(r"\d", part)) if found else (),
    )


LAYOUT: Final = Layout(
    marks=(
        re.compile(loose("เลขที่บัญชีเงินฝาก", "Account Number")),
        re.compile(loose("ช่องทาง", "Channel")),
        re.compile(loose("รวมถอนเงิน", "Total Withdrawal")),
    ),
    headings=_COLUMNS,
    account=re.compile(loose("เลขที่บัญชีเงินฝาก", "Account Number") + r" ?:? ?([\dxX-]{10,15})"),
    period=re.compile(loose("รอบระหว่างวันที่", "Period") + r" ?:? ?\d{2}/\d{2}/\d{4} ?- ?\d{2}/\d{2}/\d{4}"),
    day=re.compile(r"(?P<day>\d{2})-(?P<month>\d{2})-(?P<year>\d{2})", re.ASCII),
    is_buddhist=False,
    brought=re.compile(rf"\d{{2}}-\d{{2}}-\d{{2}} {loose('ยอดยกมา', 'Beginning Balance')} ({MONEY})$"),
    carried=re.compile(rf"{loose('ยอดยกไป', 'Ending Balance')} ({MONEY})$"),
    totals=re.compile(
        rf"{loose('รวมถอนเงิน', 'Total Withdrawal')} (?P<out_count>[\d,]+) {_ITEMS} (?P<out_sum>{MONEY})$"
        rf"|{loose('รวมฝากเงิน', 'Total Deposit')} (?P<in_count>[\d,]+) {_ITEMS} (?P<in_sum>{MONEY})$"
    ),
    tell=_tell,
)


def identify(content: bytes) -> bool:
    """Whether an open PDF is a statement of KBank's."""
    return printed.identify(content, LAYOUT)


def read(content: bytes) -> Lines:
    """The lines, proved by their balances, the closing balance, and the counts and sums above the table."""
    return printed.read(content, LAYOUT)
