"""What came in, what went out and what is on hand in one fiscal year, by fund and by month.

Knows the ledger's balances and nothing else: no donor, no campaign, no bank line. Refuses nothing: a year without
entries is a year of zeros.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlmodel import Session

from fund import postings
from fund.profile import Profile
from ledger import accounts, balances
from ledger.accounts import Fund
from ledger.balances import Movement

GOODS_GIVEN: Final = "4200"
GIVEN: Final = frozenset({postings.DONATIONS, postings.TEN_BAHT_DONATIONS, GOODS_GIVEN, postings.DONATIONS_RETURNED})


@dataclass(frozen=True, slots=True)
class Flow:
    """Satang in, out and on hand, which always add up: brought forward + in − out = on hand."""

    came_in_satang: int = 0
    went_out_satang: int = 0
    on_hand_satang: int = 0

    @property
    def brought_forward_satang(self) -> int:
        return self.on_hand_satang - self.came_in_satang + self.went_out_satang


@dataclass(frozen=True, slots=True)
class FundFlow:
    """One fund's year."""

    code: str
    name_th: str
    name_en: str
    is_technical: bool
    flow: Flow

    def name(self, language: str) -> str:
        """Its name in `th` or `en`."""
        return self.name_th if language == "th" else self.name_en


@dataclass(frozen=True, slots=True)
class MonthFlow:
    """What came in and went out in one month (its first day)."""

    month: date
    came_in_satang: int
    went_out_satang: int


@dataclass(frozen=True, slots=True)
class YearFigures:
    """One fiscal year of the fund: `year` is the Christian year it ends in, `until` its last day or today."""

    year: int
    since: date
    until: date
    total: Flow
    given_satang: int
    waiting_satang: int  # in the bank, not yet named, and in none of the other figures
    funds: tuple[FundFlow, ...]
    months: tuple[MonthFlow, ...]


def bounds(profile: Profile, year: int) -> tuple[date, date]:
    """First and last day of the fiscal year that ends in Christian year `year`."""
    return _first_day(profile, year), _first_day(profile, year + 1) - timedelta(days=1)


def _first_day(profile: Profile, year: int) -> date:
    month = profile.fiscal_year_starts_month
    return date(year if month == 1 else year - 1, month, 1)


def everything_moved(session: Session, profile: Profile, today: date) -> list[Movement]:
    """Income and expense of every month since the books began, up to the end of the present fiscal year."""
    return balances.movements(session, since=date.min, until=bounds(profile, profile.fiscal_year(today))[1])


def years(moved: Iterable[Movement], profile: Profile, today: date) -> list[int]:
    """The fiscal years that have books, newest first; the present one always."""
    newest = profile.fiscal_year(today)
    first = min((profile.fiscal_year(one.month) for one in moved), default=newest)
    return list(range(newest, first - 1, -1))


def of_year(session: Session, profile: Profile, year: int, today: date, everything: Iterable[Movement]) -> YearFigures:
    """The figures of one fiscal year, as the ledger has them now; `everything` from `everything_moved`."""
    since, last = bounds(profile, year)
    moved = [one for one in everything if since <= one.month <= last]
    types = {account.code: account.type for account in accounts.accounts(session)}
    came_in = _sums(moved, _codes(types, "income"), sign=-1)
    went_out = _sums(moved, _codes(types, "expense"), sign=1)
    on_hand = _on_hand(session, last, _codes(types, "asset", "liability"))
    return YearFigures(
        year=year,
        since=since,
        until=min(last, today),
        total=Flow(sum(came_in.values()), sum(went_out.values()), sum(on_hand.values())),
        given_satang=-sum(one.amount_satang for one in moved if one.account in GIVEN),
        waiting_satang=-balances.balance(session, postings.UNIDENTIFIED, postings.TECHNICAL_FUND, on=last),
        funds=tuple(
            _fund_flow(fund, Flow(came_in[fund.code], went_out[fund.code], on_hand[fund.code]))
            for fund in sorted(accounts.funds(session), key=_free_first)
        ),
        months=tuple(_months(moved, types, since, min(last, today))),
    )


def _free_first(fund: Fund) -> tuple[bool, str]:
    """Funds without a restriction come before those for one place or purpose."""
    return fund.restriction != "none", fund.code


def _codes(types: Mapping[str, str], *wanted: str) -> frozenset[str]:
    return frozenset(code for code, kind in types.items() if kind in wanted)


def _sums(moved: Iterable[Movement], codes: Collection[str], *, sign: int) -> dict[str, int]:
    """Per fund, over these accounts."""
    sums: dict[str, int] = defaultdict(int)
    for one in moved:
        if one.account in codes:
            sums[one.fund] += sign * one.amount_satang
    return sums


def _on_hand(session: Session, day: date, codes: Collection[str]) -> dict[str, int]:
    """Per fund: what it owns less what it owes."""
    sums: dict[str, int] = defaultdict(int)
    for one in balances.trial_balance(session, on=day):
        if one.account in codes:
            sums[one.fund] += one.amount_satang
    return sums


def _fund_flow(fund: Fund, flow: Flow) -> FundFlow:
    return FundFlow(fund.code, fund.name_th, fund.name_en, fund.restriction == "technical", flow)


def _months(moved: Collection[Movement], types: Mapping[str, str], since: date, until: date) -> Iterable[MonthFlow]:
    """Every month from `since` to `until`, those without entries too."""
    month = since
    while month <= until:
        ours = [one for one in moved if one.month == month]
        came_in = _sums(ours, _codes(types, "income"), sign=-1)
        went_out = _sums(ours, _codes(types, "expense"), sign=1)
        yield MonthFlow(month, sum(came_in.values()), sum(went_out.values()))
        month = (month + timedelta(days=31)).replace(day=1)
