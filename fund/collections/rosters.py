"""A list of people as somebody typed it, read into gifts: which column holds what, and what is wrong, cell by cell.

Knows headings in Thai and English, a sum below the list, and names that stand twice. Refuses to guess an amount, and
to take a list in part: with one problem there is no roster.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from fund.collections.errors import (
    NameMissingError,
    NoColumnError,
    NoRosterError,
    ReceiptUnclearError,
    RosterTooLargeError,
    SumBetweenError,
    SumDiffersError,
    TooManyColumnsError,
    TooManyPeopleError,
)
from fund.donors import details
from fund.errors import FundError
from fund.sheets import tables, workbooks
from ledger.errors import AmountTooLargeError, LedgerError
from ledger.money import Satang, format_baht, parse_baht
from receipts.promptpay import LARGEST_SATANG

MOST_BYTES: Final = 4 << 20
MOST_PEOPLE: Final = 10_000
MOST_COLUMNS: Final = 50
NAME, CLASS, AMOUNT, RECEIPT, EMAIL = "name", "class", "amount", "receipt", "email"
COLUMNS: Final = ("", NAME, CLASS, AMOUNT, RECEIPT, EMAIL)
HEADINGS_WITHIN: Final = 20
"""The headings stand among the first rows, below a title."""

_HEADINGS: Final = {
    NAME: "คำนำหน้า|คำนำหน้าชื่อ|คำนำหน้านาม|ชื่อ|นามสกุล|สกุล|ชื่อสกุล|ชื่อนามสกุล|ชื่อและนามสกุล|ชื่อและสกุล|รายชื่อ|ชื่อนักเรียน|ชื่อสกุลนักเรียน|"
    "ชื่อนามสกุลนักเรียน|รายชื่อนักเรียน|ผู้บริจาค|ชื่อผู้บริจาค|รายชื่อผู้บริจาค|ชื่อสกุลผู้บริจาค|ชื่อนามสกุลผู้บริจาค|title|name|fullname|"
    "firstname|lastname|surname|donor|donorname|studentname",
    CLASS: "ชั้น|ห้อง|ชั้นห้อง|ระดับ|ระดับชั้น|ระดับชั้นเรียน|ชั้นปี|ชั้นปีที่|ชั้นเรียน|ห้องเรียน|กลุ่ม|แผนก|ฝ่าย|กลุ่มสาระ|หน่วยงาน|"
    "class|room|classroom|grade|group|department",
    AMOUNT: "จำนวนเงิน|จำนวนเงินบริจาค|จำนวนเงินที่บริจาค|จำนวนบริจาค|จำนวน|ยอด|ยอดเงิน|ยอดเงินบริจาค|เงิน|บาท|เงินบริจาค|ยอดบริจาค|"
    "amount|amountin|donation|baht|thb",
    RECEIPT: "ใบเสร็จ|ใบเสร็จรับเงิน|ขอใบเสร็จ|ขอใบเสร็จรับเงิน|รับใบเสร็จ|รับใบเสร็จรับเงิน|ต้องการใบเสร็จ|ต้องการใบเสร็จรับเงิน|"
    "ต้องการใบเสร็จหรือไม่|ต้องการใบเสร็จรับเงินหรือไม่|receipt|wantsreceipt|receiptwanted",
    EMAIL: "อีเมล|อีเมล์|อีเมลล์|email|emailaddress|mail",
}
_MEANS: Final = {word: column for column, words in _HEADINGS.items() for word in words.split("|")}
_SUM: Final = re.compile(
    r"(?:ยอด|ผล|จำนวน)?(?:เงิน)?รวม(?:ยอด|จำนวน|เป็น)?(?:เงิน)?(?:บริจาค)?(?:ทั้งสิ้น|ทั้งหมด|สุทธิ)?(?:\d+(?:คน|ราย))?|(?:grand|sub)?total|sum"
)
_YES: Final = {"ใช่", "ต้องการ", "ขอ", "รับ", "เอา", "มี", "yes", "y", "true", "1", "✓", "✔", "/", "x"}
_NO: Final = {"", "ไม่", "ไม่ใช่", "ไม่ต้องการ", "ไม่ขอ", "ไม่รับ", "ไม่เอา", "ไม่มี", "no", "n", "false", "0", "-", "–"}
_MARKS: Final = re.compile(r"[\s\-‐‑‒–—_.,/()\[\]*:฿\u200b\ufeff]+")
_UNIT: Final = re.compile(r"(?<=.)(?:บาท|baht|thb)$")
_MONEY_WORDS: Final = re.compile(r"^(?:฿|thb\b)|(?:฿|บาท|baht|thb|\.-)$", re.IGNORECASE)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Layout:
    """What each column holds, first to last, which row has the headings (0: none), and whether all get a receipt."""

    columns: tuple[str, ...] = ()
    heading_row: int = 0
    for_all: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of a list; `is_twin` marks a name that stands there twice, which may be two people."""

    row: int
    name: str
    group: str
    amount_satang: int
    wants_receipt: bool
    email: str
    is_twin: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a cell: `column` is its kind, `message` a source text with its facts."""

    row: int
    column: str
    message: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Roster:
    """A list as it was read; `sum_row` says in which row a sum stands that agrees (0: none)."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()
    sum_row: int = 0

    @property
    def sum_satang(self) -> int:
        return sum(one.amount_satang for one in self.entries)

    @property
    def twins(self) -> int:
        """How many names stand there more than once."""
        return len({one.name for one in self.entries if one.is_twin})

    @property
    def receipts(self) -> int:
        return sum(one.wants_receipt for one in self.entries)


