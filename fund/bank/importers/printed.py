"""Statements printed as a table on pages: what the banks' PDFs have in common.

Knows entries that go on in a second row or on the next page, balances carried forward, and totals. Refuses a row that
begins like an entry and is none; what stands above the table, or apart in it, is the furniture of the page.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Final

from fund.bank.errors import BrokenBalanceError, BrokenTotalError, MissingPartError, TwoAccountsError
from fund.bank.importers import layout as layouts
from fund.bank.importers import pdf
from fund.bank.importers import text as thai
from fund.bank.importers.layout import Figures, Layout
from fund.bank.importers.pdf import Place, Row
from fund.bank.importers.protocol import Heading, Lines, StatementLine, check_amount, check_count
from ledger.money import format_baht

_TIME: Final = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?", re.ASCII)
_DAY: Final = re.compile(r"(?P<day>\d{1,2})[-/](?P<month>\d{1,2})[-/](?P<year>\d{4}|\d{2})", re.ASCII)
_GAP: Final = 160  # tenths of a point between a row and the next of the same entry, at most
_ASIDE: Final = 30  # tenths of a point by which the first words of entries may stand apart
_WITHHELD: Final = "ภาษี"


@dataclass
class _Entry:
    """An entry, and the further rows that may still come."""

    place: Place
    occurred_on: date
    time: time | None
    value_on: date | None
    figures: Figures
    before: list[str]
    behind: list[str]
    more: list[list[str]] = field(default_factory=list)


@dataclass
class _Tally:
    """Counts and satang of what came and went, as banks total them: tax withheld stands in neither."""

    in_count: int = 0
    in_sum: int = 0
    out_count: int = 0
    out_sum: int = 0

    def add(self, amount: int) -> None:
        if amount > 0:
            self.in_count += 1
            self.in_sum += amount
        elif amount < 0:
            self.out_count += 1
            self.out_sum -= amount

    def check(self, said: Mapping[str, str], place: Place) -> None:
        """Refuse totals that the entries do not make."""
        for name, value in said.items():
            if name.endswith("count"):
                check_count(name, int(value.replace(",", "")), getattr(self, name))
            else:
                check_amount(name, thai.satang(value, place, name), getattr(self, name))


def identify(content: bytes, layout: Layout) -> bool:
    """Whether the first page of an open PDF bears the marks of this bank's statement."""
    if not pdf.is_open(content):
        return False
    text = pdf.first_page(content)
    return all(mark.search(text) for mark in layout.marks)


def read(content: bytes, layout: Layout) -> Lines:
    """The lines of an open PDF, each proved by its balance. Raises StatementError with page and row."""
    reader = _Reader(layout)
    for row in pdf.rows(content):
        yield from reader.take(row)
    yield from reader.finished()
    return reader.heading()


