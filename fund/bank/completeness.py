"""Whether a month of a bank account is whole: pure figures of its files, its lines and our books.

Knows three figures that must be one: the opening balance and the lines, the bank's closing balance, our books. A
balance that no file tells may be stated by the bank's paper. Refuses to call a month whole with a line that is not in
the books, or with a day that no file tells (but where what the lines make is what the paper says).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class File:
    """The days that a file tells, and the balances before and after them, where the bank says any; satang."""

    from_on: date
    to_on: date
    opening_satang: int | None
    closing_satang: int | None


@dataclass(frozen=True, slots=True)
class Days:
    """Days in a row, both included."""

    from_on: date
    to_on: date


@dataclass(frozen=True, slots=True)
class MonthProof:
    """One month of one account, in satang; a balance that no file tells is None."""

    account: str
    month: date
    opening_satang: int | None
    lines_satang: int
    line_count: int
    closing_satang: int | None
    book_satang: int
    unbooked_count: int
    missing: tuple[Days, ...]
    is_stated: bool = False  # the closing balance is the paper's, no file's

    @property
    def last_day(self) -> date:
        return last_day(self.month)

    @property
    def told_satang(self) -> int | None:
        """The opening balance and the month's lines."""
        return None if self.opening_satang is None else self.opening_satang + self.lines_satang

    @property
    def is_whole(self) -> bool:
        """Opening and lines make the bank's closing balance, and no day is missing."""
        return self.closing_satang is not None and self.told_satang == self.closing_satang and not self.missing

    @property
    def meets(self) -> bool:
        """The month is whole, every line of it is in the books, and they say what the bank says."""
        return self.is_whole and self.unbooked_count == 0 and self.book_satang == self.closing_satang


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of an account: its files, what its lines make on each day, how many of them no book has; what stood
    on it at the end of a day by a paper that somebody handed in.
    """

    account: str
    begins_on: date
    files: Sequence[File]
    satang: Mapping[date, int]
    counts: Mapping[date, int]
    unbooked: Mapping[date, int]
    stated: Mapping[date, int] = field(default_factory=dict)


def prove(told: Told, month: date, book_satang: int) -> MonthProof:
    """The proof of the month that begins on the day `month`, by our books' balance at its end."""
    first, last = max(month, told.begins_on), last_day(month)
    before, closing = _before(told, month, first), _closing(told, last)
    lines_satang, is_stated = _between(told.satang, first, last), closing is None and last in told.stated
    if is_stated:
        closing = told.stated[last]
    by_paper = is_stated and before is not None and before + lines_satang == closing
    return MonthProof(
        account=told.account,
        month=month,
        opening_satang=before,
        lines_satang=lines_satang,
        line_count=_between(told.counts, first, last),
        closing_satang=closing,
        book_satang=book_satang,
        unbooked_count=_between(told.unbooked, told.begins_on, last),
        missing=() if by_paper else tuple(gaps(told.files, first, last)),
        is_stated=is_stated,
    )


def gaps(files: Sequence[File], first: date, last: date) -> list[Days]:
    """The days from the first to the last that no file tells."""
    found, day = [], first
    for file in sorted(files, key=lambda one: (one.from_on, one.to_on)):
        if file.from_on > last:
            break
        if file.from_on > day:
            found.append(Days(day, file.from_on - _DAY))
        day = max(day, file.to_on + _DAY)
    return [*found, Days(day, last)] if day <= last else found


def months(begins_on: date, until: date) -> list[date]:
    """The first days of the months from one day to another."""
    found = [begins_on.replace(day=1)]
    while (following := last_day(found[-1]) + _DAY) <= until:
        found.append(following)
    return found


def last_day(month: date) -> date:
    """The last day of a month."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - _DAY


def _before(told: Told, month: date, first: date) -> int | None:
    """The balance before a month's first day: a file's, else the end of the month before, by a file or by paper."""
    opening = _opening(told, first)
    if opening is None:
        opening = _closing(told, month - _DAY)
    return told.stated.get(month - _DAY) if opening is None else opening


def _opening(told: Told, first: date) -> int | None:
    """The balance before a day, by a file that tells it from its beginning; the one that began latest is nearest."""
    for file in sorted(told.files, key=lambda one: one.from_on, reverse=True):
        goes_on = any(
            one is not file and one.to_on == file.from_on and one.closing_satang == file.opening_satang
            for one in told.files
        )
        if file.from_on <= first <= file.to_on and file.opening_satang is not None and not goes_on:
            return file.opening_satang + _between(told.satang, file.from_on, first - _DAY)
    return None


def _closing(told: Told, last: date) -> int | None:
    """The balance after a day, by a file that tells the day to its end; the one that ended first is nearest."""
    for file in sorted(told.files, key=lambda one: one.to_on):
        goes_on = any(
            one is not file and one.from_on == file.to_on and one.opening_satang == file.closing_satang
            for one in told.files
        )
        if file.from_on <= last <= file.to_on and file.closing_satang is not None and not goes_on:
            return file.closing_satang - _between(told.satang, last + _DAY, file.to_on)
    return None


def _between(sums: Mapping[date, int], first: date, last: date) -> int:
    return sum(amount for day, amount in sums.items() if first <= day <= last)
