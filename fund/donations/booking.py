"""Arrivals become donations: entries, receipts wanted, rows and papers, each in one statement for all of them.

Knows one batch of money that was not received before. Refuses an arrival for an unknown campaign or pledge.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session

from fund import clock, outbox, postings, profile
from fund.audit import Actor
from fund.donations import queries, receipting, states
from fund.donations.models import DonationRow
from fund.donations.queries import CampaignNotFoundError, CampaignView, DonationView, GiftNotFoundError, PledgeView
from fund.donors import queries as donors
from fund.errors import StateError
from fund.postings import Money
from fund.tax import rules as tax
from ledger import book
from ledger.identifiers import new_id
from ledger.journal import Entry
from receipts import service as receipts

RENDER_JOB: Final = "receipt.render"
_COLUMNS: Final = tuple(field.name for field in fields(DonationView) if field.name != "is_reversed")


class OtherCampaignError(StateError):
    message = "The pledge {reference} is for another campaign."


@dataclass(frozen=True, slots=True)
class Arrival:
    """Money that belongs to a campaign, and to a pledge if one is known.

    `is_named_later`: it is already booked as unidentified and is now named. Money on 1130 is what the bank confirmed
    before its statement, on 1120 what was counted in a cash box.
    """

    money: Money
    campaign_id: UUID
    pledge_id: UUID | None = None
    is_named_later: bool = False


@dataclass(frozen=True, slots=True)
class _Fitted:
    """An arrival with what it belongs to and the id its donation gets."""

    arrival: Arrival
    campaign: CampaignView
    pledge: PledgeView | None
    donation_id: UUID

    def entry(self) -> Entry:
        gift = postings.Gift(str(self.donation_id), self.campaign.fund, self.campaign.income)
        if self.arrival.is_named_later:
            return postings.unidentified_named(gift, self.arrival.money)
        if self.arrival.money.account.startswith(postings.CASH_BOX):
            return postings.cash_counted(gift, self.arrival.money)
        is_confirmed = self.arrival.money.account == postings.CONFIRMED
        rule = postings.donation_confirmed if is_confirmed else postings.donation_received
        return rule(gift, self.arrival.money)


def book_arrivals(session: Session, arrivals: Sequence[Arrival], *, by: Actor) -> dict[str, DonationView]:
    """Book money that was never received before; the donations by the money's identity."""
    fitted = _fit(session, arrivals)
    posted = book.post_many(session, [one.entry() for one in fitted], by=by.name)
    entry_ids = [one.entry_id for one in posted]
    numbers = _issue_receipts(session, fitted, entry_ids)
    paid = {one.pledge.id for one in fitted if one.pledge and one.pledge.is_settled}
    made = []
    for one, entry_id in zip(fitted, entry_ids, strict=True):
        made.append(_donation(one, entry_id, numbers.get(entry_id), is_second=one.arrival.pledge_id in paid))
        if one.pledge:
            paid.add(one.pledge.id)
    now = clock.now()
    rows = [{**{name: getattr(donation, name) for name in _COLUMNS}, "received_at": now} for donation in made]
    session.connection().execute(insert(DonationRow), rows)
    return {donation.money_identity: donation for donation in made}


def _fit(session: Session, arrivals: Sequence[Arrival]) -> list[_Fitted]:
    campaigns = queries.campaigns_by_id(session, {arrival.campaign_id for arrival in arrivals})
    pledges = queries.pledges_by_id(session, {arrival.pledge_id for arrival in arrivals if arrival.pledge_id})
    return [_fit_one(arrival, campaigns, pledges) for arrival in arrivals]


def _fit_one(arrival: Arrival, campaigns: dict[UUID, CampaignView], pledges: dict[UUID, PledgeView]) -> _Fitted:
    if arrival.campaign_id not in campaigns:
        raise CampaignNotFoundError()
    campaign = campaigns[arrival.campaign_id]
    if arrival.pledge_id is None:
        return _Fitted(arrival, campaign, None, new_id())
    if arrival.pledge_id not in pledges:
        raise GiftNotFoundError()
    pledge = pledges[arrival.pledge_id]
    states.after(states.PLEDGE, pledge.state, "settle")
    if pledge.campaign_id != campaign.id:
        raise OtherCampaignError(reference=pledge.reference)
    return _Fitted(arrival, campaign, pledge, new_id())


def _issue_receipts(session: Session, fitted: Sequence[_Fitted], entry_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Receipt numbers by entry, for the gifts whose donor wanted one, and the jobs that make their papers."""
    wanted = [(one, one.pledge, entry_id) for one, entry_id in zip(fitted, entry_ids, strict=True) if one.pledge]
    wanted = [(one, pledge, entry_id) for one, pledge, entry_id in wanted if pledge.wants_receipt]
    if not wanted:
        return {}
    told = donors.contacts(session, {pledge.contact_id for _, pledge, _ in wanted if pledge.contact_id})
    fund, rules, today = profile.current(session), tax.agreed(session), clock.today()
    facts = []
    for one, pledge, entry_id in wanted:
        donor = told.get(pledge.contact_id) if pledge.contact_id else None
        money = one.arrival.money
        says = receipting.facts(fund, one.campaign, money, donor, rules=rules, issued_on=today)
        facts.append((says, entry_id))
    owners = {entry_id: pledge.contact_id for _, pledge, entry_id in wanted if pledge.contact_id}
    issued = receipts.issue_many(session, facts, owners=owners)
    outbox.add_many(session, RENDER_JOB, [receipt.number for receipt in issued])
    return {receipt.proves: receipt.number for receipt in issued}


def _donation(one: _Fitted, entry_id: UUID, receipt_number: str | None, *, is_second: bool) -> DonationView:
    money = one.arrival.money
    return DonationView(
        id=one.donation_id,
        campaign_id=one.campaign.id,
        pledge_id=one.arrival.pledge_id,
        amount_satang=money.amount_satang,
        entry_id=entry_id,
        money_identity=money.key,
        occurred_on=money.occurred_on,
        booked_on=money.booked_on,
        is_second_payment=is_second,
        receipt_number=receipt_number,
    )
