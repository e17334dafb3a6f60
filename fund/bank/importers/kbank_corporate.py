"""KBank's statement for companies, CSV in cp874.

Preamble of labels with counts and totals, a row of headings, the lines, a footer. Days are in the Buddhist era,
with two or four digits. Banks' own descriptions disagree on which of the two day columns comes first, so columns
are found by their headings. The column หมายเลข names the terminal or document that took the money
(other readers of this file call it so too): we show it, and never trust it to be unique.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from fund.bank.errors import (
    BrokenLineError,
    EmptyStatementError,
    MissingPartError,
    TruncatedError,
    TwoAccountsError,
    UnknownFormatError,
    WrongCurrencyError,
)
from fund.bank.importers import text as thai
from fund.bank.importers.protocol import Heading, Lines, StatementLine, check_amount, check_count
from fund.sheets import tables as sheets
from fund.sheets.tables import Row

NAME: Final = "kbank-corporate"
BANK: Final = "KBANK"
EXTENSIONS: Final = (".csv", ".txt")
IDS_ARE_UNIQUE: Final = False

_MADE_ON, _TIME, _KIND, _CHEQUE = "วันที่ทำรายการ", "เวลา", "รายการ", "เลขที่เช็ค"
_OUT, _IN, _BALANCE, _NUMBER = "จำนวนเงินหักบัญชี", "จำนวนเงินนำฝากเข้าบัญชี", "ยอดคงเหลือ", "หมายเลข"
_VALUE_ON, _CHANNEL, _DETAIL = "วันที่รายการมีผล", "ช่องทาง", "รายละเอียด"
_NEEDED = (_MADE_ON, _TIME, _KIND, _OUT, _IN, _BALANCE)
_KNOWN = (*_NEEDED, _CHEQUE, _NUMBER, _VALUE_ON, _CHANNEL, _DETAIL)
_ACCOUNT, _CURRENCY, _FROM, _TO = "เลขที่บัญชี", "สกุลเงิน", "วันที่ ตั้งแต่วันที่", "ถึงวัน"
_IN_COUNT, _IN_TOTAL = "เข้าบัญชี", "จำนวนเงินนำฝากเข้าบัญชีทั้งหมด"
_OUT_COUNT, _OUT_TOTAL = "หักบัญชี", "จำนวนเงินที่หักบัญชีทั้งหมด"
_LABELS = (_ACCOUNT, _CURRENCY, _FROM, _TO, _IN_COUNT, _IN_TOTAL, _OUT_COUNT, _OUT_TOTAL)
_FOOTER = "สิ้นสุดรายงาน"
_HIGHEST_PREAMBLE = 40

_NO_CHEQUE = re.compile(r"^0*$")
_REFERENCES = re.compile(r"รหัสอ้างอิง\s*:?\s*(.+)$")
_PAYER = re.compile(r"^(?:จาก|ไปยัง|โอนไป|โอนไปยัง)\s+(.+)$")


class _Preamble(NamedTuple):
    values: Mapping[str, Row]  # label → its line and the cell after it
    headings: Mapping[str, int]

    def text(self, label: str) -> str:
        row = self.values.get(label)
        if row is None or not row.cells[0]:
            raise MissingPartError(part=label)
        return row.cells[0]

    def line(self, label: str) -> int:
        return self.values[label].number


def identify(content: bytes) -> bool:
    """Whether the headings of this format stand near the beginning."""
    beginning = content[:8192]
    return any(
        _OUT.encode(encoding) in beginning and _BALANCE.encode(encoding) in beginning for encoding in ("cp874", "utf-8")
    )


def read(content: bytes) -> Lines:
    """The lines, proved by the preamble's counts and totals and by the footer."""
    rows = sheets.rows(content)
    preamble = _preamble(rows)
    came: list[int] = [0, 0]  # lines, satang
    went: list[int] = [0, 0]
    for line in _lines(rows, preamble.headings):
        side = came if line.amount_satang > 0 else went
        side[0] += 1
        side[1] += abs(line.amount_satang)
        yield line
    if not came[0] + went[0]:
        raise EmptyStatementError()
    _check_total(preamble, _IN_COUNT, _IN_TOTAL, came)
    _check_total(preamble, _OUT_COUNT, _OUT_TOTAL, went)
    return Heading(
        account_number=re.sub(r"[^0-9]", "", preamble.text(_ACCOUNT)),
        from_on=thai.thai_day(preamble.text(_FROM), preamble.line(_FROM), _FROM),
        to_on=thai.thai_day(preamble.text(_TO), preamble.line(_TO), _TO),
        is_end_proven=True,
    )