Rows = Sequence[Sequence[str]]
"""Cells by row; row 1 is the first."""


def table(content: bytes) -> str:
    """A file or pasted text as rows of text, parted by tabs; an empty row stays one.

    Raises SheetError, NoRosterError, RosterTooLargeError, TooManyPeopleError, TooManyColumnsError.
    """
    if len(content) > MOST_BYTES:
        raise RosterTooLargeError()
    rows: list[str] = []
    length = 0
    for row in tables.rows(content, "," if workbooks.is_workbook(content) else _delimiter(content)):
        rows += [""] * (row.number - len(rows) - 1)  # a quoted cell may hold line breaks, and empty rows are left out
        rows.append("\t".join(row.cells).rstrip("\t"))
        length += len(rows[-1])
        if len(rows) > 2 * MOST_PEOPLE:
            raise TooManyPeopleError(most=MOST_PEOPLE)
        if rows[-1].count("\t") >= MOST_COLUMNS:
            raise TooManyColumnsError(most=MOST_COLUMNS)
        if length > MOST_BYTES:  # a workbook is packed
            raise RosterTooLargeError()
    if not any(row.strip() for row in rows):
        raise NoRosterError()
    return "\n".join(rows)


def rows_of(text: str) -> Rows:
    """The cells of what `table` made."""
    return [row.split("\t") for row in text.split("\n")]


def recognise(rows: Rows) -> Layout:
    """What the columns hold, by the headings; without any, and between two amounts, nothing is guessed."""
    for number, cells in enumerate(rows[:HEADINGS_WITHIN], start=1):
        columns = tuple(_MEANS.get(_folded(cell), "") for cell in cells)
        if NAME in columns and AMOUNT in columns:
            if columns.count(AMOUNT) > 1:
                columns = tuple("" if column == AMOUNT else column for column in columns)
            return Layout(each_once(columns), number, for_all=RECEIPT not in columns)
    return Layout(("",) * max(map(len, rows)), 0, for_all=True)


def read(rows: Rows, layout: Layout, *, largest_satang: int) -> Roster:
    """The people of a list, or everything that is wrong in it."""
    missing = [Problem(0, column, NoColumnError.message) for column in (NAME, AMOUNT) if column not in layout.columns]
    if missing:
        return Roster(problems=tuple(missing))
    lines = [line for line in _lines(rows, layout) if any(line.cells.values())]
    lines, sum_line = _without_sum(lines)
    problems: list[Problem] = []
    entries = [entry for line in lines if (entry := _entry(line, layout, largest_satang, problems))]
    if sum_line and not problems:
        problems += _sum_problem(sum_line, sum(one.amount_satang for one in entries))
    if not (entries or problems):
        problems.append(Problem(0, NAME, NoRosterError.message))
    if len(entries) > MOST_PEOPLE:
        problems.append(Problem(0, NAME, TooManyPeopleError.message, {"most": MOST_PEOPLE}))
    if sum(one.amount_satang for one in entries) > LARGEST_SATANG:
        limit = format_baht(Satang(LARGEST_SATANG), short=True)
        problems.append(Problem(0, AMOUNT, AmountTooLargeError.message, {"limit": limit}))
    return Roster(_marked(entries), tuple(problems), sum_line.row if sum_line else 0)


