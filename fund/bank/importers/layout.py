"""How a bank prints its statement: patterns over words, its era, and which amounts stand together in an entry.

Knows that the sign of an amount follows from the balance before it. Refuses years of the other era, and an entry whose
figures do not lead from one balance to the next.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Final, NamedTuple

from fund.bank.errors import BrokenBalanceError, BrokenLineError
from fund.bank.importers import text as thai
from fund.bank.importers.pdf import Place
from fund.bank.importers.protocol import BUDDHIST_ERA
from ledger.money import format_baht

MONEY: Final = r"-?(?:\d{1,3}(?:,\d{3})+|\d+)\.\d{2}"
_MONEY: Final = re.compile(MONEY, re.ASCII)


class Told(NamedTuple):
    """What the words of an entry say, once its figures are taken out."""

    text: str
    channel: str = ""
    payer: str = ""
    references: tuple[str, ...] = ()


class Figures(NamedTuple):
    """Satang of an entry: what moved, the tax taken off it (0 or less), and the balance after both."""

    amount: int
    tax: int
    balance: int


class Found(NamedTuple):
    """Figures, and where they stand among the words of the entry."""

    figures: Figures
    begin: int
    end: int


@dataclass(frozen=True)
class Layout:
    """One bank's statement. The patterns are searched in rows of words with single spaces, Thai or English."""

    marks: tuple[re.Pattern[str], ...]  # all of them stand on the first page
    headings: re.Pattern[str]  # a row above the table, and nothing else
    account: re.Pattern[str]
    day: re.Pattern[str]  # the word an entry begins with: day, month, year, and clock where it is glued on
    is_buddhist: bool
    tell: Callable[[Sequence[str], Sequence[str], Sequence[Sequence[str]]], Told]  # before, behind, further rows
    period: re.Pattern[str] | None = None  # from, to
    brought: re.Pattern[str] | None = None  # the balance before the first entry, and again on each page
    carried: re.Pattern[str] | None = None  # the closing balance; needed where it is given
    totals: re.Pattern[str] | None = None  # in_count, in_sum, out_count, out_sum, on one row or two; needed likewise
    page_totals: re.Pattern[str] | None = None
    last_page: re.Pattern[str] | None = None  # this page and how many there are
    sizes: tuple[int, ...] = (2,)  # how many figures stand together: an amount and the balance, or three
    reckon: Callable[[int, int, int], Figures] | None = None  # what three figures mean
    is_signed: bool = False  # what goes out is printed with a minus
    came: re.Pattern[str] | None = None  # in the words of a first entry that no balance precedes


def as_printed(before: Sequence[str], behind: Sequence[str], more: Sequence[Sequence[str]]) -> Told:
    """The words before the figures, and those of further rows, as they stand; what stands behind is the channel."""
    return Told(" ".join([*before, *(word for row in more for word in row)]), channel=" ".join(behind))


def headings(*labels: str) -> re.Pattern[str]:
    """A row of nothing but these labels; atomic, so that no row of a hostile file is tried in many ways."""
    return re.compile(rf"(?>{loose(*sorted(labels, key=len, reverse=True))} ?)++")


def loose(*labels: str) -> str:
    """A pattern for any of these labels, between whose letters programs that print Thai may have put spaces."""
    return "(?:" + "|".join(r"\s*".join(map(re.escape, re.sub(r"\s", "", label))) for label in labels) + ")"


def day(match: re.Match[str], is_buddhist: bool, place: int) -> date:
    """The day of a match with the groups day, month and year; a year of the other era is refused, not guessed."""
    year = thai.written_year(match["year"], place, era=BUDDHIST_ERA if is_buddhist else 0)
    return thai.calendar_day(year, int(match["month"]), int(match["day"]), match[0], place, "date")


def clock(match: re.Match[str], place: int) -> time | None:
    """The time that is glued to a day."""
    glued = match.groupdict().get("clock")
    return thai.clock_time(glued, place, "time") if glued else None


def found(layout: Layout, words: Sequence[str], before: int | None, place: Place) -> Found:
    """The figures of an entry: those that lead from the balance `before` (None: not known) to their own."""
    windows = list(_windows(layout, words, place))
    if not windows:
        raise BrokenLineError(line=place, column="amount", value=" ".join(words)[:40])
    if before is None:
        return _first(layout, words, windows[-1])
    for one in windows:
        for figures in _signs(layout, one.figures):
            if before + figures.amount + figures.tax == figures.balance:
                return one._replace(figures=figures)
    amount, tax, balance = windows[-1].figures
    expected = before + (amount if balance > before or layout.is_signed else -amount) + tax
    raise BrokenBalanceError(line=place, expected=format_baht(expected), found=format_baht(balance))


def _windows(layout: Layout, words: Sequence[str], place: Place) -> Iterator[Found]:
    """Wherever as many amounts stand together as the bank prints; a name or note may hold what looks like one."""
    is_money = [_MONEY.fullmatch(word) is not None for word in words]
    for size in layout.sizes:
        for begin in range(len(words) - size + 1):
            if all(is_money[begin : begin + size]):
                satang = [thai.satang(word, place, "amount") for word in words[begin : begin + size]]
                whole = Figures(satang[0], 0, satang[1]) if size == 2 else _three(layout, satang)
                yield Found(whole, begin, begin + size)


def _three(layout: Layout, satang: Sequence[int]) -> Figures:
    assert layout.reckon
    return layout.reckon(satang[0], satang[1], satang[2])


def _signs(layout: Layout, figures: Figures) -> list[Figures]:
    return [figures] if layout.is_signed else [figures, figures._replace(amount=-figures.amount)]


def _first(layout: Layout, words: Sequence[str], one: Found) -> Found:
    """An entry before which no balance is printed: its words or its sign say which way the money went."""
    is_out = layout.came is not None and not layout.came.search(" ".join(words[: one.begin]))
    amount = one.figures.amount
    return one._replace(figures=one.figures._replace(amount=-amount if is_out else amount))
