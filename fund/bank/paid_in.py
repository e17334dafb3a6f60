"""Cash that somebody carried to the bank: which line may be it, by the slip's reference or by account, day and words.

Knows the words by which banks tell cash. Refuses to take an equal amount for a proof.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from fund import postings
from fund.bank import reasons
from fund.bank.reasons import Reason
from ledger.money import format_baht

KIND: Final = "cash-banked"
LASTS: Final = timedelta(days=14)
_CASH: Final = re.compile(r"เงินสด|\bcash\b|\bCDM\b", re.IGNORECASE)
_APART: Final = re.compile(r"[\s./-]")


@dataclass(frozen=True, slots=True)
class ExpectedCash:
    """One way to the bank: what it is about, how much is carried to which account of ours, since when."""

    about: str
    amount_satang: int
    account: str
    carried_on: date
    reference: str = ""  # on the paying-in slip


def fitting(
    carried: Sequence[ExpectedCash], account: str, day: date, texts: Sequence[str]
) -> list[tuple[ExpectedCash, tuple[Reason, ...]]]:
    """The ways that a line of this account and day may be the end of, and why; by reference, where one is there."""
    told = [(one, _why(one, texts)) for one in carried if one.account == account and _is_in_time(one, day)]
    named = [(one, why) for one, why in told if any(reason.what == reasons.REFERENCE for reason in why)]
    return named or [(one, why) for one, why in told if why]


def deposit_of(about: str) -> UUID:
    """Which way to the bank a match of cash is about."""
    return UUID(about.removeprefix(postings.cash_subject("")))


def difference(one: ExpectedCash, amount_satang: int) -> Reason:
    """What speaks against a line of another amount: how much was carried, and by how much the line is off."""
    off = amount_satang - one.amount_satang
    told = f"{format_baht(one.amount_satang)} ({'+' if off > 0 else ''}{format_baht(off)})"
    return Reason(reasons.CASH_DIFFERS, False, told)


def _why(one: ExpectedCash, texts: Sequence[str]) -> tuple[Reason, ...]:
    told = []
    if one.reference and any(one.reference in _APART.sub("", text).upper() for text in texts):
        told.append(Reason(reasons.REFERENCE, True, one.reference))
    if any(_CASH.search(text) for text in texts):
        told.append(Reason(reasons.CASH, True))
    return tuple(told)


def _is_in_time(one: ExpectedCash, day: date) -> bool:
    return one.carried_on <= day <= one.carried_on + LASTS