def each_once(columns: Sequence[str]) -> tuple[str, ...]:
    """A name may stand in several columns; of anything else the first column counts."""
    return tuple(
        column if column == NAME or column not in columns[:place] else "" for place, column in enumerate(columns)
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """A row with something in it: its cells by what they hold, and whether a cell of it says that it is a sum."""

    row: int
    cells: dict[str, str]
    is_sum: bool


def _lines(rows: Rows, layout: Layout) -> Iterator[_Line]:
    for number, cells in enumerate(rows[layout.heading_row :], start=layout.heading_row + 1):
        told: dict[str, list[str]] = {column: [] for column in COLUMNS[1:]}
        for column, cell in zip(layout.columns, cells, strict=False):
            if column and cell:
                told[column].append(cell)
        joined = {column: " ".join(parts) for column, parts in told.items()}
        is_nobody = not joined[NAME] or _is_sum(joined[NAME])
        yield _Line(number, joined, is_nobody and any(map(_is_sum, cells)))


def _without_sum(lines: list[_Line]) -> tuple[list[_Line], _Line | None]:
    """The lines, and the last one apart where it is the sum of the others."""
    if not lines:
        return lines, None
    last = lines[-1]
    is_nameless = not last.cells[NAME] and len(lines) > 1 and _satang(last) == sum(map(_satang, lines[:-1]))
    return (lines[:-1], last) if last.is_sum or is_nameless else (lines, None)


def _sum_problem(line: _Line, counted_satang: int) -> Iterator[Problem]:
    said = _satang(line)
    if line.cells[AMOUNT] and said != counted_satang:
        facts = {"said": line.cells[AMOUNT], "counted": format_baht(counted_satang)}
        yield Problem(line.row, AMOUNT, SumDiffersError.message, facts)


def _entry(line: _Line, layout: Layout, largest_satang: int, problems: list[Problem]) -> Entry | None:
    """One person; None where something of them cannot be taken, which is then among the problems."""
    before = len(problems)

    def taken(column: str, parse: Callable[[str], T], missing: T) -> T:
        try:
            return parse(line.cells[column])
        except (FundError, LedgerError) as refusal:
            problems.append(Problem(line.row, column, refusal.message, refusal.facts))
            return missing

    if line.is_sum:
        problems.append(Problem(line.row, NAME, SumBetweenError.message))
        return None
    entry = Entry(
        line.row,
        taken(NAME, _name, ""),
        taken(CLASS, details.parse_name, ""),
        taken(AMOUNT, lambda text: _amount(text, largest_satang), 0),
        taken(RECEIPT, _wanted, False) or layout.for_all,
        taken(EMAIL, details.parse_email, ""),
    )
    return entry if len(problems) == before else None


def _marked(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The same, those with a name that stands there twice marked."""
    count = Counter(one.name for one in entries)
    return tuple(replace(one, is_twin=True) if count[one.name] > 1 else one for one in entries)


def _name(text: str) -> str:
    name = details.parse_name(text)
    if not name:
        raise NameMissingError()
    return name


def _amount(text: str, largest_satang: int) -> int:
    return parse_baht(_MONEY_WORDS.sub("", text.strip()).strip(), limit=Satang(largest_satang))


def _satang(line: _Line) -> int:
    """A line's amount, 0 where there is none to read."""
    try:
        return parse_baht(_MONEY_WORDS.sub("", line.cells[AMOUNT]).strip())
    except LedgerError:
        return 0


def _wanted(text: str) -> bool:
    said = text.strip().casefold()
    if said not in _YES | _NO:
        raise ReceiptUnclearError()
    return said in _YES


def _is_sum(cell: str) -> bool:
    return _SUM.fullmatch(_folded(cell)) is not None


def _folded(cell: str) -> str:
    """A heading as it is looked up: without marks, and without the unit behind it."""
    return _UNIT.sub("", _MARKS.sub("", cell).casefold())


def _delimiter(content: bytes) -> str:
    """How the cells of a text are parted: by tabs as spreadsheets do, else by what stands there more often."""
    return "\t" if b"\t" in content else max(",", ";", "|", key=lambda sign: content.count(sign.encode()))
