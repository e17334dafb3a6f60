"""KBank's K-Cyber, CSV in English: labels with account and period, headings, lines.

Moments stand in one cell, in the Christian era. Nothing tells the end: cut between two lines, a file looks whole.
"""

from typing import Final

from fund.bank.importers import tables
from fund.bank.importers.protocol import Heading, Lines, StatementLine
from fund.bank.importers.tables import Cells
from fund.sheets import tables as sheets

NAME: Final = "kbank-kcyber"
BANK: Final = "KBANK"
EXTENSIONS: Final = (".csv", ".txt")
IDS_ARE_UNIQUE: Final = False

_DATE, _OUT, _IN, _BALANCE = "Date", "Withdrawal (THB)", "Deposit (THB)", "Outstanding Balance (THB)"
_KIND, _CHANNEL, _NOTE = "Transaction Type", "Service Channel", "Note"
_COLUMNS: Final = {name: (name,) for name in (_DATE, _KIND, _OUT, _IN, _BALANCE, _CHANNEL, _NOTE)}
_ACCOUNT, _PERIOD = "Account Number", "Statement Period"


def identify(content: bytes) -> bool:
    """Whether K-Cyber's headings stand near the beginning."""
    return tables.has_headings(content, _OUT, _IN, _BALANCE)


def read(content: bytes) -> Lines:
    """The lines; their balances prove all but the end."""
    table = tables.find(sheets.rows(content), _COLUMNS, needed=tuple(_COLUMNS), is_open=tables.has_open_end(content))
    account, days = tables.digits(table.said(_ACCOUNT)), table.period(_PERIOD, " - ", era=0)
    for position, cells in enumerate(table.rows, start=1):
        yield _line(cells, position)
    return Heading(account, *days)


def _line(cells: Cells, position: int) -> StatementLine:
    day, _, moment = cells[_DATE].partition(" ")
    return StatementLine(
        position=position,
        line_number=cells.line,
        occurred_on=cells.numbered_day(_DATE, era=0, text=day),
        time=cells.clock_time(_DATE, text=moment),
        value_on=None,
        amount_satang=cells.amount(came=_IN, went=_OUT),
        balance_satang=cells.satang(_BALANCE),
        text=" ".join(filter(None, (cells[_KIND], cells[_NOTE]))),
        channel=cells[_CHANNEL],
    )
