"""Giving a donation back: one person asks, another decides or declines; then it is payable to where it came from.

Knows that a donation is given back whole, and that its receipt goes with it. Refuses a second refund of one donation,
one that was taken back, cash of nobody we know, and an answer by who asked; the database refuses that too. That the
money has left is for the bank's line to say.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund import audit, clock, outbox, postings
from fund.audit import Actor
from fund.donations import queries, references, states
from fund.donations.models import DonationRow, PledgeRow, RefundAnswerRow, RefundAskRow
from fund.donations.queries import DonationView
from fund.errors import MalformedError, NotFoundError, StateError
from fund.people import duties, turns
from fund.people.duties import Side
from fund.postings import Gift
from ledger import balances, book, periods
from receipts import numbering
from receipts import service as receipts

LONGEST_REASON: Final = 500
LETTER: Final = "notice.refund"
"""The letter that tells the donor; subject: the donation's id."""


class RefundReasonError(MalformedError):
    message = "Say in a few words why."


class AlreadyRefundedError(StateError):
    message = "This gift is already being given back."


class RefundNotFoundError(NotFoundError):
    message = "Nobody has asked to give this gift back."


class CashGiftError(StateError):
    message = "This gift was counted in a cash box. Nobody knows whose it was, so it cannot be given back."


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
class RefundStory:
    """One time that somebody asked, and what became of it; `state` is one of `states.REFUND`."""

    donation_id: UUID
    amount_satang: int
    reference: str
    receipt_number: str
    state: str
    reason: str
    asked_by: str
    asked_at: datetime
    answered_by: str = ""
    answered_at: datetime | None = None
    declined_because: str = ""


def ask(session: Session, donation_id: UUID, *, reason: str, by: Actor) -> None:
    """Ask for a donation to be given back; after it was declined, once more.

    Raises AlreadyRefundedError, CashGiftError, NotInThisStateError, RefundReasonError.
    """
    words = _words(reason)
    turns.wait_for(session, f"refund {donation_id}")  # who asks second hears that it was asked
    donation = queries.donation(session, donation_id)
    states.after(states.DONATION, state_of(session, donation), "refund")
    if is_cash(donation):
        raise CashGiftError()
    told = of_donation(session, donation_id)
    if told and told[0].state == states.ASKED:
        raise AlreadyRefundedError()
    states.after(states.REFUND, told[0].state if told else states.NOT_ASKED, "ask")
    chain = postings.refund_subject(str(donation_id))
    duties.take_part(session, chain, Side.REQUEST, by=by)
    assert by.person_id is not None
    session.add(
        RefundAskRow(
            donation_id=donation_id,
            number=len(told) + 1,
            reason=words,
            asked_by=by.name,
            asked_person=by.person_id,
            asked_at=clock.now(),
            chain=chain,
        )
    )
    audit.record(session, by, "refund.asked", donation_id)
    session.flush()


def decide(session: Session, donation_id: UUID, *, by: Actor) -> None:
    """Decide, as another person than who asked, that a donation is given back: it is payable, its receipt is void.

    Raises RefundNotFoundError, NotInThisStateError, and NotEnoughError where the fund has not as much left.
    """
    take_turn(session)
    asked, donation = _waiting(session, donation_id, "decide")
    duties.approve(session, asked.chain, asked.number, of=1, by=by)
    campaign = queries.campaign(session, donation.campaign_id)
    gift = Gift(str(donation_id), campaign.fund, campaign.income)
    day = max(clock.today(), donation.booked_on, periods.open_from(session))
    entry = postings.refund_decided(gift, str(donation_id), donation.amount_satang, day)
    posted = book.post(session, entry, by=by.name)
    if donation.receipt_number:
        receipts.void(session, donation.receipt_number, reason=asked.reason, by=by.name)
    _add_answer(session, asked, by, entry_id=posted.entry_id)
    outbox.add(session, LETTER, str(donation_id))
    audit.record(session, by, "refund.decided", donation_id)


def decline(session: Session, donation_id: UUID, *, reason: str, by: Actor) -> None:
    """Decide, as another person than who asked, that a donation is not given back, and say why.

    Raises RefundNotFoundError, NotInThisStateError, RefundReasonError.
    """
    words = _words(reason)
    asked, _ = _waiting(session, donation_id, "decline")
    duties.take_part(session, asked.chain, Side.APPROVE, by=by)
    _add_answer(session, asked, by, declined_because=words)
    audit.record(session, by, "refund.declined", donation_id)


def take_turn(session: Session) -> None:
    """Of who decides a refund and who takes gifts back, the second waits: no gift is both."""
    turns.wait_for(session, "gifts taken back")


def state_of(session: Session, donation: DonationView) -> str:
    """`received`, `reversed`, or `refunded` from the decision on, whether the money has left or not."""
    return states_of(session, [donation])[donation.id]


def states_of(session: Session, donations: Collection[DonationView]) -> dict[UUID, str]:
    """The same of many, by donation."""
    decided = select(RefundAnswerRow.donation_id).where(
        col(RefundAnswerRow.donation_id).in_([one.id for one in donations]), col(RefundAnswerRow.entry_id).is_not(None)
    )
    refunded = set(session.exec(decided))
    return {
        one.id: states.REVERSED if one.is_reversed else states.REFUNDED if one.id in refunded else states.RECEIVED
        for one in donations
    }


def stories(session: Session) -> list[RefundStory]:
    """Every refund that was ever asked for, the last asked first."""
    return _stories(session)


