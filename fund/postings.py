"""Accounting policy: one pure function per event, the way money moves in this fund.

The accountant may change any rule here; each has one test in `tests/fund/test_postings.py` and one line in
`docs/accounting.md`. Knows accounts by code and funds by code. Refuses nothing: the ledger does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from ledger.journal import Entry, Posting, move

CONFIRMED: Final = "1130"
IN_TRANSIT: Final = "1140"
GOODS: Final = "1200"
ADVANCES: Final = "1300"
GRANTS_PAYABLE: Final = "2200"
NET_ASSETS: Final = "3100"
UNIDENTIFIED: Final = "2100"
REFUNDS_PAYABLE: Final = "2110"
DONATIONS: Final = "4100"
TEN_BAHT_DONATIONS: Final = "4110"
DONATIONS_IN_KIND: Final = "4200"
INTEREST: Final = "4300"
DONATIONS_RETURNED: Final = "4900"
GRANTS_PAID: Final = "5100"
GOODS_ISSUED: Final = "5200"
BANK_FEES: Final = "5300"
TAX_WITHHELD: Final = "5310"
RUNNING_COSTS: Final = "5400"
GOODS_LOST: Final = "5500"
CASH_SHORT: Final = "5600"
COMMITMENTS: Final = "9100"
RESERVE_FOR_COMMITMENTS: Final = "9190"

NO_MONEY: Final = (GOODS, ADVANCES)
"""What a fund has and is no money to spend: all else that it has or owes makes the satang of its trace."""

IDENTITY_LENGTH: Final = 64
"""Of a money's identity, a digest in hexadecimal; what stands behind it tells its bookings apart."""

CASH_BOX: Final = "1120."
"""How the accounts of cash boxes begin."""

CASH_MONEY: Final = "cash:"
"""How the identity of money begins that was counted in a cash box: nobody knows who gave it."""

TECHNICAL_FUND: Final = "U"
OPERATING_FUND: Final = "OPS"


@dataclass(frozen=True, slots=True)
class Money:
    """Money that the bank says has moved on one of our accounts: the facts of one statement line.

    `identity` is the money's own, once for ever (the bank's transaction id, else the line's identity). `version` tells
    its bookings apart where the first was taken back, or where the money is divided.
    """

    identity: str
    account: str
    amount_satang: int  # always positive here: the event says which way
    occurred_on: date
    booked_on: date
    version: str = ""

    @property
    def key(self) -> str:
        """What can be booked at most once, for ever."""
        return f"{self.identity}:{self.version}" if self.version else self.identity


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


@dataclass(frozen=True, slots=True)
class Boxed:
    """What was taken out of one cash box: the box's account, its fund, satang."""

    account: str
    fund: str
    amount_satang: int


@dataclass(frozen=True, slots=True)
class Tranche:
    """What one part of a grant is to the books: `subject` is its own, for ever; the fund pays for `purpose` there."""

    subject: str
    fund: str
    purpose: str
    scope: str
    amount_satang: int

    def moved(self, amount_satang: int, *, debit: str, credit: str) -> tuple[Posting, ...]:
        """The two postings that move so much of it; commitments and what was paid say what for."""
        return self._posting(debit, amount_satang), self._posting(credit, -amount_satang)

    def _posting(self, account: str, amount_satang: int) -> Posting:
        purpose = self.purpose if account in (COMMITMENTS, GRANTS_PAID) else ""
        return Posting(account, self.fund, amount_satang, self.subject, purpose, self.scope if purpose else "*")


@dataclass(frozen=True, slots=True)
class Goods:
    """Units of one lot to the books: whose they are, what they are worth together, and which step of it this is."""

    lot: str  # its id
    step: str  # its own for ever
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
        key=f"money:{money.key}",
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
        key=f"money:{money.key}",
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
    key = f"{'named' if was_unidentified else 'money'}:{money.key}"
    return Entry("clearing", money.occurred_on, money.booked_on, tuple(moved), key=key)


