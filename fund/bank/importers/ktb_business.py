"""Krungthai Business, CSV in UTF-8: headings and lines, every line with the account.

Moments are in the Buddhist era, with or without seconds; the code of a line stands in brackets, what the payer wrote
behind it. Nothing tells the end.
"""

import re
from typing import Final

from fund.bank.importers import tables
from fund.bank.importers import text as thai
from fund.bank.importers.protocol import Heading, Lines, StatementLine
from fund.bank.importers.tables import Cells
from fund.sheets import tables as sheets

NAME: Final = "ktb-business"
BANK: Final = "KTB"
EXTENSIONS: Final = (".csv", ".txt")
IDS_ARE_UNIQUE: Final = False

_ACCOUNT, _MOMENT, _DETAIL = "เลขที่บัญชี", "วันที่ & เวลา", "คำอธิบายรายการ"
_OUT, _IN, _BALANCE = "ถอน", "ฝาก", "ยอดเงินคงเหลือ"
_COLUMNS: Final = {name: (name,) for name in (_ACCOUNT, _MOMENT, _DETAIL, _OUT, _IN, _BALANCE)}
_CODE = re.compile(r"\(([A-Z]{3,8})\)\s*(.*)$")


def identify(content: bytes) -> bool:
    """Whether the headings stand near the beginning."""
    return tables.has_headings(content, _MOMENT, _BALANCE)


def read(content: bytes) -> Lines:
    """The lines; their balances prove all but the end."""
    is_open = tables.has_open_end(content)
    table = tables.find(sheets.rows(content), _COLUMNS, needed=tuple(_COLUMNS), is_open=is_open, balance=_BALANCE)
    account = ""
    for position, cells in enumerate(table.rows, start=1):
        account = cells.account(_ACCOUNT, account)
        yield _line(cells, position)
    return Heading(account)


def _line(cells: Cells, position: int) -> StatementLine:
    day, _, moment = cells[_MOMENT].partition(" - ")
    code = _CODE.search(cells[_DETAIL])
    return StatementLine(
        position=position,
        line_number=cells.line,
        occurred_on=thai.thai_day(day, cells.line, _MOMENT),
        time=cells.clock_time(_MOMENT, text=moment),
        value_on=None,
        amount_satang=cells.amount(came=_IN, went=_OUT),
        balance_satang=cells.satang(_BALANCE),
        text=cells[_DETAIL],
        references=(code[2],) if code and code[2] else (),
        channel=code[1] if code else "",
    )