def of_donation(session: Session, donation_id: UUID) -> list[RefundStory]:
    """Each time that somebody asked for this donation to be given back, the last first."""
    return _stories(session, RefundAskRow.donation_id == donation_id)


def gifts_meant(session: Session, text: str) -> list[DonationView]:
    """The gifts with this reference or receipt's number, however it is spelled; more than one if it was paid again."""
    pledges = queries.pledges_by_reference(session, references.found_in(text)).values()
    found = [gift for pledge in pledges for gift in queries.donations_of_pledge(session, pledge.id)]
    number = numbering.fold(text)
    return found or (queries.donations_of_receipt(session, number) if number else [])


def is_cash(donation: DonationView) -> bool:
    """Whether it was counted in a cash box, so that nobody knows whose it was."""
    return donation.money_identity.startswith(postings.CASH_MONEY)


def moved_on(session: Session, donation: DonationView) -> date | None:
    """The last day on which money of its refund moved: decided, left or came back."""
    fund = queries.campaign(session, donation.campaign_id).fund
    subject = postings.refund_subject(str(donation.id))
    return balances.subject_moved_on(session, postings.REFUNDS_PAYABLE, fund, subject)


def given_back(session: Session, donations: Sequence[DonationView]) -> dict[UUID, str]:
    """Those of these donations whose refund was decided, and whether it is `payable` or `paid`."""
    told = [one for donation in donations for one in of_donation(session, donation.id)]
    return {one.donation_id: one.state for one in told if one.state in (states.PAYABLE, states.PAID)}


def decided(session: Session) -> list[RefundView]:
    """Every refund that was decided, paid or not, first decided first."""
    rows = session.exec(
        select(RefundAnswerRow, DonationRow.money_identity, DonationRow.amount_satang, PledgeRow.reference)
        .join(DonationRow, col(DonationRow.id) == col(RefundAnswerRow.donation_id))
        .join(PledgeRow, col(PledgeRow.id) == col(DonationRow.pledge_id), isouter=True)
        .where(col(RefundAnswerRow.entry_id).is_not(None))
        .order_by(col(RefundAnswerRow.decided_at))
    )
    return [
        RefundView(row.donation_id, identity, amount, reference or "", row.entry_id, clock.bangkok_day(row.decided_at))
        for row, identity, amount, reference in rows
        if row.entry_id is not None
    ]


def fund_of(session: Session, donation_id: UUID) -> str:
    """Which fund's money a refund is."""
    return queries.campaign(session, queries.donation(session, donation_id).campaign_id).fund


def _words(reason: str) -> str:
    words = " ".join(reason.split())
    if not 0 < len(words) <= LONGEST_REASON:
        raise RefundReasonError()
    return words


def _waiting(session: Session, donation_id: UUID, act: str) -> tuple[RefundAskRow, DonationView]:
    """What was asked last and waits for this answer, and the donation."""
    told = of_donation(session, donation_id)
    if not told:
        raise RefundNotFoundError()
    donation = queries.donation(session, donation_id)
    if act == "decide":  # what was taken back since is declined
        states.after(states.DONATION, state_of(session, donation), "refund")
    states.after(states.REFUND, told[0].state, act)
    return session.get_one(RefundAskRow, (donation_id, len(told))), donation


def _add_answer(
    session: Session, asked: RefundAskRow, by: Actor, *, entry_id: UUID | None = None, declined_because: str = ""
) -> None:
    assert by.person_id is not None
    session.add(
        RefundAnswerRow(
            donation_id=asked.donation_id,
            number=asked.number,
            entry_id=entry_id,
            declined_because=declined_because,
            decided_by=by.name,
            decided_person=by.person_id,
            decided_at=clock.now(),
            chain=asked.chain,
        )
    )
    session.flush()


def _stories(session: Session, *conditions: object) -> list[RefundStory]:
    payable = balances.by_subject(session, postings.REFUNDS_PAYABLE)
    rows = session.exec(
        select(RefundAskRow, RefundAnswerRow, DonationRow, PledgeRow.reference)
        .join(DonationRow, col(DonationRow.id) == col(RefundAskRow.donation_id))
        .join(PledgeRow, col(PledgeRow.id) == col(DonationRow.pledge_id), isouter=True)
        .join(
            RefundAnswerRow,
            (col(RefundAnswerRow.donation_id) == col(RefundAskRow.donation_id))
            & (col(RefundAnswerRow.number) == col(RefundAskRow.number)),
            isouter=True,
        )
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(col(RefundAskRow.asked_at).desc(), col(RefundAskRow.number).desc())
    )
    return [
        RefundStory(
            donation_id=asked.donation_id,
            amount_satang=donation.amount_satang,
            reference=reference or "",
            receipt_number=donation.receipt_number or "",
            state=_state(answer, is_payable=asked.chain in payable),
            reason=asked.reason,
            asked_by=asked.asked_by,
            asked_at=asked.asked_at,
            answered_by=answer.decided_by if answer else "",
            answered_at=answer.decided_at if answer else None,
            declined_because=answer.declined_because if answer else "",
        )
        for asked, answer, donation, reference in rows
    ]


def _state(answer: RefundAnswerRow | None, *, is_payable: bool) -> str:
    if answer is None:
        return states.ASKED
    if answer.entry_id is None:
        return states.DECLINED
    return states.PAYABLE if is_payable else states.PAID