def unidentified_received(money: Money) -> Entry:
    """Money has arrived that nobody can name yet."""
    postings = move(
        money.amount_satang, TECHNICAL_FUND, debit=money.account, credit=UNIDENTIFIED, subject=money.identity
    )
    return Entry("unidentified", money.occurred_on, money.booked_on, postings, key=f"money:{money.key}")


def unidentified_named(gift: Gift, money: Money) -> Entry:
    """Money that waited as unidentified is found to be a donation."""
    return _named(money, gift.fund, gift.income, subject=f"donation:{gift.donation}")


def unidentified_is_interest(money: Money, fund: str = OPERATING_FUND) -> Entry:
    """Money that waited as unidentified is found to be the bank's interest."""
    return _named(money, fund, INTEREST, subject="interest")


def _named(money: Money, fund: str, income: str, *, subject: str) -> Entry:
    leaves = _leave_unidentified(money)
    enters = move(money.amount_satang, fund, debit=money.account, credit=income)
    key = f"named:{money.key}"
    return Entry("naming", money.occurred_on, money.booked_on, leaves + enters, key=key, subject=subject)


def _leave_unidentified(money: Money) -> tuple[Posting, ...]:
    return move(money.amount_satang, TECHNICAL_FUND, debit=UNIDENTIFIED, credit=money.account, subject=money.identity)


def unidentified_returned(waiting: str, money: Money) -> Entry:
    """The bank line shows that unidentified money (`waiting`, its identity) went back to its sender."""
    postings = move(money.amount_satang, TECHNICAL_FUND, debit=UNIDENTIFIED, credit=money.account, subject=waiting)
    return Entry("unidentified-returned", money.occurred_on, money.booked_on, postings, key=f"money:{money.key}")


def cash_counted(gift: Gift, money: Money) -> Entry:
    """Two people have counted the same in a cash box; who gave it, nobody knows."""
    postings = move(money.amount_satang, gift.fund, debit=money.account, credit=gift.income)
    subject = f"donation:{gift.donation}"
    return Entry(
        "cash-counted", money.occurred_on, money.booked_on, postings, key=f"money:{money.key}", subject=subject
    )


def cash_banked(taken: Sequence[Boxed], money: Money, deposit: str, *, was_unidentified: bool = False) -> Entry:
    """The bank line shows that what was carried to the bank (`deposit`, its id) has arrived, each fund its boxes."""
    subject = cash_subject(deposit)
    pairs = (
        move(one.amount_satang, one.fund, debit=money.account, credit=one.account, subject=subject) for one in taken
    )
    moved = tuple(posting for pair in pairs for posting in pair)
    return _found("cash-banked", money, moved, subject, was_unidentified=was_unidentified)


def cash_subject(deposit: str) -> str:
    """What cash on its way to the bank is called in the books."""
    return f"deposit:{deposit}"


def cash_short(box: Boxed, short: str, day: date) -> Entry:
    """Two people have decided that cash of a box is lost (`short`: the id of the matter), at the cost of its fund."""
    subject = short_subject(short)
    postings = move(box.amount_satang, box.fund, debit=CASH_SHORT, credit=box.account)
    return Entry("cash-short", day, day, postings, key=subject, subject=subject)


def short_subject(short: str) -> str:
    """What cash that is short is called in the books."""
    return f"cash-short:{short}"


def refund_decided(gift: Gift, refund: str, amount_satang: int, day: date) -> Entry:
    """A gift is to be given back; the money is still with us (`refund`: the refund's id)."""
    subject = refund_subject(refund)
    postings = (
        Posting(DONATIONS_RETURNED, gift.fund, amount_satang, f"donation:{gift.donation}"),
        Posting(REFUNDS_PAYABLE, gift.fund, -amount_satang, subject),
    )
    return Entry("refund", day, day, postings, key=subject, subject=subject)


def refund_left(fund: str, refund: str, money: Money) -> Entry:
    """The bank line shows that a refund has left our account."""
    return _of_refund("refund-left", fund, refund, money, debit=REFUNDS_PAYABLE, credit=money.account)


