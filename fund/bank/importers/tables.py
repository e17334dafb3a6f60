"""Tables as banks export them: a few labelled cells, a row of headings, then rows to the end of the file.

Knows headings under several names, and money in two columns. Refuses a row that is not whole, and an end that may have
been cut inside a cell; an end that is cut between two rows cannot be seen here.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Final

from fund.bank.errors import BrokenLineError, MissingPartError, TruncatedError, TwoAccountsError, UnknownFormatError
from fund.bank.importers import text as thai
from fund.sheets.tables import Row

_HIGHEST_PREAMBLE: Final = 60
_DECIMALS = re.compile(r"\.\d\d$")

Columns = Mapping[str, Sequence[str]]
"""What we call a column, and the headings that banks give it."""


@dataclass(frozen=True, slots=True)
class Cells:
    """One row: the line of the file that it ends on, and its cells by column. Each reading raises BrokenLineError."""

    line: int
    by_column: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.by_column.get(column, "")

    def satang(self, column: str) -> int:
        """An amount in baht, with or without a sign."""
        return thai.satang(self[column], self.line, column)

    def numbered_day(self, column: str, *, era: int, text: str | None = None) -> date:
        """A day such as `01/11/2026`; `text` where it is but a part of the cell."""
        return thai.numbered_day(self[column] if text is None else text, self.line, column, era=era)

    def clock_time(self, column: str, *, text: str | None = None) -> time:
        """A time such as `9:05`; `text` where it is but a part of the cell."""
        return thai.clock_time(self[column] if text is None else text, self.line, column)

    def signed_amount(self, column: str) -> int:
        """Satang of one column that holds what came (`10.00`) and what went (`-10.00`); 0 is refused."""
        return self.satang(column) or self._refuse(column, self[column])

    def amount(self, *, came: str, went: str) -> int:
        """Satang of two columns of which exactly one holds an amount over 0: + in, − out; `-` alone is nothing.

        A sign before the amount must be that of its column.
        """
        credit, debit = self._unsigned(came, "+"), self._unsigned(went, "-")
        if (credit > 0) == (debit > 0):
            self._refuse(f"{went} / {came}", f"{self[went]} / {self[came]}")
        return credit - debit

    def account(self, column: str, before: str) -> str:
        """The account's digits, which are those of the rows before. Raises TwoAccountsError."""
        found = digits(self[column])
        if before and found != before:
            raise TwoAccountsError()
        return found

    def references(self, column: str) -> tuple[str, ...]:
        """A cheque's number; `N/A` or noughts are none."""
        return (self[column],) if re.search(r"[1-9]", self[column]) else ()

    def _unsigned(self, column: str, sign: str) -> int:
        if self[column] in ("", "-"):
            return 0
        found = thai.satang(self[column].removeprefix(sign), self.line, column)
        return found if found > 0 else self._refuse(column, self[column])

    def _refuse(self, column: str, value: str) -> int:
        raise BrokenLineError(line=self.line, column=column, value=value[:40])


@dataclass(frozen=True, slots=True)
class Table:
    """The cells above the headings, and the rows below that are not empty."""

    preamble: Sequence[Row]
    rows: Iterator[Cells]

    def said(self, label: str) -> str:
        """The cell beside a label above the headings. Raises MissingPartError, and TwoAccountsError for two answers."""
        return self._said(label)[1]

    def period(self, label: str, between: str, *, era: int) -> tuple[date, date]:
        """The two days beside a label."""
        line, text = self._said(label)
        first, _, last = text.partition(between)
        return thai.numbered_day(first, line, label, era=era), thai.numbered_day(last, line, label, era=era)

    def _said(self, label: str) -> tuple[int, str]:
        answers = {
            (row.number, beside)
            for row in self.preamble
            for cell, beside in itertools.pairwise(row.cells)
            if cell == label and beside
        }
        if len({text for _, text in answers}) > 1:
            raise TwoAccountsError()
        if not answers:
            raise MissingPartError(part=label)
        return min(answers)


def has_headings(content: bytes, *headings: str) -> bool:
    """Whether all these headings stand near the beginning, in any encoding that we read."""
    beginning = content[:8192]
    return any(all(one.encode(encoding) in beginning for one in headings) for encoding in ("utf-8", "cp874"))


def find(
    rows: Iterator[Row], columns: Columns, *, needed: Sequence[str], is_open: bool = False, balance: str = ""
) -> Table:
    """The table that begins with the first row that has all needed headings; see `whole_rows` for the rest."""
    preamble: list[Row] = []
    for row in itertools.islice(rows, _HIGHEST_PREAMBLE):
        places = _places(row.cells, columns)
        if all(name in places for name in needed):
            width = max(index for index, cell in enumerate(row.cells, start=1) if cell)
            return Table(preamble, whole_rows(rows, places, width, is_open=is_open, balance=balance))
        preamble.append(row)
    raise UnknownFormatError()


def whole_rows(
    rows: Iterable[Row], places: Mapping[str, int], width: int, *, is_open: bool = False, balance: str = ""
) -> Iterator[Cells]:
    """The rows that are not empty, each `width` wide; `places` says where each column stands.

    Where the file `is_open`, the last row's last cell may lack letters; only a `balance` with its two decimals cannot.
    """
    last = Row(0, [])
    for row in rows:
        if not any(row.cells):
            continue
        if len(row.cells) < width:
            raise TruncatedError(line=row.number)
        if any(row.cells[width:]):
            raise BrokenLineError(line=row.number, column=str(width + 1), value=" ".join(row.cells[width:])[:40])
        yield Cells(row.number, {name: row.cells[index] for name, index in places.items()})
        last = row
    if is_open and last.number:
        is_balance_last = places.get(balance) == width - 1
        if len(last.cells) == width and not (is_balance_last and _DECIMALS.search(last.cells[-1])):
            raise TruncatedError(line=last.number)


def has_open_end(content: bytes) -> bool:
    """Whether the last line has no end: it may be cut off."""
    return content[-1:] not in (b"\n", b"\r")


def digits(account: str) -> str:
    """An account's number without its ornaments; a hidden digit is an x."""
    return re.sub(r"[^0-9x]", "", account.lower())


def _places(cells: Sequence[str], columns: Columns) -> dict[str, int]:
    """Where each column stands; of two headings that mean the same the first one counts."""
    known = {heading: name for name, headings in columns.items() for heading in headings}
    places: dict[str, int] = {}
    for index, cell in enumerate(cells):
        if cell in known:
            places.setdefault(known[cell], index)
    return places
