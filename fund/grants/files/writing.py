"""A payment file, written: pure, from what is ordered and a layout to bytes.

Knows how a field is padded and what a column can hold. Refuses, naming the line, whatever would be cut off, changed or
left out: nothing of a payment is ever shortened.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from fund import downloads
from fund.grants.files.errors import (
    AccountNotCarriedError,
    BankNotCarriedError,
    FigureNotCarriedError,
    NameNotCarriedError,
    NotCarriedError,
    WayNotCarriedError,
)
from fund.grants.files.layouts import Column, Layout
from ledger.money import format_plain_baht

PROMPTPAY: Final = "PROMPTPAY"


@dataclass(frozen=True, slots=True)
class Line:
    """One payment that is ordered."""

    position: int
    amount_satang: int
    name: str
    bank: str
    account: str


@dataclass(frozen=True, slots=True)
class Order:
    """Everything that one file orders."""

    reference: str
    pay_on: date
    made_on: date
    own_bank: str
    own_account: str
    own_name: str
    lines: tuple[Line, ...]


def write(layout: Layout, order: Order) -> bytes:
    """The file. Raises the NotCarriedError of the first line that the layout cannot carry."""
    of_run = _of_run(layout, order)
    lines = [_row(layout, layout.line, of_run | _of_line(layout, order, line), line.position) for line in order.lines]
    around = [[_row(layout, columns, of_run, 0)] if columns else [] for columns in (layout.header, layout.trailer)]
    rows = [*around[0], *lines, *around[1]]
    return "".join(row + layout.line_end for row in rows).encode(layout.encoding)


def _of_run(layout: Layout, order: Order) -> dict[str, str]:
    total = sum(line.amount_satang for line in order.lines)
    return {
        "count": str(len(order.lines)),
        "sum_satang": str(total),
        "sum_baht": format_plain_baht(total),
        "pay_on": _day(layout, order.pay_on),
        "made_on": _day(layout, order.made_on),
        "own_bank": order.own_bank,
        "own_account": order.own_account,
        "own_name": order.own_name,
        "reference": order.reference,
    }


def _of_line(layout: Layout, order: Order, line: Line) -> dict[str, str]:
    way = "promptpay" if line.bank == PROMPTPAY else "account"
    if way not in layout.ways:
        raise WayNotCarriedError(line=line.position)
    if layout.banks and line.bank not in layout.banks:
        raise BankNotCarriedError(line=line.position)
    return {
        "position": str(line.position),
        "amount_satang": str(line.amount_satang),
        "amount_baht": format_plain_baht(line.amount_satang),
        "name": line.name,
        "bank": line.bank,
        "bank_code": layout.banks.get(line.bank, ""),
        "account": line.account,
        "line_reference": f"{order.reference}-{line.position}",
    }


def _row(layout: Layout, columns: Iterable[Column], fields: Mapping[str, str], line: int) -> str:
    cell = _fixed if layout.shape == "fixed" else _comma_separated
    cells = [_carried(layout, column, fields, line, cell) for column in columns]
    return "".join(cells) if layout.shape == "fixed" else _joined(cells, layout.delimiter)


def _carried(
    layout: Layout,
    column: Column,
    fields: Mapping[str, str],
    line: int,
    cell: Callable[[Column, str], str | None],
) -> str:
    text = fields[column.field] if column.field else column.value
    found = cell(column, text)
    if found is None or not _is_encodable(found, layout.encoding):
        raise _REFUSALS.get(column.field, FigureNotCarriedError)(line=line)
    return found


def _fixed(column: Column, text: str) -> str | None:
    if len(text) > column.width:
        return None
    return text.ljust(column.width, column.fill) if column.align == "left" else text.rjust(column.width, column.fill)


def _comma_separated(column: Column, text: str) -> str | None:
    """The text as a cell; nothing for one that a spreadsheet would take for a formula."""
    is_whole = not column.width or len(text) <= column.width
    return text if is_whole and downloads.cell(text) == text else None


def _is_encodable(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return text.isprintable()


def _joined(cells: list[str], delimiter: str) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="").writerow(cells)
    return written.getvalue()


def _day(layout: Layout, day: date) -> str:
    return day.strftime(layout.date.replace("%Y", f"{day.year + layout.era:04}"))


_REFUSALS: Final[Mapping[str, type[NotCarriedError]]] = {
    "name": NameNotCarriedError,
    "own_name": NameNotCarriedError,
    "bank": BankNotCarriedError,
    "bank_code": BankNotCarriedError,
    "account": AccountNotCarriedError,
}