def refund_came_back(fund: str, refund: str, money: Money, *, was_unidentified: bool = False) -> Entry:
    """The bank returned a refund that it could not deliver: it is payable again."""
    return _of_refund(
        "refund-came-back", fund, refund, money, debit=money.account, credit=REFUNDS_PAYABLE, was=was_unidentified
    )


def refund_subject(refund: str) -> str:
    """What a refund is called in the books."""
    return f"refund:{refund}"


def _of_refund(kind: str, fund: str, refund: str, money: Money, *, debit: str, credit: str, was: bool = False) -> Entry:
    subject = refund_subject(refund)
    moved = move(money.amount_satang, fund, debit=debit, credit=credit, subject=subject)
    return _found(kind, money, moved, subject, was_unidentified=was)


def _found(kind: str, money: Money, moved: tuple[Posting, ...], subject: str, *, was_unidentified: bool) -> Entry:
    """What is found out at once, or of money that waited as unidentified."""
    leaves = _leave_unidentified(money) if was_unidentified else ()
    key = f"{'named' if was_unidentified else 'money'}:{money.key}"
    return Entry(kind, money.occurred_on, money.booked_on, leaves + moved, key=key, subject=subject)


def transfer_left(shares: Mapping[str, int], money: Money) -> Entry:
    """Money is on its way to another account of ours; `shares` says how many satang of it are each fund's."""
    moved = _shared(shares, debit=IN_TRANSIT, credit=money.account, subject=money.identity)
    return _found("transfer-left", money, moved, f"transfer:{money.identity}", was_unidentified=False)


def transfer_arrived(shares: Mapping[str, int], money: Money, left: str, *, was_unidentified: bool = False) -> Entry:
    """What had left another account of ours (`left`, the identity of that line) has arrived, each fund its share."""
    moved = _shared(shares, debit=money.account, credit=IN_TRANSIT, subject=left)
    return _found("transfer-arrived", money, moved, f"transfer:{left}", was_unidentified=was_unidentified)


def _shared(shares: Mapping[str, int], *, debit: str, credit: str, subject: str) -> tuple[Posting, ...]:
    moved = (move(satang, fund, debit=debit, credit=credit, subject=subject) for fund, satang in shares.items())
    return tuple(posting for pair in moved for posting in pair)


def interest_received(money: Money, fund: str = OPERATING_FUND) -> Entry:
    """The bank paid interest."""
    postings = move(money.amount_satang, fund, debit=money.account, credit=INTEREST)
    return Entry("interest", money.occurred_on, money.booked_on, postings, key=f"money:{money.key}")


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
    return Entry(kind, money.occurred_on, money.booked_on, postings, key=f"money:{money.key}")


def tranche_awarded(tranche: Tranche, day: date) -> Entry:
    """So much is promised out of the fund, and is no longer free."""
    moved = tranche.moved(tranche.amount_satang, debit=COMMITMENTS, credit=RESERVE_FOR_COMMITMENTS)
    return _of_tranche("award", tranche, day, moved)


def tranche_cancelled(tranche: Tranche, day: date) -> Entry:
    """A promise is taken back before it is authorised: the money is free again."""
    return _of_tranche("award-cancelled", tranche, day, _no_longer_promised(tranche))


def payment_authorised(tranche: Tranche, day: date) -> Entry:
    """The promise becomes an order to pay: no commitment any more, but payable."""
    paid = tranche.moved(tranche.amount_satang, debit=GRANTS_PAID, credit=GRANTS_PAYABLE)
    return _of_tranche("payment-authorised", tranche, day, paid + _no_longer_promised(tranche))


def payment_left(tranche: Tranche, money: Money) -> Entry:
    """The bank line shows that a payment has left our account."""
    moved = tranche.moved(money.amount_satang, debit=GRANTS_PAYABLE, credit=money.account)
    return _found("payment-left", money, moved, tranche.subject, was_unidentified=False)


def payment_came_back(tranche: Tranche, money: Money, *, was_unidentified: bool = False) -> Entry:
    """The bank returned a payment that it could not deliver: it is payable again."""
    moved = tranche.moved(money.amount_satang, debit=money.account, credit=GRANTS_PAYABLE)
    return _found("payment-came-back", money, moved, tranche.subject, was_unidentified=was_unidentified)


