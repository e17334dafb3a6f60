"""What a line was found to be becomes an entry: which day's books it counts in, and which rule of accounting it is.

Knows lines that are booked as unidentified already. Refuses nothing: what may be is for matching and people to say.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlmodel import Session

from fund import clock, postings
from fund.bank import paid_in, queries, sharing, standing
from fund.bank.queries import InboxLine
from fund.cash import carrying
from fund.donations import refunds
from fund.postings import Money
from ledger import balances, book
from ledger.journal import Entry


@dataclass(frozen=True, slots=True)
class Explanation:
    """A kind of line that is no gift: the posting rule, and whether its money came in."""

    entry: Callable[[Money], Entry]
    came_in: bool


EXPLANATIONS: Final = {
    "fee": Explanation(postings.fee_taken, came_in=False),
    "interest": Explanation(postings.interest_received, came_in=True),
    "tax-withheld": Explanation(postings.tax_withheld, came_in=False),
    "running-cost": Explanation(postings.running_cost_paid, came_in=False),
}


def money(session: Session, line: InboxLine, open_from: date, *, came: InboxLine | None = None, part: int = 0) -> Money:
    """The facts of a line as the posting rules take them; `part` numbers the parts of money that is divided.

    What is found out today of money that is in the books already counts in today's, and never before the day on which
    it was booked as unidentified (on the line itself, or as what `came`).
    """
    day = max(clock.today(), line.occurred_on) if line.is_booked else line.occurred_on
    waited = [one for one in (line, came) if one is not None and one.is_booked]
    return money_of(line, max(day, open_from, *(queries.unidentified_on(session, one.id) for one in waited)), part)


def money_of(line: InboxLine, booked_on: date, part: int = 0) -> Money:
    """The facts of a line, booked on a day that somebody else has found."""
    return Money(
        line.identity, line.account, abs(line.amount_satang), line.occurred_on, booked_on, _version(line, part)
    )


def explained(money: Money, kind: str, *, is_booked: bool) -> Entry:
    """A fee, interest, tax or a cost: a `kind` of EXPLANATIONS."""
    return postings.unidentified_is_interest(money) if is_booked else EXPLANATIONS[kind].entry(money)


def entry(session: Session, line: InboxLine, kind: str, about: str, open_from: date) -> Entry:
    """The entry of a line that is no gift, by the kind of its match and what it is about."""
    facts = money(session, line, open_from)
    if kind in EXPLANATIONS:
        return explained(facts, kind, is_booked=line.is_booked)
    if kind == standing.TRANSFER_LEFT:
        return postings.transfer_left(sharing.shares(_held(session, line.account), facts.amount_satang), facts)
    if kind == standing.TRANSFER_ARRIVED:
        return _arrived(session, line, facts, about)
    if kind == paid_in.KIND:
        deposit_id = paid_in.deposit_of(about)
        taken = carrying.banked(session, deposit_id, facts.amount_satang)
        return postings.cash_banked(taken, facts, str(deposit_id), was_unidentified=line.is_booked)
    donation_id = UUID(about.removeprefix(postings.refund_subject("")))
    fund = refunds.fund_of(session, donation_id)
    if kind == standing.LEFT:
        return postings.refund_left(fund, str(donation_id), facts)
    return postings.refund_came_back(fund, str(donation_id), facts, was_unidentified=line.is_booked)


def _version(line: InboxLine, part: int) -> str:
    if part:
        return f"{line.attempt}.{part}"
    return str(line.attempt) if line.attempt else ""


def _held(session: Session, account: str) -> Mapping[str, int]:
    """What each fund has on a bank account."""
    return {row.fund: row.amount_satang for row in balances.trial_balance(session) if row.account == account}


def _arrived(session: Session, line: InboxLine, facts: Money, about: str) -> Entry:
    """The arrival of what has left another account, each fund the share that it had then."""
    (left,) = (one for one in standing.about(session, [about]) if one.kind == standing.TRANSFER_LEFT)
    on_the_way = (p for p in book.entry(session, left.entry_id).postings if p.account == postings.IN_TRANSIT)
    shares = {posting.fund: posting.amount_satang for posting in on_the_way}
    before = about.removeprefix(standing.TRANSFER)
    return postings.transfer_arrived(shares, facts, before, was_unidentified=line.is_booked)
