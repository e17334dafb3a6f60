"""The stretches of time that figures are made for: a school year, a term, a month.

Knows when terms begin from the fund's profile; a school year begins with its first term. Years are written in the
Buddhist era, in addresses too: `2569`, `2569-1` (a term), `2569-m11` (a month). Refuses whatever is none of these.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from fund.clock import BANGKOK
from fund.errors import MalformedError
from fund.profile import Profile
from receipts.numbering import BUDDHIST_ERA

Kind = Literal["year", "term", "month"]
FIRST_YEAR: Final = 2560
_KEY: Final = re.compile(r"(\d{4})(?:-(m?)(\d{1,2}))?", re.ASCII)


class PeriodError(MalformedError):
    message = "There is no such school year, term or month."


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `since` up to, and without, `until`; `year` is of the Buddhist era, `part` the term or the month."""

    kind: Kind
    year: int
    part: int
    since: date
    until: date

    @property
    def key(self) -> str:
        """What it is called in an address."""
        return {"year": f"{self.year}", "term": f"{self.year}-{self.part}", "month": f"{self.year}-m{self.part}"}[
            self.kind
        ]

    @property
    def last(self) -> date:
        return self.until - timedelta(days=1)

    @property
    def begins(self) -> datetime:
        """Its first moment, by Thailand's clock."""
        return datetime.combine(self.since, time(), BANGKOK)

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.until, time(), BANGKOK)


def named(fund: Profile, key: str) -> Period:
    """The period of an address. Raises PeriodError."""
    found = _KEY.fullmatch(key)
    if found is None or not FIRST_YEAR <= int(found[1]) <= FIRST_YEAR + 200:
        raise PeriodError()
    year, part = int(found[1]), int(found[3] or 0)
    if found[2]:
        return _month(year, part)
    return _term(fund, year, part) if found[3] else _school_year(fund, year)


def present(fund: Profile, today: date) -> tuple[Period, Period, Period]:
    """The school year, the term and the month of a day."""
    years = [_school_year(fund, today.year + BUDDHIST_ERA - back) for back in (0, 1)]
    year = next(one for one in years if one.since <= today)
    terms = [_term(fund, year.year, number + 1) for number in range(len(_starts(fund)))]
    term = next(one for one in terms if one.since <= today < one.until)
    return year, term, _month(today.year + BUDDHIST_ERA, today.month)


def offered(fund: Profile, since: date, today: date) -> list[Period]:
    """Every period with days from `since` to today, the newest first: years, then terms, then months."""
    first, last = present(fund, since)[0].year, present(fund, today)[0].year
    years = [_school_year(fund, year) for year in range(first, last + 1)]
    terms = [_term(fund, year.year, number + 1) for year in years for number in range(len(_starts(fund)))]
    months = [_month(year, month) for year in range(first, last + 2) for month in range(1, 13)]
    wanted = [[one for one in kind if one.until > since and one.since <= today] for kind in (years, terms, months)]
    return [one for kind in wanted for one in reversed(kind)]


def before(fund: Profile, period: Period) -> Period:
    """The one of the same kind before it."""
    kinds = dict(zip(("year", "term", "month"), present(fund, period.since - timedelta(days=1)), strict=True))
    return kinds[period.kind]


def _starts(fund: Profile) -> list[tuple[int, int]]:
    """Month and day on which each term begins, those of one school year in order."""
    days = [tuple(map(int, start.split("-"))) for start in fund.term_starts]
    return sorted((month, day) for month, day in days) or [(5, 16)]


def _school_year(fund: Profile, year: int) -> Period:
    first, following = (date(year - BUDDHIST_ERA + later, *_starts(fund)[0]) for later in (0, 1))
    return Period("year", year, 0, first, following)


def _term(fund: Profile, year: int, number: int) -> Period:
    starts = _starts(fund)
    if not 1 <= number <= len(starts):
        raise PeriodError()
    christian = year - BUDDHIST_ERA
    since = date(christian, *starts[number - 1])
    until = date(christian, *starts[number]) if number < len(starts) else date(christian + 1, *starts[0])
    return Period("term", year, number, since, until)


def _month(year: int, month: int) -> Period:
    if not 1 <= month <= 12:
        raise PeriodError()
    since = date(year - BUDDHIST_ERA, month, 1)
    return Period("month", year, month, since, (since + timedelta(days=31)).replace(day=1))
