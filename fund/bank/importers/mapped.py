"""Any other table, read by a mapping of its columns that a person made on real rows.

Knows columns by their place, and the headings that stood above them: a file with other headings is refused, not
guessed at. Refuses a row whose day or amount cannot be read, whatever stands in it; only a footer that the mapping
names ends the table, and only then is the end proven.
"""

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from datetime import date, time
from typing import Annotated, Final, Literal

import msgspec

from fund.bank.errors import BrokenLineError, MappingError, TruncatedError, UnknownFormatError
from fund.bank.importers import tables
from fund.bank.importers import text as thai
from fund.bank.importers.protocol import Heading, Lines, StatementLine
from fund.bank.importers.tables import Cells
from fund.sheets import tables as sheets
from fund.sheets.tables import Row

PREVIEWED_ROWS: Final = 60
MOST_COLUMNS: Final = 200
_Column = Annotated[int, msgspec.Meta(ge=0, le=MOST_COLUMNS)]


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which column says what: 1 is the first, 0 says that there is none.

    An amount stands in one column with its sign, or in two, `came` and `went`. `headings` is the row above the first
    line, empty if there is none; `footer` begins the first cell of the row behind the last line.
    """

    day: _Column
    time: _Column = 0  # 0 also where it stands behind the day, in its column
    amount: _Column = 0
    came: _Column = 0
    went: _Column = 0
    balance: _Column = 0
    text: tuple[_Column, ...] = ()
    reference: _Column = 0
    payer: _Column = 0
    channel: _Column = 0
    headings: tuple[str, ...] = ()
    footer: str = ""
    delimiter: Literal[",", ";", "\t", "|"] = ","
    era: Literal[0, 543] = 0
    order: Literal["day first", "month first"] = "day first"
    is_newest_first: bool = False

    @property
    def width(self) -> int:
        """The last column that the mapping or its headings need."""
        named = (self.day, self.time, self.amount, self.came, self.went, self.balance, self.reference, self.payer)
        return max(*named, self.channel, *self.text, len(self.headings))

    def check(self) -> None:
        """Refuse a mapping by which no line could be read. Raises MappingError."""
        if not self.day or bool(self.amount) == bool(self.came or self.went):
            raise MappingError()

    def digest(self) -> str:
        """Eight letters that differ for different mappings."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:8]


def preview(content: bytes, delimiter: str = ",") -> list[Row]:
    """The first rows of a table, as a person maps them. Raises SheetError."""
    return list(itertools.islice(sheets.rows(content, delimiter), PREVIEWED_ROWS))


class Mapped:
    """The importer that a mapping makes, for one account."""

    BANK: Final = ""
    EXTENSIONS: Final = (".csv", ".txt", ".tsv", ".xlsx")
    IDS_ARE_UNIQUE: Final = False

    def __init__(self, mapping: Mapping, account_number: str) -> None:
        mapping.check()
        self._mapping = mapping
        self._account_number = account_number

    @property
    def NAME(self) -> str:  # noqa: N802
        """Another mapping tells lines otherwise: it is another format."""
        return f"columns-{self._mapping.digest()}"

    def identify(self, content: bytes) -> bool:
        """Whether the mapping's headings stand near the beginning; without headings, any table may be meant."""
        try:
            list(itertools.islice(self._below_headings(content), 1))
        except UnknownFormatError:
            return False
        return True

    def read(self, content: bytes) -> Lines:
        """The lines; proven at their end only by a footer."""
        rows = _Rows(self._below_headings(content), self._mapping.footer)
        places, is_open = _places(self._mapping), tables.has_open_end(content)
        told = tables.whole_rows(rows, places, self._mapping.width, is_open=is_open, balance="balance")
        if self._mapping.is_newest_first:
            told = iter(list(told)[::-1])
        for position, cells in enumerate(told, start=1):
            yield self._line(cells, position)
        return Heading(self._account_number, is_end_proven=rows.is_ended)

    def _below_headings(self, content: bytes) -> Iterator[Row]:
        rows = sheets.rows(content, self._mapping.delimiter)
        if self._mapping.headings:
            for row in itertools.islice(rows, PREVIEWED_ROWS):
                if _without_blanks(row.cells) == _without_blanks(self._mapping.headings):
                    return rows
            raise UnknownFormatError()
        return rows

    def _line(self, cells: Cells, position: int) -> StatementLine:
        mapping = self._mapping
        day, at = self._moment(cells)
        two_columns = mapping.came or mapping.went
        return StatementLine(
            position=position,
            line_number=cells.line,
            occurred_on=day,
            time=at,
            value_on=None,
            amount_satang=cells.amount(came="came", went="went") if two_columns else cells.signed_amount("amount"),
            balance_satang=cells.satang("balance") if mapping.balance else None,
            text=" ".join(filter(None, (cells[f"text {column}"] for column in mapping.text))),
            references=tuple(filter(None, [cells["reference"]])),
            payer=cells["payer"],
            channel=cells["channel"],
        )

    def _moment(self, cells: Cells) -> tuple[date, time | None]:
        mapping, text = self._mapping, cells["day"]
        at = cells["time"]
        if not mapping.time and ":" in text:
            text, _, at = text.rpartition(" ")
        day = thai.any_day(text, cells.line, "day", era=mapping.era, is_month_first=mapping.order == "month first")
        return day, thai.clock_time(at, cells.line, "time") if at else None


class _Rows:
    """Rows up to the footer; behind it nothing may stand."""

    def __init__(self, rows: Iterator[Row], footer: str) -> None:
        self._rows, self._footer = rows, footer
        self.is_ended, self.last = False, 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.last = row.number
            if self.is_ended and any(row.cells):
                raise BrokenLineError(line=row.number, column="footer", value=" ".join(row.cells)[:40])
            begins = next(filter(None, row.cells), "")
            self.is_ended = self.is_ended or bool(self._footer and begins.startswith(self._footer))
            if not self.is_ended:
                yield row
        if self._footer and not self.is_ended:
            raise TruncatedError(line=self.last)


def _places(mapping: Mapping) -> dict[str, int]:
    names = ("day", "time", "amount", "came", "went", "balance", "reference", "payer", "channel")
    columns = {name: getattr(mapping, name) for name in names} | {f"text {one}": one for one in mapping.text}
    return {name: column - 1 for name, column in columns.items() if column}


def _without_blanks(cells: Sequence[str]) -> tuple[str, ...]:
    """Cells without the empty ones at the end."""
    kept = list(cells)
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)
