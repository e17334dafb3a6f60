"""Krungthai netbank's "xls", which is HTML: labels with account and balance, a period, headings, lines.

Its end tags stand in the wrong order; without them it is cut off. The balance above is that of the moment at which the
file was made: where it is also the last line's, it proves the end. Days are in the Christian era.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final

from fund.bank.errors import WrongCurrencyError
from fund.bank.importers import tables
from fund.bank.importers import text as thai
from fund.bank.importers.protocol import Heading, Lines, StatementLine
from fund.bank.importers.tables import Cells
from fund.sheets import tables as sheets
from fund.sheets.errors import LongLineError, TruncatedError
from fund.sheets.tables import Row

NAME: Final = "ktb-netbank"
BANK: Final = "KTB"
EXTENSIONS: Final = (".xls", ".html", ".htm")
IDS_ARE_UNIQUE: Final = False

_MOMENT, _CODE, _DETAIL, _CHEQUE = "วันที่", "รายการ", "รายละเอียด", "หมายเลขเช็ค"
_AMOUNT, _TAX, _BALANCE = "จำนวนเงิน", "ภาษี", "ยอดเงินคงเหลือ"
_COLUMNS: Final = {name: (name,) for name in (_MOMENT, _CODE, _DETAIL, _CHEQUE, _AMOUNT, _TAX, _BALANCE)}
_ACCOUNT, _CURRENCY = "เลขที่บัญชี", "สกุลเงิน"
_PERIOD = "รายการบัญชีตั้งแต่วันที่"
_PAYER = re.compile(r"^(?:TR (?:to|fr) )?(\d{3}-\d{6,}|\d{10,})")
_MOST_UNREAD: Final = 128 * 1024  # letters that no tag has closed
_FED_AT_ONCE: Final = 64 * 1024
_MOST_CELLS: Final = 64


def identify(content: bytes) -> bool:
    """Whether it is HTML with this format's labels near the beginning."""
    return content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" and tables.has_headings(content, _ACCOUNT, _PERIOD)


def read(content: bytes) -> Lines:
    """The lines; their balances prove all but the end, the end tags that no letter is missing."""
    _require_end(content)
    table = tables.find(_rows(content), _COLUMNS, needed=tuple(_COLUMNS))
    account, standing = tables.digits(table.said(_ACCOUNT)), table.said(_BALANCE)
    if table.said(_CURRENCY) != "THB":
        raise WrongCurrencyError(currency=table.said(_CURRENCY)[:10])
    from_on, to_on = table.period(_PERIOD, "ถึง", era=0)
    last = None
    for position, cells in enumerate(table.rows, start=1):
        line = _line(cells, position)
        last = line.balance_satang
        yield line
    return Heading(account, from_on, to_on, is_end_proven=thai.satang(standing, 1, _BALANCE) == last)


def _require_end(content: bytes) -> None:
    end = content[-64:].lower()
    if not (b"</html>" in end and b"</table>" in end):
        raise TruncatedError(line=content.count(b"\n") + 1)


def _rows(content: bytes) -> Iterator[Row]:
    """The rows of all tables, as they come."""
    parser, waiting = _Rows(), 0
    for number, text in enumerate(sheets.lines(content), start=1):
        parser.feed_later(text)
        waiting += len(text)
        if waiting > _FED_AT_ONCE:
            yield from parser.taken()
            waiting = 0
            if len(parser.rawdata) > _MOST_UNREAD:
                raise LongLineError(line=number)
    yield from parser.taken()


class _Rows(HTMLParser):
    """Collects rows of cells; what stands outside of cells is no matter."""

    def __init__(self) -> None:
        super().__init__()
        self._unread: list[str] = []
        self._rows: list[Row] = []
        self._cells: list[list[str]] = []
        self._is_in_cell = False

    def feed_later(self, text: str) -> None:
        self._unread.append(text)

    def taken(self) -> list[Row]:
        """The rows that are whole by now, once."""
        self.feed("".join(self._unread))
        rows, self._rows, self._unread = self._rows, [], []
        return rows

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._cells, self._is_in_cell = [], False
        elif tag in ("td", "th"):
            self._cells.append([])
            self._is_in_cell = True
            if len(self._cells) > _MOST_CELLS:
                raise LongLineError(line=self.getpos()[0])

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr"):
            self._is_in_cell = False
        if tag == "tr" and self._cells:
            cells = [sheets.single_spaced("".join(cell)) for cell in self._cells]
            self._rows.append(Row(self.getpos()[0], cells))
            self._cells = []

    def handle_data(self, data: str) -> None:
        if self._is_in_cell:
            self._cells[-1].append(data)


def _line(cells: Cells, position: int) -> StatementLine:
    day, _, moment = cells[_MOMENT].partition(" ")
    return StatementLine(
        position=position,
        line_number=cells.line,
        occurred_on=cells.numbered_day(_MOMENT, era=0, text=day),
        time=cells.clock_time(_MOMENT, text=moment),
        value_on=None,
        amount_satang=cells.signed_amount(_AMOUNT),
        balance_satang=cells.satang(_BALANCE),
        text=" ".join(filter(None, (cells[_CODE], cells[_DETAIL]))),
        references=cells.references(_CHEQUE),
        payer=payer[1] if (payer := _PAYER.match(cells[_DETAIL])) else "",
        channel=cells[_CODE],
    )
