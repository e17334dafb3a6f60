"""The layouts of payment files, files themselves (TOML): columns, widths, padding, encoding, first and last line.

Knows those that come with the program and those in the folder of the settings; of two with one name the folder's
counts. Refuses a layout whose lines are not as long as it says, or that asks for a field there is not.
"""

import tomllib
from pathlib import Path
from typing import Final, Literal

import msgspec

from fund.grants.files.errors import LayoutError, LayoutNotFoundError

SHIPPED: Final = Path(__file__).parent
Way = Literal["account", "promptpay"]
_OF_RUN: Final = frozenset(
    {"count", "sum_satang", "sum_baht", "pay_on", "made_on", "own_bank", "own_account", "own_name", "reference"}
)
_OF_LINE: Final = _OF_RUN | {
    "position", "amount_satang", "amount_baht", "name", "bank", "bank_code", "account", "line_reference"
}  # fmt: skip


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One column: a field of the payment, or a fixed `value`; in a fixed layout so many characters wide."""

    field: str = ""
    value: str = ""
    width: int = 0
    align: Literal["left", "right"] = "left"
    fill: str = " "


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of file. `warning` is what a person reads before they trust it; `banks` the bank's codes."""

    title_th: str
    title_en: str
    ending: str
    shape: Literal["fixed", "csv"]
    encoding: Literal["cp874", "utf-8", "utf-8-sig"]
    line: tuple[Column, ...]
    header: tuple[Column, ...] = ()
    trailer: tuple[Column, ...] = ()
    ways: tuple[Way, ...] = ("account", "promptpay")
    length: int = 0
    delimiter: str = ","
    line_end: Literal["\r\n", "\n"] = "\r\n"
    date: str = "%d%m%Y"
    era: Literal[0, 543] = 0
    banks: dict[str, str] = {}
    warning_th: str = ""
    warning_en: str = ""

    def title(self, language: str) -> str:
        """What the layout is called."""
        return self.title_th if language == "th" else self.title_en

    def warning(self, language: str) -> str:
        """What to know before it is used; empty where there is nothing."""
        return self.warning_th if language == "th" else self.warning_en


def layouts(folder: Path | None) -> dict[str, Layout]:
    """Every layout by its name, those of the program first. Raises LayoutError."""
    places = [SHIPPED, *([folder] if folder else [])]
    return {path.stem: read(path) for place in places for path in sorted(place.glob("*.toml"))}


def layout(folder: Path | None, name: str) -> Layout:
    """One layout. Raises LayoutNotFoundError and LayoutError."""
    found = layouts(folder).get(name)
    if found is None:
        raise LayoutNotFoundError()
    return found


def read(path: Path) -> Layout:
    """The layout in a file. Raises LayoutError."""
    try:
        found = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), type=Layout)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as wrong:
        raise LayoutError(layout=path.stem, reason=str(wrong)) from None
    reason = _wrong(found)
    if reason:
        raise LayoutError(layout=path.stem, reason=reason)
    return found


def _wrong(one: Layout) -> str:
    """What is wrong with a layout, in words for whoever wrote it."""
    for part, columns, fields in (
        ("header", one.header, _OF_RUN),
        ("line", one.line, _OF_LINE),
        ("trailer", one.trailer, _OF_RUN),
    ):
        unknown = [column.field for column in columns if column.field and column.field not in fields]
        if unknown:
            return f"{part}: there is no field {unknown[0]}"
        if any(bool(column.field) == bool(column.value) and not column.width for column in columns):
            return f"{part}: a column is a field or a value"
        width = sum(column.width for column in columns)
        if one.shape == "fixed" and columns and width != one.length:
            return f"{part}: its columns are {width} characters wide, not {one.length}"
        if any(len(column.fill) != 1 for column in columns):
            return f"{part}: one character fills a column"
    if not any(column.field in ("amount_satang", "amount_baht") for column in one.line):
        return "line: nothing says how much is paid"
    return ""
