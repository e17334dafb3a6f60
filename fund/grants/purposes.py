"""What funds may be used for: purposes, and which fund may pay for one in a district, on a day.

Knows the dated table `grants_allows`, of which the newest row in force counts. Refuses nothing: the database refuses a
tranche of a fund that may not pay for it.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from sqlmodel import Session, col, select

from fund import clock
from fund.grants.models import AllowsRow
from ledger import accounts, balances
from ledger.accounts import Fund

PURPOSES: Final = ("education_cost", "travel", "uniform", "food", "health", "housing", "safety")
"""What a grant may be for, and what a child may need."""

EVERYWHERE: Final = "*"


class Why(StrEnum):
    """Why a fund may not pay, in words for people; empty where it may."""

    MAY = ""
    PURPOSE = "Its money is not for this purpose."
    DISTRICT = "Its money is for another district."
    NOT_OPEN = "This fund is not open today."
    NOT_ENOUGH = "It does not have enough left."


@dataclass(frozen=True, slots=True)
class FundAnswer:
    """Whether a fund may pay for something, why not, and what it may spend (satang)."""

    fund: str
    may_pay: bool
    why: Why
    spendable_satang: int


@dataclass(frozen=True, slots=True)
class Allowed:
    """A fund that may pay, for its district or everywhere."""

    fund: str
    scope: str


def which_funds(session: Session, district: str, purpose: str, amount_satang: int) -> list[FundAnswer]:
    """Every fund, and whether it may pay so much for this purpose in this district; those that may come first."""
    today = clock.today()
    allowed = {one.fund: place for place, one in enumerate(allowed_funds(session, district, purpose, today))}
    elsewhere = {row.fund for row in _in_force(session, purpose, today)}
    answers = []
    for fund in accounts.funds(session):
        rest = balances.spendable(session, fund.code)
        why = _why(fund, today, fund.code in allowed, fund.code in elsewhere, rest >= amount_satang)
        answers.append(FundAnswer(fund.code, why is Why.MAY, why, rest))
    return sorted(answers, key=lambda one: (not one.may_pay, allowed.get(one.fund, len(allowed)), one.fund))


def allowed_funds(session: Session, district: str, purpose: str, on: date) -> list[Allowed]:
    """The funds that may pay for this on a day, the district's own money before what is for everywhere."""
    found = [row for row in _in_force(session, purpose, on) if row.scope in (district, EVERYWHERE)]
    in_order = sorted(found, key=lambda row: (row.scope == EVERYWHERE, row.fund))
    return [Allowed(row.fund, row.scope) for row in in_order]


def _in_force(session: Session, purpose: str, on: date) -> list[AllowsRow]:
    """What is allowed for this purpose on a day: of each fund and scope the newest row, where it says yes."""
    rows = select(AllowsRow).where(AllowsRow.purpose == purpose, col(AllowsRow.since) <= on)
    newest = {(row.fund, row.scope): row for row in session.exec(rows.order_by(col(AllowsRow.since)))}
    return [row for row in newest.values() if row.is_allowed]


def _why(fund: Fund, today: date, is_allowed: bool, is_allowed_elsewhere: bool, has_enough: bool) -> Why:
    if not is_allowed:
        return Why.DISTRICT if is_allowed_elsewhere else Why.PURPOSE
    if not (fund.valid_from or today) <= today <= (fund.valid_to or today):
        return Why.NOT_OPEN
    return Why.MAY if has_enough else Why.NOT_ENOUGH