class _Reader:
    """What is remembered between one row and the next."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.account = ""
        self.period: tuple[date, date] | None = None
        self.opening: int | None = None
        self.closing: int | None = None
        self.balance: int | None = None
        self.said: dict[str, str] = {}
        self.all, self.of_page = _Tally(), _Tally()
        self.position = 0
        self.entry: _Entry | None = None
        self.left: int | None = None  # of the words that entries begin with
        self.above: Row | None = None  # the row that the next may go on from
        self.is_in_table = False  # from the first headings on: some banks print them once
        self.is_below_headings = False  # on this page
        self.is_last_page = False
        self.place = Place(1, 1)

    def take(self, row: Row) -> Iterator[StatementLine]:
        """Take in a row; gives out the entry that it shows to be over."""
        if row.place.page != self.place.page:
            self.above, self.of_page, self.is_below_headings = None, _Tally(), False
        self.place = row.place
        text = row.text
        if self.layout.headings.fullmatch(text):
            self.is_in_table, self.is_below_headings, self.above = True, True, row
        elif self.is_in_table and self._is_brought(text):
            self.above = row
        elif self.is_in_table and (begin := self._begin(row)) is not None:
            yield from self.finished()
            self._open(row, begin)
        elif self._goes_on(row):
            self._go_on(row)
        else:
            self.above = None
            self._note(text)

    def finished(self) -> Iterator[StatementLine]:
        """The lines of the entry that is over: one, and another for tax that was taken off it."""
        entry, self.entry = self.entry, None
        if entry is None:
            return
        told = self.layout.tell(entry.before, entry.behind, entry.more)
        amount, tax, balance = entry.figures
        for moved, left, text in ((amount, balance - tax, told.text), (tax, balance, f"{told.text} {_WITHHELD}")):
            if moved:
                self.position += 1
                yield StatementLine(
                    position=self.position,
                    line_number=entry.place,
                    occurred_on=entry.occurred_on,
                    time=entry.time,
                    value_on=entry.value_on,
                    amount_satang=moved,
                    balance_satang=left,
                    text=text,
                    references=told.references,
                    bank_id="",
                    payer=told.payer,
                    channel=told.channel,
                )

    def heading(self) -> Heading:
        """What the pages said of themselves; refuses totals that the entries do not make."""
        if not self.account:
            raise MissingPartError(part="account")
        if self.layout.carried and self.closing is None:
            raise MissingPartError(part="closing balance")
        if self.layout.totals and not {"in_sum", "out_sum"} <= self.said.keys():
            raise MissingPartError(part="total")
        self.all.check(self.said, self.place)
        from_on, to_on = self.period or (None, None)
        is_proven = bool(self.layout.carried or self.layout.totals or self.is_last_page)
        return Heading(self.account, from_on, to_on, self.opening, self.closing, is_proven)

    def _is_brought(self, text: str) -> bool:
        """Take in a balance brought forward: the opening one, later the one that was reached."""
        match = self.layout.brought and self.layout.brought.search(text)
        if not match:
            return False
        brought = thai.satang(match[1], self.place, "balance")
        if self.balance is None:
            self.opening = self.balance = brought
        elif brought != self.balance:
            expected = format_baht(self.balance)
            raise BrokenBalanceError(line=self.place, expected=expected, found=format_baht(brought))
        return True

    def _begin(self, row: Row) -> int | None:
        """Where among its words a row begins an entry; a stamp on the margin may stand before it."""
        for index, word in enumerate(row.words[:2]):
            is_first = index == 0 or (self.left is not None and abs(word.left - self.left) < _ASIDE)
            if is_first and self.layout.day.fullmatch(word.letters):
                return index
        return None

    def _open(self, row: Row, begin: int) -> None:
        words = [word.letters for word in row.words[begin:]]
        match = self.layout.day.fullmatch(words.pop(0))
        assert match
        entry_time, value_on = layouts.clock(match, row.place), None
        if words and _TIME.fullmatch(words[0]):
            entry_time = thai.clock_time(words.pop(0), row.place, "time")
        elif words and (value := self.layout.day.fullmatch(words[0])):
            value_on = layouts.day(value, self.layout.is_buddhist, row.place)
            words.pop(0)
        figures, first, last = layouts.found(self.layout, words, self.balance, row.place)
        day = layouts.day(match, self.layout.is_buddhist, row.place)
        self.entry = _Entry(row.place, day, entry_time, value_on, figures, words[:first], words[last:])
        self.left, self.above, self.balance = row.words[begin].left, row, figures.balance
        self.all.add(figures.amount)
        self.of_page.add(figures.amount)

    def _goes_on(self, row: Row) -> bool:
        """Whether a row is close under the table's last, and in the columns behind the day's."""
        if self.entry is None or self.left is None or self.above is None:
            return False
        first = row.words[0]
        is_close = self.above.baseline - row.baseline <= _GAP
        is_time = self.entry.time is None and _TIME.fullmatch(first.letters) is not None
        return is_close and (is_time or first.left > self.left + _GAP) and not self._is_figure(row.text)

    def _go_on(self, row: Row) -> None:
        assert self.entry
        words = [word.letters for word in row.words]
        if self.entry.time is None and _TIME.fullmatch(words[0]):
            self.entry.time = thai.clock_time(words.pop(0), row.place, "time")
        if words:
            self.entry.more.append(words)
        self.above = row

    def _is_figure(self, text: str) -> bool:
        patterns = (self.layout.carried, self.layout.totals, self.layout.page_totals)
        return any(pattern is not None and pattern.search(text) for pattern in patterns)

    def _note(self, text: str) -> None:
        """Take in what a row outside the entries says of the statement."""
        if match := self.layout.account.search(text):
            account = re.sub(r"[^0-9x]", "", match[1].lower())
            if self.account not in ("", account):
                raise TwoAccountsError()
            self.account = account
        if self.layout.period and (match := self.layout.period.search(text)):
            self.period = self._days(match)
        if self.layout.carried and (match := self.layout.carried.search(text)):
            self._close(thai.satang(match[1], self.place, "balance"))
        if self.layout.totals and (match := self.layout.totals.search(text)):
            self._say({name: value for name, value in match.groupdict().items() if value is not None})
        if self.layout.page_totals and (match := self.layout.page_totals.search(text)):
            self.of_page.check(match.groupdict(), self.place)
        if self.layout.last_page and (match := self.layout.last_page.search(text)):
            self.is_last_page = match[1] == match[2]

    def _say(self, totals: dict[str, str]) -> None:
        """Take in totals; those above the table are the same on every page, those below it grow."""
        for name, value in totals.items():
            if not self.is_below_headings and self.said.get(name, value) != value:
                raise BrokenTotalError(part=name, expected=self.said[name], found=value)
        self.said |= totals

    def _close(self, carried: int) -> None:
        """Take in a closing balance; below entries it is the one that they have reached."""
        if self.is_below_headings and self.balance is not None and carried != self.balance:
            expected = format_baht(self.balance)
            raise BrokenBalanceError(line=self.place, expected=expected, found=format_baht(carried))
        if not self.is_below_headings and self.closing is not None:
            check_amount("closing balance", self.closing, carried)  # above the table it is the same on every page
        self.closing = carried

    def _days(self, match: re.Match[str]) -> tuple[date, date]:
        first, last = (layouts.day(one, self.layout.is_buddhist, self.place) for one in _DAY.finditer(match[0]))
        return first, last
