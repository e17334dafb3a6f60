"""Goods come in: one person counts and looks at them, another values what was accepted, and then they are in the books.

Knows whose they are: a district that the giver wishes has its own fund, else the campaign's, else everybody's. Refuses
expired goods, a value of whoever received them, and a second value; the database refuses it too.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel import Session

from fund import audit, clock, files, postings
from fund.audit import Actor
from fund.donations import queries as gifts
from fund.goods import steps, thanking, things
from fund.goods.errors import (
    ArrivalNotFoundError,
    ConditionError,
    ExpiredError,
    NotNowError,
    QuantityError,
    RejectedError,
    WorthError,
)
from fund.goods.models import ArrivalRow, LotRow
from fund.goods.states import BASES, CONDITIONS
from fund.goods.steps import MOST, person_of
from fund.people import duties
from fund.people.duties import Side
from fund.people.stand_in_papers import Paper
from ledger import book, periods
from ledger.identifiers import new_id
from ledger.money import LARGEST_SATANG

LONGEST_REASON: Final = 500
GENERAL: Final = "GEN"


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came in: how many were accepted and how many not, of what, where they lie, and what the giver wishes."""

    thing_id: UUID
    size: str
    accepted: int
    place_id: UUID
    rejected: int = 0
    rejected_because: str = ""
    expires_on: date | None = None
    condition: str = "new"
    contact_id: UUID | None = None
    campaign_id: UUID | None = None
    for_district: str = ""
    for_school: str = ""
    offer: str | None = None

    def __post_init__(self) -> None:
        if min(self.accepted, self.rejected) < 0 or not 0 < self.accepted + self.rejected <= MOST:
            raise QuantityError()
        if (self.rejected > 0) != bool(self.rejected_because) or len(self.rejected_because) > LONGEST_REASON:
            raise RejectedError()
        if self.condition not in CONDITIONS:
            raise ConditionError()


def receive(session: Session, folder: Path, arrival: Arrival, *, photo: Paper | None = None, by: Actor) -> UUID:
    """Note what `by` has counted; nothing is booked before another has valued it.

    Raises ThingNotFoundError, PlaceNotFoundError, ExpiredError, CampaignNotFoundError.
    """
    things.require_size(session, arrival.thing_id, arrival.size)
    things.require_place(session, arrival.place_id)
    if arrival.accepted and arrival.expires_on is not None and arrival.expires_on < clock.today():
        raise ExpiredError()
    campaign = gifts.campaign(session, arrival.campaign_id) if arrival.campaign_id else None
    district = arrival.for_district or (campaign.district if campaign else "")
    arrival_id = new_id()
    row = ArrivalRow(
        id=arrival_id,
        chain=f"goods:{arrival_id}",
        thing_id=arrival.thing_id,
        size=arrival.size,
        accepted=arrival.accepted,
        rejected=arrival.rejected,
        rejected_because=arrival.rejected_because,
        expires_on=arrival.expires_on,
        condition=arrival.condition,
        place_id=arrival.place_id,
        contact_id=arrival.contact_id,
        campaign_id=arrival.campaign_id,
        for_district=district,
        for_school=arrival.for_school,
        offer=arrival.offer,
        photo_sha256=files.store(session, folder, photo.content, arrival_id) if photo else None,
        received_on=clock.today(),
        received_by=by.name,
        received_person=person_of(by),
        received_at=clock.now(),
    )
    duties.take_part(session, row.chain, Side.RECEIVE, by=by)
    session.add(row)
    audit.record(session, by, "goods.counted_in", arrival_id)
    session.flush()
    return arrival_id


def value(
    session: Session, folder: Path, arrival_id: UUID, value_satang: int, basis: str, paper: Paper, *, by: Actor
) -> UUID:
    """Say what one unit is worth, and on what that rests: what was accepted is a lot, and in the books. The entry's id.

    Raises ArrivalNotFoundError, WorthError, NotNowError, OtherSideError.
    """
    arrival = session.get(ArrivalRow, arrival_id)
    if arrival is None:
        raise ArrivalNotFoundError()
    duties.take_part(session, arrival.chain, Side.VALUE, by=by)
    if not arrival.accepted or session.get(LotRow, arrival_id, populate_existing=True) is not None:
        raise NotNowError()
    if basis not in BASES or not 0 < value_satang <= LARGEST_SATANG // arrival.accepted:
        raise WorthError()
    fund, today = fund_of(session, arrival), max(clock.today(), periods.open_from(session))
    worth = steps.worth(arrival_id, arrival.place_id, 1, fund, arrival.accepted * value_satang)
    lot = LotRow(
        id=arrival_id,
        chain=arrival.chain,
        quantity=arrival.accepted,
        fund=fund,
        value_satang=value_satang,
        basis=basis,
        paper_sha256=files.store(session, folder, paper.content, arrival_id),
        entry_id=book.post(session, postings.goods_accepted(worth, today), by=by.name).entry_id,
        valued_by=by.name,
        valued_person=person_of(by),
        valued_at=clock.now(),
    )
    session.add(lot)
    audit.record(session, by, "goods.valued", arrival_id)
    session.flush()
    steps.take(session, lot.id, arrival.place_id, "receive", lot.quantity, entry_id=lot.entry_id, by=by)
    thanking.issue(session, lot, by=by)
    return lot.entry_id


def fund_of(session: Session, arrival: ArrivalRow) -> str:
    """Whose these goods are."""
    if arrival.for_district:
        return f"D{arrival.for_district}"
    return gifts.campaign(session, arrival.campaign_id).fund if arrival.campaign_id else GENERAL
