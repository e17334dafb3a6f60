"""A class list, screened: the children on it who meet what the teacher chose, and nobody else.

Knows columns by what a person said of them on the real rows, Thai days and amounts as teachers write them. Refuses the
whole list for one row that cannot be read, and names it. Pure: nothing is kept by it.
"""

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from fund.cases import children
from fund.cases.finding.birthdays import birthday
from fund.cases.finding.errors import (
    ListTooLongError,
    NobodyAtRiskError,
    NoColumnError,
    NoMarkError,
    RowAbsencesError,
    RowBirthError,
    RowError,
    RowIdError,
    RowIncomeError,
    RowNameError,
)
from fund.cases.finding.told import Told
from fund.donors.details import parse_name
from fund.errors import FundError
from fund.sheets import tables
from ledger.errors import LedgerError
from ledger.money import parse_baht

T = TypeVar("T")

COLUMNS: Final = {
    "": "–",
    "name": "Name (also its parts)",
    "nickname": "Nickname",
    "national_id": "ID number",
    "birth": "Birthday",
    "where": "Address",
    "absences": "Days absent",
    "income": "Income a month",
    "mark": "Mark “at risk”",
    "words": "Remarks",
}
"""What a column may hold."""

MARKS: Final = ("absences", "income", "mark")
MOST_ROWS: Final = 200
MOST_COLUMNS: Final = 40
_LONGEST_CELL: Final = 300
_HINTS: Final = {
    "ชื่อเล่น": "nickname",
    "ชื่อ": "name",
    "สกุล": "name",
    "คำนำหน้า": "name",
    "ประชาชน": "national_id",
    "เกิด": "birth",
    "ที่อยู่": "where",
    "ขาด": "absences",
    "รายได้": "income",
    "เสี่ยง": "mark",
    "หมายเหตุ": "words",
}
"""Words of a heading, and what most likely stands below."""

_NO: Final = frozenset({"", "-", "–", "0", "ไม่", "ไม่ใช่", "ไม่เสี่ยง", "ไม่มี", "ปกติ", "no", "n", "false"})
_UNITS: Final = re.compile(r"(วัน|ครั้ง|บาท|฿)")
_DIGITS: Final = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


@dataclass(frozen=True, slots=True)
class Choice:
    """What each column holds, first to last, which row the headings (0: none), and who is at risk.

    So many days absent or more (0: not asked); so much income a month or less.
    """

    columns: tuple[str, ...]
    heading: int
    absences: int
    income_satang: int

    def check(self) -> None:
        """Raises NoColumnError and NoMarkError."""
        if "name" not in self.columns:
            raise NoColumnError()
        if not set(MARKS) & set(self.columns):
            raise NoMarkError()


def read(content: bytes, delimiter: str = "") -> list[list[str]]:
    """The rows of a table as it was handed in, or as `written`. Raises SheetError and ListTooLongError."""
    delimiter = delimiter or max((",", ";", "\t", "|"), key=lambda sign: content.count(sign.encode()))
    found = []
    for row in tables.rows(content, delimiter):
        found.append([cell[:_LONGEST_CELL] for cell in row.cells[:MOST_COLUMNS]])
        if len(found) > MOST_ROWS:
            raise ListTooLongError(most=MOST_ROWS)
    return found


def written(rows: Sequence[Sequence[str]]) -> str:
    """The same rows as a text, which the browser keeps between two pages and the service does not."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def guessed(rows: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], int]:
    """What the columns most likely hold, and which row the headings; people correct it."""
    hinted = [tuple(_hinted(cell) for cell in cells) for cells in rows[:15]]
    likeliest = max(hinted, key=lambda columns: sum(map(bool, columns)), default=())
    return (likeliest, hinted.index(likeliest) + 1) if sum(map(bool, likeliest)) > 1 else ((), 0)


def screen(rows: Sequence[Sequence[str]], choice: Choice) -> tuple[int, list[Told]]:
    """How many children are on the list, and those who meet a mark.

    Raises NoColumnError, NoMarkError, NobodyAtRiskError, and RowError for the first row that cannot be read.
    """
    choice.check()
    headings = rows[choice.heading - 1] if 0 < choice.heading <= len(rows) else []
    told = [
        (_told(cells, number, choice), _marks(cells, number, choice, headings))
        for number, cells in enumerate(rows, start=1)
        if number > choice.heading and any(cells)
    ]
    found = [
        replace(child, signs=tuple(sign for sign, _ in marks if sign), words=_joined(marks, child.words))
        for child, marks in told
        if marks
    ]
    if not found:
        raise NobodyAtRiskError()
    return len(told), found


def income(text: str) -> int:
    """Satang of an income, which may be none at all. Raises AmountError."""
    return 0 if re.fullmatch(r"0+(\.0{1,2})?", text.strip().translate(_DIGITS)) else parse_baht(text)


def _hinted(heading: str) -> str:
    return next((column for word, column in _HINTS.items() if word in heading), "")


def _told(cells: Sequence[str], row: int, choice: Choice) -> Told:
    """A child as the row tells it."""
    said = {column: " ".join(_of(cells, column, choice)) for column in COLUMNS if column}
    name = _read(lambda: parse_name(said["name"]), RowNameError, row)
    if not name:
        raise RowNameError(row=row)
    return Told(
        name=name,
        nickname=_read(lambda: parse_name(said["nickname"]), RowError, row),
        birth_on=_read(lambda: birthday(said["birth"]), RowBirthError, row),
        national_id=_read(lambda: children.parse_national_id(_none(said["national_id"])), RowIdError, row),
        where=_read(lambda: children.parse_words(said["where"]), RowError, row),
        words=_read(lambda: children.parse_words(said["words"]), RowError, row),
    )


def _marks(cells: Sequence[str], row: int, choice: Choice, headings: Sequence[str]) -> list[tuple[str, str]]:
    """The marks that the row meets: the sign that each stands for, and the cell in the list's own words."""
    met = []
    for place, (column, cell) in enumerate(zip(choice.columns, cells, strict=False)):
        if column in MARKS and _meets(column, cell, row, choice):
            heading = headings[place] if place < len(headings) else ""
            met.append(({"absences": "absent", "income": "money"}.get(column, ""), f"{heading}: {cell}".strip(": ")))
    return met


def _meets(column: str, cell: str, row: int, choice: Choice) -> bool:
    said = _none(_UNITS.sub("", cell).strip())
    if column == "mark":
        return cell.strip().casefold() not in _NO
    if not said:
        return False
    if column == "absences":
        return 0 < choice.absences <= _read(lambda: _count(said), RowAbsencesError, row)
    return _read(lambda: income(said), RowIncomeError, row) <= choice.income_satang


def _joined(marks: Sequence[tuple[str, str]], words: str) -> str:
    return " · ".join(filter(None, [*(said for _, said in marks), words]))


def _of(cells: Sequence[str], column: str, choice: Choice) -> list[str]:
    """What stands in the columns of this kind."""
    return [cell for named, cell in zip(choice.columns, cells, strict=False) if named == column and cell]


def _none(text: str) -> str:
    return "" if text in ("-", "–") else text


def _read(parse: Callable[[], T], refusal: type[RowError], row: int) -> T:
    try:
        return parse()
    except (FundError, LedgerError, ValueError):
        raise refusal(row=row) from None


def _count(text: str) -> int:
    plain = text.translate(_DIGITS)
    if not re.fullmatch(r"\d{1,3}", plain, re.ASCII):
        raise ValueError
    return int(plain)
