"""SCB's statement for companies, CSV in cp874, under either of the two rows of headings that SCB writes.

Every row names the account. Days are in the Christian era, times without seconds. Nothing tells the end.
"""

import re
from typing import Final

from fund.bank.importers import tables
from fund.bank.importers.protocol import Heading, Lines, StatementLine
from fund.bank.importers.tables import Cells
from fund.sheets import tables as sheets

NAME: Final = "scb-business"
BANK: Final = "SCB"
EXTENSIONS: Final = (".csv", ".txt")
IDS_ARE_UNIQUE: Final = False

_ACCOUNT, _DATE, _TIME, _CODE, _CHANNEL = "Account Number", "Date", "Time", "Transaction Code", "Channel"
_CHEQUE, _OUT, _IN, _SIGN = "Cheque Number", "Debit Amount", "Credit Amount", "Balance Sign"
_BALANCE, _DETAIL = "Balance Amount", "Description"
_COLUMNS: Final = {
    _ACCOUNT: (_ACCOUNT,),
    _DATE: (_DATE,),
    _TIME: (_TIME,),
    _CODE: (_CODE, "Tr Code"),
    _CHANNEL: (_CHANNEL,),
    _CHEQUE: (_CHEQUE,),
    _OUT: (_OUT, "Withdrawal"),
    _IN: (_IN, "Deposit"),
    _SIGN: (_SIGN,),
    _BALANCE: (_BALANCE, "Outstanding Balance"),
    _DETAIL: (_DETAIL, "Tr Description"),
}
_NEEDED: Final = (_ACCOUNT, _DATE, _TIME, _CODE, _OUT, _IN, _BALANCE, _DETAIL)
PAYER: Final = re.compile(r"^(?:Transfer (?:from|to) )?(.*\b[xX]\d{3,}\b.*)$")
"""Who paid, in SCB's words: `Transfer from SCB x5334 นาย ตัวอย่าง` or `กสิกรไทย (KBANK) /X000001`."""


def identify(content: bytes) -> bool:
    """Whether SCB's headings stand near the beginning."""
    is_ours = tables.has_headings(content, _ACCOUNT, _DATE, _TIME)
    return is_ours and any(tables.has_headings(content, *names) for names in ((_OUT, _IN), ("Tr Code", "Deposit")))


def read(content: bytes) -> Lines:
    """The lines; their balances prove all but the end."""
    table = tables.find(sheets.rows(content), _COLUMNS, needed=_NEEDED, is_open=tables.has_open_end(content))
    account = ""
    for position, cells in enumerate(table.rows, start=1):
        account = cells.account(_ACCOUNT, account)
        yield _line(cells, position)
    return Heading(account)


def _line(cells: Cells, position: int) -> StatementLine:
    balance = cells.satang(_BALANCE)
    return StatementLine(
        position=position,
        line_number=cells.line,
        occurred_on=cells.numbered_day(_DATE, era=0),
        time=cells.clock_time(_TIME),
        value_on=None,
        amount_satang=cells.amount(came=_IN, went=_OUT),
        balance_satang=-balance if cells[_SIGN] == "-" else balance,
        text=" ".join(filter(None, (cells[_CODE], cells[_DETAIL]))),
        references=cells.references(_CHEQUE),
        payer=payer[1] if (payer := PAYER.match(cells[_DETAIL])) else "",
        channel=cells[_CHANNEL],
    )
