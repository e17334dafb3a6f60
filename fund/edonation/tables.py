"""The table to key into e-Donation, written: pure, from gifts and a layout of columns to CSV or XLSX.

Knows a layout file (TOML): which columns, in which order, how a day and its era are written. Refuses a layout that
asks for a field there is not. No cell is ever a formula.
"""

import io
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

import msgspec
import openpyxl
from openpyxl.cell import WriteOnlyCell

from fund import downloads
from fund.edonation.errors import ColumnsError
from ledger.money import format_plain_baht

SHIPPED: Final = Path(__file__).parent / "columns.toml"
_MONEY: Final = "#,##0.00"
FIELDS: Final = (
    "position", "day", "name", "tax_id", "amount", "receipt", "reference", "campaign", "rate", "donee", "donee_tax_id",
    "ground",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Keyed:
    """One gift, as it is keyed in."""

    position: int
    day: date
    name: str
    tax_id: str
    amount_satang: int
    receipt: str
    reference: str
    campaign: str
    rate: str
    donee: str
    donee_tax_id: str
    ground: str


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One column: a field of the gift, or a fixed `value`."""

    title: str
    field: str = ""
    value: str = ""


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The columns in their order; `era` is added to the Christian year."""

    columns: tuple[Column, ...]
    date: str = "%d/%m/%Y"
    era: Literal[0, 543] = 543

    @property
    def titles(self) -> list[str]:
        return [one.title for one in self.columns]


def layout(path: Path | None) -> Layout:
    """The layout in a file, ours where none is named. Raises ColumnsError."""
    try:
        found = msgspec.convert(tomllib.loads((path or SHIPPED).read_text(encoding="utf-8")), type=Layout)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as wrong:
        raise ColumnsError(reason=str(wrong)) from None
    unknown = [one.field for one in found.columns if one.field and one.field not in FIELDS]
    if unknown or not found.columns:
        raise ColumnsError(reason=f"there is no field {unknown[0]}" if unknown else "it has no columns")
    return found


def as_csv(chosen: Layout, gifts: Sequence[Keyed]) -> bytes:
    """The table as CSV that Excel opens in Thai."""
    rows = ([str(_cell(chosen, column, gift)) for column in chosen.columns] for gift in gifts)
    return bytes(downloads.csv_answer("", chosen.titles, rows).content)


def as_xlsx(chosen: Layout, gifts: Sequence[Keyed]) -> bytes:
    """The table as a workbook: numbers are text, so that none loses a zero; amounts are amounts."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("e-Donation")
    sheet.append([_text(sheet, title) for title in chosen.titles])
    for gift in gifts:
        sheet.append([_sheet_cell(sheet, _cell(chosen, column, gift)) for column in chosen.columns])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _cell(chosen: Layout, column: Column, gift: Keyed) -> str | Decimal:
    if column.field == "amount":
        return Decimal(format_plain_baht(gift.amount_satang))
    if column.field == "day":
        return gift.day.strftime(chosen.date.replace("%Y", f"{gift.day.year + chosen.era:04}"))
    return str(getattr(gift, column.field)) if column.field else column.value


def _sheet_cell(sheet: object, value: str | Decimal) -> object:
    if isinstance(value, str):
        return _text(sheet, value)
    cell = WriteOnlyCell(sheet, value)  # type: ignore[arg-type]
    cell.number_format = _MONEY
    return cell


def _text(sheet: object, text: str) -> object:
    """A cell of text, whatever it looks like."""
    cell = WriteOnlyCell(sheet, text)  # type: ignore[arg-type]
    cell.data_type = "s"
    return cell
