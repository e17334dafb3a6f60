"""SCB Easy Net, text in UTF-8 with tabs: headings and lines, amounts with their signs.

It names no account: who hands it in says which. Days are in the Christian era. Nothing tells the end.
"""

from typing import Final

from fund.bank.importers import tables
from fund.bank.importers.protocol import Heading, Lines, StatementLine
from fund.bank.importers.scb_business import PAYER
from fund.bank.importers.tables import Cells
from fund.sheets import tables as sheets

NAME: Final = "scb-easynet"
BANK: Final = "SCB"
EXTENSIONS: Final = (".txt", ".tsv", ".csv")
IDS_ARE_UNIQUE: Final = False

_DATE, _TIME, _CODE, _CHANNEL, _DETAIL = "Date", "Time", "Transaction", "Channel", "Description"
_CHEQUE, _OUT, _IN, _BALANCE = "Chq No", "Withdrawal", "Deposits", "Balance"
_COLUMNS: Final = {name: (name,) for name in (_DATE, _TIME, _CODE, _CHANNEL, _DETAIL, _CHEQUE, _OUT, _IN, _BALANCE)}


def identify(content: bytes) -> bool:
    """Whether Easy Net's headings stand near the beginning."""
    return tables.has_headings(content, f"{_DATE}\t{_TIME}\t{_CODE}", f"{_OUT}\t{_IN}\t{_BALANCE}")


def read(content: bytes) -> Lines:
    """The lines; their balances prove all but the end."""
    is_open = tables.has_open_end(content)
    table = tables.find(
        sheets.rows(content, delimiter="\t"), _COLUMNS, needed=tuple(_COLUMNS), is_open=is_open, balance=_BALANCE
    )
    for position, cells in enumerate(table.rows, start=1):
        yield _line(cells, position)
    return Heading()


def _line(cells: Cells, position: int) -> StatementLine:
    return StatementLine(
        position=position,
        line_number=cells.line,
        occurred_on=cells.numbered_day(_DATE, era=0),
        time=cells.clock_time(_TIME),
        value_on=None,
        amount_satang=cells.amount(came=_IN, went=_OUT),
        balance_satang=cells.satang(_BALANCE),
        text=" ".join(filter(None, (cells[_CODE], cells[_DETAIL]))),
        references=cells.references(_CHEQUE),
        payer=payer[1] if (payer := PAYER.match(cells[_DETAIL])) else "",
        channel=cells[_CHANNEL],
    )