def payment_given_up(tranche: Tranche, day: date) -> Entry:
    """A payment that came back is not tried again: the money is the fund's, and free."""
    moved = tranche.moved(tranche.amount_satang, debit=GRANTS_PAYABLE, credit=GRANTS_PAID)
    return _of_tranche("payment-given-up", tranche, day, moved)


def advance_issued(tranche: Tranche, money: Money) -> Entry:
    """A case manager has the money of a promise, and owes us an account of it."""
    paid = tranche.moved(money.amount_satang, debit=ADVANCES, credit=money.account)
    return _found("advance", money, paid + _no_longer_promised(tranche), tranche.subject, was_unidentified=False)


def advance_accounted(tranche: Tranche, amount_satang: int, account: int, day: date) -> Entry:
    """So much of an advance was handed over, by its papers (`account`: the number of this account of it)."""
    moved = tranche.moved(amount_satang, debit=GRANTS_PAID, credit=ADVANCES)
    return _of_tranche("advance-accounted", tranche, day, moved, f":{account}")


def advance_returned(tranche: Tranche, money: Money, *, was_unidentified: bool = False) -> Entry:
    """What was left of an advance is in our bank account again."""
    moved = tranche.moved(money.amount_satang, debit=money.account, credit=ADVANCES)
    return _found("advance-returned", money, moved, tranche.subject, was_unidentified=was_unidentified)


def unspent_returned(tranche: Tranche, money: Money, *, was_unidentified: bool = False) -> Entry:
    """A family, school or shop sent back what was not needed of a grant."""
    moved = tranche.moved(money.amount_satang, debit=money.account, credit=GRANTS_PAID)
    return _found("unspent-returned", money, moved, tranche.subject, was_unidentified=was_unidentified)


def _no_longer_promised(tranche: Tranche) -> tuple[Posting, ...]:
    return tranche.moved(tranche.amount_satang, debit=RESERVE_FOR_COMMITMENTS, credit=COMMITMENTS)


def _of_tranche(kind: str, tranche: Tranche, day: date, moved: tuple[Posting, ...], again: str = "") -> Entry:
    return Entry(kind, day, day, moved, key=f"{kind}:{tranche.subject}{again}", subject=tranche.subject)


def goods_accepted(goods: Goods, day: date) -> Entry:
    """Goods were counted by one and valued by another: they are ours at their fair value."""
    return _of_goods("goods-accepted", goods, day, debit=GOODS, credit=DONATIONS_IN_KIND)


def goods_issued(goods: Goods, day: date) -> Entry:
    """Goods are with the child they were promised to."""
    return _of_goods("goods-issued", goods, day, debit=GOODS_ISSUED, credit=GOODS)


def goods_returned(goods: Goods, day: date) -> Entry:
    """Goods came back from a case, at the value at which they went."""
    return _of_goods("goods-returned", goods, day, debit=GOODS, credit=GOODS_ISSUED)


def goods_lost(goods: Goods, day: date) -> Entry:
    """Goods are written off, expired or broken, or a count did not find them."""
    return _of_goods("goods-lost", goods, day, debit=GOODS_LOST, credit=GOODS)


def goods_found(goods: Goods, day: date) -> Entry:
    """A count found more than the books have."""
    return _of_goods("goods-found", goods, day, debit=GOODS, credit=GOODS_LOST)


def goods_given_back(goods: Goods, day: date) -> Entry:
    """Goods went back to who gave them."""
    return _of_goods("goods-given-back", goods, day, debit=DONATIONS_RETURNED, credit=GOODS)


def _of_goods(kind: str, goods: Goods, day: date, *, debit: str, credit: str) -> Entry:
    moved = move(goods.amount_satang, goods.fund, debit=debit, credit=credit)
    return Entry(kind, day, day, moved, key=f"{kind}:{goods.step}", subject=f"goods:{goods.lot}")