def _preamble(rows: Iterator[Row]) -> _Preamble:
    values: dict[str, Row] = {}
    for row in itertools.islice(rows, _HIGHEST_PREAMBLE):
        if _OUT in row.cells and _BALANCE in row.cells:
            preamble = _Preamble(values, _headings(row.cells))
            if preamble.text(_CURRENCY) != "THB":
                raise WrongCurrencyError(currency=preamble.text(_CURRENCY))
            return preamble
        for label, value in zip(row.cells, row.cells[1:], strict=False):
            if label in _LABELS and values.setdefault(label, Row(row.number, [value])).cells != [value]:
                raise TwoAccountsError()
    raise UnknownFormatError()


def _headings(cells: list[str]) -> dict[str, int]:
    headings = {cell: index for index, cell in enumerate(cells) if cell in _KNOWN}
    for needed in _NEEDED:
        if needed not in headings:
            raise MissingPartError(part=needed)
    return headings


def _lines(rows: Iterator[Row], headings: Mapping[str, int]) -> Iterator[StatementLine]:
    position, last = 0, 0
    for row in rows:
        last = row.number
        if _ACCOUNT in row.cells:
            raise TwoAccountsError()
        if _FOOTER in "".join(row.cells):
            return _refuse_more(rows)
        if any(row.cells):
            position += 1
            yield _line(row, headings, position)
    raise TruncatedError(line=last)


def _refuse_more(rows: Iterator[Row]) -> None:
    """Nothing stands behind the footer."""
    more = [row for row in rows if any(row.cells)]
    if any(_ACCOUNT in row.cells for row in more):
        raise TwoAccountsError()
    for row in more:
        raise BrokenLineError(line=row.number, column=_FOOTER, value=" ".join(row.cells)[:40])


def _line(row: Row, headings: Mapping[str, int], position: int) -> StatementLine:
    cells = {name: row.cells[index] if index < len(row.cells) else "" for name, index in headings.items()}
    number = row.number
    value_on = cells.get(_VALUE_ON)
    detail = cells.get(_DETAIL, "")
    return StatementLine(
        position=position,
        line_number=number,
        occurred_on=thai.thai_day(cells[_MADE_ON], number, _MADE_ON),
        time=thai.clock_time(cells[_TIME], number, _TIME) if cells[_TIME] else None,
        value_on=thai.thai_day(value_on, number, _VALUE_ON) if value_on else None,
        amount_satang=_amount(cells, number),
        balance_satang=thai.satang(cells[_BALANCE], number, _BALANCE),
        text=" ".join(filter(None, (cells[_KIND], detail))),
        references=_references(detail, cells.get(_CHEQUE, "")),
        bank_id=cells.get(_NUMBER, ""),
        payer=payer[1] if (payer := _PAYER.match(detail)) else "",
        channel=cells.get(_CHANNEL, ""),
    )


def _amount(cells: Mapping[str, str], line: int) -> int:
    """Satang, + in and − out; exactly one of the two columns is filled, with a positive amount."""
    came = thai.satang(cells[_IN], line, _IN) if cells[_IN] else 0
    went = thai.satang(cells[_OUT], line, _OUT) if cells[_OUT] else 0
    if min(came, went) < 0 or (came > 0) == (went > 0):
        raise BrokenLineError(line=line, column=_OUT + " / " + _IN, value=f"{cells[_OUT]} / {cells[_IN]}")
    return came - went


def _references(detail: str, cheque: str) -> tuple[str, ...]:
    found = _REFERENCES.search(detail)
    parts = [part.strip() for part in found[1].split(",")] if found else []
    if not _NO_CHEQUE.match(cheque):
        parts.append(cheque)
    return tuple(dict.fromkeys(filter(None, parts)))


def _check_total(preamble: _Preamble, count: str, total: str, made: list[int]) -> None:
    """The preamble's count and total are what the lines make."""
    text, line = preamble.text(count), preamble.line(count)
    if not re.fullmatch(r"[0-9][0-9,]{0,12}", text):
        raise BrokenLineError(line=line, column=count, value=text[:40])
    check_count(count, int(text.replace(",", "")), made[0])
    check_amount(total, thai.satang(preamble.text(total), preamble.line(total), total), made[1])
