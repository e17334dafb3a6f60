"""Giving a donation back: one person asks, another decides, and from then on it is payable to where it came from.

Knows that a donation is given back whole, and that its receipt goes with it. Refuses a second refund of one donation,
one that was taken back, and a decision by who asked. That the money has left is for the bank's line to say.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund import audit, clock, postings
from fund.audit import Actor
from fund.donations import queries, states
from fund.donations.models import DonationRow, PledgeRow, RefundDecidedRow, RefundRow
from fund.donations.queries import DonationView
from fund.errors import MalformedError, NotFoundError, StateError
from fund.people import duties
from fund.people.duties import Side
from fund.postings import Gift
from ledger import book, periods
from receipts import service as receipts

LONGEST_REASON: Final = 500


class RefundReasonError(MalformedError):
    message = "Say in a few words why it is given back."


class AlreadyRefundedError(StateError):
    message = "This gift is already being given back."


class RefundNotFoundError(NotFoundError):
    message = "Nobody has asked to give this gift back."


@dataclass(frozen=True, slots=True)
class RefundView:
    """A refund that was decided: how much is payable, for which donation; `reference` is its pledge's, if any."""

    donation_id: UUID
    money_identity: str
    amount_satang: int
    reference: str
    entry_id: UUID
    decided_on: date


@dataclass(frozen=True, slots=True)
class AskedView:
    """A refund that somebody asked for and nobody has decided."""

    donation_id: UUID
    amount_satang: int
    reason: str
    asked_by: str


def ask(session: Session, donation_id: UUID, *, reason: str, by: Actor) -> None:
    """Ask for a donation to be given back. Raises AlreadyRefundedError, NotInThisStateError, RefundReasonError."""
    words = " ".join(reason.split())
    if not 0 < len(words) <= LONGEST_REASON:
        raise RefundReasonError()
    donation = queries.donation(session, donation_id)
    states.after(states.DONATION, state_of(session, donation), "refund")
    if session.get(RefundRow, donation_id) is not None:
        raise AlreadyRefundedError()
    duties.take_part(session, postings.refund_subject(str(donation_id)), Side.REQUEST, by=by)
    session.add(RefundRow(donation_id=donation_id, reason=words, asked_by=by.name, asked_at=clock.now()))
    audit.record(session, by, "refund.asked", donation_id)
    session.flush()


def decide(session: Session, donation_id: UUID, *, by: Actor) -> None:
    """Decide, as another person than who asked, that a donation is given back: it is payable, its receipt is void.

    Raises RefundNotFoundError, NotInThisStateError, and NotEnoughError where the fund has not as much left.
    """
    asked = session.get(RefundRow, donation_id)
    if asked is None:
        raise RefundNotFoundError()
    donation = queries.donation(session, donation_id)
    states.after(states.DONATION, state_of(session, donation), "refund")
    duties.approve(session, postings.refund_subject(str(donation_id)), 1, of=1, by=by)
    campaign = queries.campaign(session, donation.campaign_id)
    gift = Gift(str(donation_id), campaign.fund, campaign.income)
    day = max(clock.today(), donation.booked_on, periods.open_from(session))
    entry = postings.refund_decided(gift, str(donation_id), donation.amount_satang, day)
    posted = book.post(session, entry, by=by.name)
    if donation.receipt_number:
        receipts.void(session, donation.receipt_number, reason=asked.reason, by=by.name)
    session.add(
        RefundDecidedRow(donation_id=donation_id, entry_id=posted.entry_id, decided_by=by.name, decided_at=clock.now())
    )
    audit.record(session, by, "refund.decided", donation_id)
    session.flush()


def state_of(session: Session, donation: DonationView) -> str:
    """`received`, `reversed`, or `refunded` from the decision on, whether the money has left or not."""
    if donation.is_reversed:
        return states.REVERSED
    return states.REFUNDED if session.get(RefundDecidedRow, donation.id) is not None else states.RECEIVED


def asked_for(session: Session) -> list[AskedView]:
    """What waits for a decision, first asked first."""
    rows = session.exec(
        select(RefundRow, DonationRow.amount_satang)
        .join(DonationRow, col(DonationRow.id) == col(RefundRow.donation_id))
        .join(RefundDecidedRow, col(RefundDecidedRow.donation_id) == col(RefundRow.donation_id), isouter=True)
        .where(col(RefundDecidedRow.donation_id).is_(None))
        .order_by(col(RefundRow.asked_at))
    )
    return [AskedView(row.donation_id, amount, row.reason, row.asked_by) for row, amount in rows]


def decided(session: Session) -> list[RefundView]:
    """Every refund that was decided, paid or not, first decided first."""
    rows = session.exec(
        select(RefundDecidedRow, DonationRow.money_identity, DonationRow.amount_satang, PledgeRow.reference)
        .join(DonationRow, col(DonationRow.id) == col(RefundDecidedRow.donation_id))
        .join(PledgeRow, col(PledgeRow.id) == col(DonationRow.pledge_id), isouter=True)
        .order_by(col(RefundDecidedRow.decided_at))
    )
    return [
        RefundView(row.donation_id, identity, amount, reference or "", row.entry_id, clock.bangkok_day(row.decided_at))
        for row, identity, amount, reference in rows
    ]


def fund_of(session: Session, donation_id: UUID) -> str:
    """Which fund's money a refund is."""
    return queries.campaign(session, queries.donation(session, donation_id).campaign_id).fund
