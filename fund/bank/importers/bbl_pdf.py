"""Bangkok Bank's statement as a PDF: Christian years of two digits, no times, no totals, an opening balance.

Only the number of the last page proves that the end was reached.
"""

import re
from collections.abc import Sequence
from typing import Final

from fund.bank.importers import printed
from fund.bank.importers.layout import MONEY, Layout, Told, headings, loose
from fund.bank.importers.protocol import Lines

NAME: Final = "bbl-pdf"
BANK: Final = "BBL"
EXTENSIONS: Final = (".pdf",)
IDS_ARE_UNIQUE: Final = False

_COLUMNS: Final = headings(
    "วันที่", "รายการ", "เลขที่เช็ค", "ถอน", "ฝาก", "คงเหลือ", "ยอดคงเหลือ", "ผ่านทาง", "ผานทาง",
    "Date", "Particulars", "Chq.No.", "Withdrawal", "Deposit", "Balance", "Via", "/",
)  # fmt: skip
_DAY = r"\d{2}/\d{2}/\d{4}"
_CHEQUE = re.compile(r"\d{7,10}", re.ASCII)


def _tell(before: Sequence[str], behind: Sequence[str], more: Sequence[Sequence[str]]) -> Told:
    cheque = before[-1:] if before and _CHEQUE.fullmatch(before[-1]) else []
    words = [*before, *(word for row in more for word in row)]
    return Told(" ".join(words), channel=" ".join(behind), references=tuple(cheque))


LAYOUT: Final = Layout(
    marks=(re.compile("Particulars"), re.compile(r"Chq\. ?No\."), re.compile(r"\bVia\b")),
    headings=_COLUMNS,
    account=re.compile(
        r"(?:Account No\.?|" + loose("เลขที่บัญชี") + r") ?:? ?([\dxX]{3}-[\dxX]-[\dxX]{5}-[\dxX]|[\dxX]{10})"
    ),
    period=re.compile(
        r"(?:Statement Period|" + loose("รอบรายการบัญชี") + r") ?:? ?(\d{2}/\d{2}/\d{4}) ?- ?(\d{2}/\d{2}/\d{4})"
    ),
    day=re.compile(r"(?P<day>\d{2})/(?P<month>\d{2})/(?P<year>\d{2})", re.ASCII),
    is_buddhist=False,
    brought=re.compile(rf"^\d{{2}}/\d{{2}}/\d{{2}} B/F ({MONEY})$"),
    last_page=re.compile(r"(?:Page|หน้า) ?:? ?(\d+) ?/ ?(\d+)"),
    tell=_tell,
)


def identify(content: bytes) -> bool:
    """Whether an open PDF is a statement of Bangkok Bank's."""
    return printed.identify(content, LAYOUT)


def read(content: bytes) -> Lines:
    """The lines, proved by their balances."""
    return printed.read(content, LAYOUT)
