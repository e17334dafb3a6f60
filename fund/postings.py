"""Accounting policy: one pure function per event, the way money moves in this fund.

The accountant may change any rule here; each has one test in `tests/fund/test_postings.py` and one line in
`docs/accounting.md`. Knows accounts by code and funds by code. Refuses nothing: the ledger does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from ledger.journal import Entry, Posting, move

CONFIRMED: Final = "1130"
NET_ASSETS: Final = "3100"
UNIDENTIFIED: Final = "2100"
REFUNDS_PAYABLE: Final = "2110"
DONATIONS: Final = "4100"
TEN_BAHT_DONATIONS: Final = "4110"
INTEREST: Final = "4300"
DONATIONS_RETURNED: Final = "4900"
BANK_FEES: Final = "5300"
TAX_WITHHELD: Final = "5310"
RUNNING_COSTS: Final = "5400"

TECHNICAL_FUND: Final = "U"
OPERATING_FUND: Final = "OPS"


@dataclass(frozen=True, slots=True)
class Money:
    """Money that the bank says has moved on one of our accounts: the facts of one statement line.

    `identity` is the money's own, once for ever (the bank's transaction id, else the line's identity).
    """

    identity: str
    account: str
    amount_satang: int  # always positive here: the event says which way
    occurred_on: date
    booked_on: date


@dataclass(frozen=True, slots=True)
class Gift:
    """What a donation is to the books: whose fund it enters and on which income account."""

    donation: str  # its id
    fund: str
    income: str  # 4110 for ten-baht campaigns, else 4100


@dataclass(frozen=True, slots=True)
class Confirmed:
    """One gift's money on 1130: whose it is there, and of which fund."""

    identity: str
    fund: str
    amount_satang: int


def opening_balance(account: str, fund: str, amount_satang: int, day: date) -> Entry:
    """A bank account enters the books with what is on it."""
    postings = move(amount_satang, fund, debit=account, credit=NET_ASSETS)
    return Entry("opening", day, day, postings, key=f"opening:{account}")


def donation_received(gift: Gift, money: Money) -> Entry:
    """A donor's money has reached our bank account."""
    postings = move(money.amount_satang, gift.fund, debit=money.account, credit=gift.income)
    return Entry(
        "donation",
        money.occurred_on,
        money.booked_on,
        postings,
        key=f"money:{money.identity}",
        subject=f"donation:{gift.donation}",
    )


def donation_confirmed(gift: Gift, money: Money) -> Entry:
    """The bank, asked by us, says that a donor's money has come; no statement shows it yet, so nobody may spend it."""
    postings = (
        Posting(CONFIRMED, gift.fund, money.amount_satang, subject=money.identity),
        Posting(gift.income, gift.fund, -money.amount_satang),
    )
    return Entry(
        "donation",
        money.occurred_on,
        money.booked_on,
        postings,
        key=f"money:{money.identity}",
        subject=f"donation:{gift.donation}",
    )


def confirmed_cleared(money: Money, cleared: Sequence[Confirmed], *, was_unidentified: bool = False) -> Entry:
    """The statement line of confirmed money has come: alone, or of many in one sum less the bank's fee.

    `was_unidentified`: the line was booked before anybody knew what it is.
    """
    sums: dict[str, int] = {}
    for one in cleared:
        sums[one.fund] = sums.get(one.fund, 0) + one.amount_satang
    fee = sum(sums.values()) - money.amount_satang
    moved = [
        *(_leave_unidentified(money) if was_unidentified else ()),
        *(Posting(money.account, fund, satang) for fund, satang in sums.items()),
        *(Posting(CONFIRMED, one.fund, -one.amount_satang, subject=one.identity) for one in cleared),
        *(move(fee, OPERATING_FUND, debit=BANK_FEES, credit=money.account) if fee else ()),
    ]
    key = f"{'named' if was_unidentified else 'money'}:{money.identity}"
    return Entry("clearing", money.occurred_on, money.booked_on, tuple(moved), key=key)


def unidentified_received(money: Money) -> Entry:
    """Money has arrived that nobody can name yet."""
    postings = move(
        money.amount_satang, TECHNICAL_FUND, debit=money.account, credit=UNIDENTIFIED, subject=money.identity
    )
    return Entry("unidentified", money.occurred_on, money.booked_on, postings, key=f"money:{money.identity}")


def unidentified_named(gift: Gift, money: Money) -> Entry:
    """Money that waited as unidentified is found to be a donation."""
    return _named(money, gift.fund, gift.income, subject=f"donation:{gift.donation}")


def unidentified_is_interest(money: Money, fund: str = OPERATING_FUND) -> Entry:
    """Money that waited as unidentified is found to be the bank's interest."""
    return _named(money, fund, INTEREST, subject="interest")


def _named(money: Money, fund: str, income: str, *, subject: str) -> Entry:
    leaves = _leave_unidentified(money)
    enters = move(money.amount_satang, fund, debit=money.account, credit=income)
    key = f"named:{money.identity}"
    return Entry("naming", money.occurred_on, money.booked_on, leaves + enters, key=key, subject=subject)


def _leave_unidentified(money: Money) -> tuple[Posting, ...]:
    return move(money.amount_satang, TECHNICAL_FUND, debit=UNIDENTIFIED, credit=money.account, subject=money.identity)


def unidentified_returned(waiting: str, money: Money) -> Entry:
    """The bank line shows that unidentified money (`waiting`, its identity) went back to its sender."""
    postings = move(money.amount_satang, TECHNICAL_FUND, debit=UNIDENTIFIED, credit=money.account, subject=waiting)
    return Entry("unidentified-returned", money.occurred_on, money.booked_on, postings, key=f"money:{money.identity}")


def interest_received(money: Money, fund: str = OPERATING_FUND) -> Entry:
    """The bank paid interest."""
    postings = move(money.amount_satang, fund, debit=money.account, credit=INTEREST)
    return Entry("interest", money.occurred_on, money.booked_on, postings, key=f"money:{money.identity}")


def fee_taken(money: Money, fund: str = OPERATING_FUND) -> Entry:
    """The bank took a fee: a fact, even where it drives the fund below zero."""
    return _spent("fee", BANK_FEES, money, fund)


def tax_withheld(money: Money, fund: str = OPERATING_FUND) -> Entry:
    """The bank withheld tax on interest."""
    return _spent("tax-withheld", TAX_WITHHELD, money, fund)


def running_cost_paid(money: Money, fund: str = OPERATING_FUND) -> Entry:
    """The bank line shows that the fund's office was paid for."""
    return _spent("running-cost", RUNNING_COSTS, money, fund)


def _spent(kind: str, expense: str, money: Money, fund: str) -> Entry:
    postings = move(money.amount_satang, fund, debit=expense, credit=money.account)
    return Entry(kind, money.occurred_on, money.booked_on, postings, key=f"money:{money.identity}")
